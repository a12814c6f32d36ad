"""What is sent of files: packed, as 304, in parts; and how much a first visit costs."""

from __future__ import annotations

import gzip
import itertools
import re
from collections.abc import Iterator

import httpx
import pytest
from web_helpers import Site, running

from device.web.static_files import STATIC

FRESH = itertools.count(100)
MOST = 150_000  # bytes of the whole front end, packed
FIRST = 125_000  # bytes on the wire until the pictures are shown
VENDORED = "/static/vendor/preact-11.2.0/preact.mjs"
OWN = "/static/app.mjs"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("files")) as opened:
        yield opened


@pytest.fixture
def client(shared: Site) -> Iterator[httpx.Client]:
    with shared.client(headers={"Accept-Encoding": "gzip"}) as opened:
        yield opened


def raw(client: httpx.Client, path: str) -> tuple[httpx.Response, bytes]:
    """The answer, and its body as it was on the wire."""
    with client.stream("GET", path) as answer:
        return answer, b"".join(answer.iter_raw())


def test_the_whole_front_end_is_small(client: httpx.Client) -> None:
    """Every file that the page may ever ask for, as it is sent; and packed together."""
    together = b""
    for file in [*STATIC.rglob("*.mjs"), *STATIC.rglob("*.css"), *STATIC.rglob("*.svg")]:
        answer, body = raw(client, f"/static/{file.relative_to(STATIC)}")
        assert answer.status_code == 200
        assert gzip.decompress(body) == file.read_bytes()
        together += file.read_bytes()
    assert len(gzip.compress(together)) < MOST


def test_a_first_visit_asks_for_packed_files_only(client: httpx.Client) -> None:
    """What the page names in its head, with the heads of the answers; it names all it needs."""
    page = client.get("/").text
    named = set(re.findall(r'(?:href|src)="(static/[^"]+)"', page))
    libraries = dict(re.findall(r'"([@a-z/-]+)": "./(static/[^"]+)"', page))
    assert len(named) > 30
    total = len(gzip.compress(page.encode()))
    for path in named:
        answer, body = raw(client, f"/{path}")
        assert answer.headers["content-encoding"] == "gzip", path
        total += len(body) + sum(len(k) + len(v) + 4 for k, v in answer.headers.raw)
        text = gzip.decompress(body).decode()
        for module in re.findall(r'\bfrom\s*"([^"]+)"', text) if path.endswith(".mjs") else ():
            beside = str(httpx.URL(f"http://x/{path}").join(module).path).lstrip("/")
            assert libraries.get(module, beside) in named, (path, module)
    assert total < FIRST


@pytest.mark.parametrize("path", [OWN, VENDORED])
def test_packed_or_not(client: httpx.Client, path: str) -> None:
    packed, body = raw(client, path)
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(body) == plain.content
    assert len(body) < len(plain.content)
    for answer in (packed, plain):
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"


def test_what_is_vendored_is_kept_for_ever(client: httpx.Client) -> None:
    assert "immutable" in client.get(VENDORED).headers["cache-control"]
    assert client.get(OWN).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_file_that_is_known_is_not_sent_again(client: httpx.Client, coding: str) -> None:
    first = client.get(OWN, headers={"Accept-Encoding": coding})
    known = {"If-None-Match": first.headers["etag"], "Accept-Encoding": coding}
    again = client.get(OWN, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(OWN, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("place", ["url", "thumbnail_url"])
def test_images(shared: Site, client: httpx.Client, place: str) -> None:
    path = shared.upload(1 if place == "url" else 2)[place]
    whole = client.get(path)
    assert whole.status_code == 200
    assert whole.headers["accept-ranges"] == "bytes"
    tag = whole.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == tag
        assert "immutable" in again.headers["cache-control"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == whole.content
    part = client.get(path, headers={"Range": "bytes=2-9"})
    assert (part.status_code, part.content) == (206, whole.content[2:10])
    assert part.headers["content-range"] == f"bytes 2-9/{len(whole.content)}"
    last = client.get(path, headers={"Range": "bytes=-5", "If-Range": tag})
    assert last.content == whole.content[-5:]
    stale = client.get(path, headers={"Range": "bytes=-5", "If-Range": '"other"'})
    assert (stale.status_code, stale.content) == (200, whole.content)
    beyond = client.get(path, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    "asked",
    ["bytes=", "bytes=9-2", "bytes=a-b", "lines=1-2", "bytes=" + "0-0," * 5000, "bytes=--1"],
    ids=range(6),
)
def test_ranges_that_are_none(shared: Site, client: httpx.Client, asked: str) -> None:
    path = shared.upload(next(FRESH))["url"]
    answer = client.get(path, headers={"Range": asked})
    assert answer.status_code in (200, 206, 400, 416)
    assert len(answer.content) < 10_000
