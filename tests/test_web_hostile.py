"""The API against whoever means it harm: its own description is the list of what to try.

schemathesis makes requests that fit the description and such that do not; and every parameter that
takes text is given what breaks SQL, pages, paths and terminals elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from control_rig import camera
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from test_store_visits import ended, visit
from web_helpers import Site, request, running, until

from device.results import VisitChange
from device.web.models import ProblemShape

DESCRIPTION = "/api/v1/openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")

HOSTILE = [
    "' OR 1=1 --",
    "'; DROP TABLE picture; --",
    '"; DELETE FROM event WHERE "1"="1',
    "1) UNION SELECT sql FROM sqlite_master --",
    "%' ESCAPE '",
    "<script>document.title='x'</script>",
    '"><img src=x onerror=alert(1)>',
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "C:\\windows\\win.ini",
    "file:///etc/passwd",
    "$(touch /tmp/x)`id`;|&",
    "{{7*7}}${7*7}%{7*7}",
    "%s%n%x%d{0.__class__}",
    "\x1b[2J\x1b]0;title\x07",
    "a\r\nSet-Cookie: evil=1\r\n\r\n",
    "a\x00b",
    "\u202egnp.exe\ufeff\u200b",
    "\U0001f431" * 50,
    "e\u0301\u0323" * 100,
    "(" * 500,
    "NOT " * 500 + "a",
    "a" * 20_000,
    "-1",
    "9" * 30,
    "1e999",
    "NaN",
    "null",
    "true",
    "[]",
    "*",
    "?",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With two pictures, a visit and a camera."""
    folder = tmp_path_factory.mktemp("hostile")
    with running(folder, sources={"gate": (camera, True)}) as opened:
        opened.upload(1)
        opened.upload(2)
        opened.store.commit([VisitChange(ended(visit()), "visit_end")], {})
        assert until(lambda: opened.pipeline.captures["gate"].newest is not None)
        yield opened


@pytest.fixture(scope="module")
def described(site: Site) -> dict[str, Any]:
    with site.client() as client:
        return dict(client.get(DESCRIPTION).json())


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


# -- what the description says


def test_every_route_says_what_it_answers(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        answers = operation["responses"]
        where = f"{method} {path}"
        good = [one for status, one in answers.items() if status.startswith("2")]
        assert good, where
        assert all(one["content"] for one in good), f"{where}: what is in it?"
        for status in ("4XX", "5XX"):
            assert "application/problem+json" in answers[status]["content"], f"{where} {status}"
        assert "422" not in answers, f"{where}: the framework's own errors are never sent"
        assert operation["summary"], where
        assert operation["description"], where


def test_every_body_is_described_with_an_example(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        body = operation.get("requestBody")
        if method in ("put", "patch"):
            assert body is not None, f"{method} {path}"
        for kind, content in (body or {}).get("content", {}).items():
            where = f"{method} {path} {kind}"
            assert "schema" in content, where
            if kind == "application/json":
                assert "example" in content or "examples" in content["schema"], where


# -- what schemathesis tries


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", GenerationMode)
def test_what_fits_the_description_and_what_does_not(site: Site, mode: GenerationMode) -> None:
    """No 500; every answer is one that the description has, in its shape."""
    schema = schemathesis.openapi.from_url(f"{site.server.url}{DESCRIPTION}")
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) > 15
    with site.client() as client:
        before = answered(client.get("/metrics").text)
        for operation in found:
            attempt(operation, mode)
        assert answered(client.get("/metrics").text) - before > 100


def answered(metrics: str) -> int:
    """How many requests were answered."""
    return sum(map(int, re.findall(r"^tagd_http_requests_total.* (\d+)$", metrics, re.MULTILINE)))


def attempt(operation: Any, mode: GenerationMode) -> None:
    """Bounded, and the same each time."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def call(case: schemathesis.Case) -> None:
        if "event-stream" in str(case.headers):
            return  # it would never end
        case.call_and_validate(checks=CHECKS, timeout=30)

    try:
        call()
    except Unsatisfiable:  # there is nothing to get wrong about it
        assert mode is GenerationMode.NEGATIVE


# -- what breaks others


def takes_text(schema: dict[str, Any]) -> bool:
    kinds = [schema, *schema.get("anyOf", [])]
    return any(kind.get("type") == "string" for kind in kinds)


def tries(described: dict[str, Any], text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One request for each parameter of each route that takes text; harmless values elsewhere."""
    for method, path, operation in operations(described):
        parameters = operation.get("parameters", [])
        filled = {p["name"]: "gate" for p in parameters if p["in"] == "path"}
        for parameter in parameters:
            name, place = parameter["name"], parameter["in"]
            if not takes_text(parameter["schema"]):
                continue
            values = {**filled, name: text} if place == "path" else filled
            url = path
            for key, value in values.items():
                url = url.replace(f"{{{key}}}", quote(value, safe=""))
            options: dict[str, Any] = {}
            if place == "query":
                options["params"] = {name: text}
                if name != "month" and "/days" in path:
                    options["params"]["month"] = "2026-11"
            if place == "header":
                safe = text.encode("latin-1", "replace").translate(None, b"\r\n\0")[:2000].strip()
                options["headers"] = {name.encode(): safe}
            if method in ("post", "put", "patch"):
                options["json"] = {}
            yield method, url, options


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_is_text(site: Site, described: dict[str, Any], text: str) -> None:
    before = site.reader.totals()["pictures"]
    tried = 0
    with site.client() as client:
        for method, url, options in tries(described, text):
            answer = client.request(method, url, **options)
            where = f"{method} {url[:80]} {str(options)[:80]}: {answer.text[:200]}"
            assert answer.status_code < 500, where
            assert answer.headers["x-content-type-options"] == "nosniff", where
            assert "set-cookie" not in answer.headers, where
            kind = answer.headers.get("content-type", "")
            assert "html" not in kind, where
            assert b"root:" not in answer.content, where
            assert "syntax error" not in answer.text, where
            assert "Traceback" not in answer.text, where
            if answer.status_code >= 400:
                assert kind == "application/problem+json", where
                told = ProblemShape.model_validate(answer.json())
                assert len(told.detail) < 2000, where
            tried += 1
        assert tried > 15
        found = client.get("/api/v1/pictures", params={"q": "black"})
        assert found.status_code == 200
    assert site.reader.totals()["pictures"] == before


@pytest.mark.parametrize("text", HOSTILE[:12], ids=range(12))
def test_json_bodies(site: Site, described: dict[str, Any], text: str) -> None:
    bodies = [text, [text], {text: text}, {"enabled": text}, None, 0, True, [[[[text]]]]]
    deep = "[" * 2000 + "]" * 2000
    with site.client() as client:
        for method, path, operation in operations(described):
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            url = path.replace("{name}", "gate")
            for body in (*map(json.dumps, bodies), deep, "{", "\ud83d".encode("utf-8", "replace")):
                answer = client.request(method, url, content=body)
                assert 400 <= answer.status_code < 500, f"{method} {url} {body[:60]!r}"
                assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py",
     "/static//etc/passwd", "/static/%00", "/static/vendor/", "/static/vendor/../../app.py",
     "/pictures/..%2f..%2ftagd.db", "/thumbnails/../tagd.db", "/pictures/%00",
     "/api/v1/../../etc/passwd", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"],
)  # fmt: skip
def test_no_file_but_the_pages_own(site: Site, path: str) -> None:
    with site.connect() as connection:  # as it is written: clients tidy paths up
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode())
        connection.sendall(b"Connection: close\r\n\r\n")
        with connection.makefile("rb") as file:
            answer = file.read()
    assert answer.split(b" ", 2)[1] in (b"404", b"405"), answer[:200]
    assert b"import " not in answer
    assert b"SQLite" not in answer


def test_a_client_without_end(site: Site) -> None:
    """Headers and addresses that are too long end in a refusal."""
    for head in (
        request(f"/api/v1/pictures?q={'x' * 200_000}"),
        request("/api/v1/pictures", f"X-Long: {'x' * 200_000}"),
        request("/api/v1/pictures", *[f"X-{n}: y" for n in range(20_000)]),
    ):
        with site.connect() as connection:
            with suppress(OSError):  # it need not read all of it
                connection.sendall(head)
            with suppress(OSError):
                assert connection.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"")
    with site.client() as client:
        assert client.get("/healthz").status_code == 200
