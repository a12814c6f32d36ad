"""The API against whoever means it harm: every parameter that takes text, by its own description.

It is given what breaks SQL, pages, paths and terminals elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from api_rig import appliance, description, operations
from web_helpers import Site, request

from device.web.models import ProblemShape

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
    with appliance(tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture(scope="module")
def described(site: Site) -> dict[str, Any]:
    return description(site)


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
