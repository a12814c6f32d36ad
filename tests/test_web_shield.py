"""What stands between a home's pictures and the pages that its people visit elsewhere."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from web_helpers import EVENTS, PICTURES, Site, png, problem, read_head, request, running

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SECRET = "the page of nobody else"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site in a folder with something beside it that must not get out."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "secret.txt").write_text(SECRET)
    with running(folder / "data", hosts=("localhost", "Gate.local")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(page: Site) -> Iterator[httpx.Client]:
    with page.client() as opened:
        yield opened


def assert_shielded(answer: httpx.Response) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, answer.url
    if not answer.headers.get("content-type", "").startswith("text/javascript"):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert "cache-control" in answer.headers
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


# -- hosts


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "gate.local", "gate.LOCAL:8080", "127.0.0.1:1", "192.168.1.20",
     "[::1]:8080", "[fe80::1]"],
)  # fmt: skip
def test_names_and_addresses_that_are_ours(client: httpx.Client, host: str) -> None:
    assert client.get(PICTURES, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "",
     "evil.example@127.0.0.1", "127.0.0.1@evil.example", "localhost:80@evil.example", "[::1",
     "::1", "2130706433", "localhost:x", "localhost/", "local host", "[localhost]", "127.0.0.1#"],
)  # fmt: skip
@pytest.mark.parametrize("path", [PICTURES, "/", "/static/app.mjs", EVENTS])
def test_a_rebound_name_gets_nothing(client: httpx.Client, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert "web.hosts" in problem(answer, 421)["detail"]
    assert_shielded(answer)


def test_without_any_host(page: Site) -> None:
    with page.connect() as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert read_head(connection)[0] == 421


# -- writes started elsewhere

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Origin": "http://localhost:1"},  # another server of the same machine
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_write_from_another_site(
    client: httpx.Client, method: str, headers: dict[str, str]
) -> None:
    told = {"Host": "localhost", "Content-Type": "image/png", **headers}
    answer = client.request(method, PICTURES, content=png(1), headers=told)
    problem(answer, 403)
    assert_shielded(answer)
    assert client.get(PICTURES).json()["pictures"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_plain_form_is_no_upload(client: httpx.Client, kind: str) -> None:
    """The kinds that a browser sends without asking first, if it should not say its origin."""
    problem(client.post(PICTURES, content=png(1), headers={"Content-Type": kind}), 415)


def test_our_own_page_and_programs_may_write(site: Site) -> None:
    own = f"localhost:{site.server.port}"
    programs: dict[str, str] = {}
    page = {"Host": own, "Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"}
    with site.client() as client:
        for number, headers in enumerate((programs, page)):
            answer = client.post(PICTURES, files={"file": png(number)}, headers=headers)
            assert answer.status_code == 201


# -- every answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/static/app.mjs", 200),
        ("GET", "/api/v1/openapi.json", 200),
        ("GET", "/api/v1/health", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/static/nowhere.mjs", 404),
        ("GET", "/static/", 404),
        ("GET", f"{PICTURES}/", 404),
        ("GET", "/docs", 404),
        ("GET", "/" + "x" * 9000, 404),
        ("PUT", PICTURES, 405),
        ("OPTIONS", PICTURES, 405),
        ("DELETE", "/static/app.mjs", 405),
        ("BREW", "/", 405),
        ("POST", PICTURES, 415),
        ("GET", f"{PICTURES}?limit=x", 422),
        ("GET", f"{PICTURES}?q=(", 400),
    ],
)
def test_headers_and_errors_on_every_answer(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert_shielded(answer)
    assert answer.status_code == status
    if status >= 400:
        assert len(problem(answer, status)["detail"]) < 1000


def test_a_bug_is_told_without_its_details(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.broken.append(RuntimeError("the inside of the program"))
    with site.client() as client, caplog.at_level(logging.CRITICAL):
        answer = client.get("/api/v1/health")
    problem(answer, 500)
    assert_shielded(answer)
    assert "inside" not in answer.text


def test_405_names_what_there_is(client: httpx.Client) -> None:
    assert client.put(PICTURES).headers["allow"] == "GET, HEAD, POST"
    assert client.post("/api/v1/tags").headers["allow"] == "GET, HEAD"
    assert client.post("/static/app.mjs").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/static/app.mjs", PICTURES, "/nowhere"])
def test_head_is_get_without_a_body(page: Site, client: httpx.Client, path: str) -> None:
    got = client.get(path, headers={"Accept-Encoding": "identity"})
    with page.connect() as connection:
        connection.sendall(request(path, "Connection: close", method="HEAD"))
        status, headers = read_head(connection)
        assert connection.recv(1) == b""
    assert status == got.status_code
    assert headers["content-length"] == got.headers["content-length"]


# -- the content policy


def test_the_policy_knows_the_import_map_and_nothing_else_inline(client: httpx.Client) -> None:
    answer = client.get("/")
    scripts: list[Any] = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    inline = [text for attributes, text in scripts if "src=" not in attributes]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
    policy = answer.headers["content-security-policy"]
    assert [f"'sha256-{digest}'" for digest in digests] == re.findall(r"'sha256-[^']+'", policy)
    assert "style=" not in answer.text
    assert "<style" not in answer.text


# -- ways out of the folders


@pytest.mark.parametrize("prefix", ["/static/", "/pictures/", "/thumbnails/", f"{PICTURES}/"])
@pytest.mark.parametrize(
    "way",
    ["../secret.txt", "../../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt",
     "%2e%2e%2f%2e%2e%2fpage.py", "../page.py", "..%5cpage.py", "%252e%252e%252fpage.py",
     "....//page.py", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "%00", "page.py%00.mjs",
     "x/../../page.py", "~root", "." * 5000],
)  # fmt: skip
def test_no_way_out(page: Site, prefix: str, way: str) -> None:
    """Asked over a bare connection: a client would tidy these up."""
    with page.connect() as connection:
        connection.sendall(request(prefix + way, "Connection: close"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(maxsplit=2)[1] == b"404", unquote(way)
    for leaked in (SECRET.encode(), b"root:", b"import"):
        assert leaked not in answer


def test_a_link_does_not_lead_out(page: Site, client: httpx.Client) -> None:
    """The picture routes take ids of the database only, whatever lies in the folder."""
    folder = page.data / "thumbnails"
    folder.mkdir(exist_ok=True)
    link = folder / "out.jpg"
    link.symlink_to(Path("../../secret.txt"))
    problem(client.get("/thumbnails/out"), 404)
    problem(client.get("/thumbnails/out.jpg"), 404)
