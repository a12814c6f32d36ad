"""The form of ImageKit's upload, byte by byte: what the file is, how large, where from."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest
from imagekit_rig import UPLOAD, library, program, refused
from pydantic import ValidationError
from web_helpers import LIMIT, Site, form, png

from device.config_compat import ImageKit
from device.web.compat.imagekit.errors import shaped


def posted(client: httpx.Client, *parts: tuple[str, bytes]) -> httpx.Response:
    kind = "multipart/form-data; boundary=limit"
    return client.post(UPLOAD, content=form(*parts), headers={"Content-Type": kind})


@pytest.mark.parametrize("way", ["bytes", "base64", "lines", "data", "percent"])
def test_a_part_without_a_file_name_is_what_it_holds(shop: httpx.Client, way: str) -> None:
    number = 20 + len(way)
    data = png(number, (200, 200))
    text = base64.b64encode(data)
    sent = {
        "bytes": data,
        "base64": text,
        "lines": b"\r\n".join(text[place : place + 76] for place in range(0, len(text), 76)),
        "data": b"data:image/png;base64," + text,
        "percent": b"data:image/png," + "".join(f"%{byte:02x}" for byte in data).encode(),
    }[way]
    answer = posted(
        shop, ('form-data; name="file"', sent), ('form-data; name="fileName"', b"a.png")
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["size"] == len(data)


def test_base64_of_the_largest_picture_is_taken_and_a_larger_one_is_not(shop: httpx.Client) -> None:
    data = png(30) + b"\0" * (LIMIT - len(png(30)))
    parts = [('form-data; name="fileName"', b"a.png")]
    whole = base64.b64encode(data)
    assert posted(shop, ('form-data; name="file"', whole), *parts).status_code == 200
    more = base64.b64encode(data + b"\0" * 9)
    refused(posted(shop, ('form-data; name="file"', more), *parts), 400, "2 MB")
    raw = ('form-data; name="file"; filename="a"', data + b"\0")
    refused(posted(shop, raw, *parts), 400, "2 MB")
    flood = ('form-data; name="file"; filename="a"', b"\xff" * (3 * LIMIT))
    refused(posted(shop, flood, *parts), 400, "2 MB")


def test_no_form_no_file_no_picture(site: Site, shop: httpx.Client) -> None:
    name, file = ('form-data; name="fileName"', b"a"), ('form-data; name="file"', png(401))
    refused(posted(shop, name), 400, "field file")
    refused(posted(shop, file), 400, "fileName")
    refused(posted(shop, file, file, name), 400, "one file")
    refused(posted(shop, ('form-data; name="file"', b""), name), 400, "empty")
    refused(posted(shop, ('form-data; name="file"', b"hello there"), name), 400, "neither")
    refused(posted(shop, file, name, ('form-data; name="tags"', b"\xff")), 400, "UTF-8")
    refused(posted(shop, file, name, *[('form-data; name="x"', b"")] * 90), 400, "parts")
    refused(posted(shop, file, name, ('form-data; name="x"', b"y" * 70_000)), 400, "kB")
    half = png(402)[:90]
    refused(posted(shop, ('form-data; name="file"; filename="a"', half), name), 400)
    refused(shop.post(UPLOAD, json={"file": "x"}), 400, "multipart")
    cut = form(file, name)[:-9]
    kind = {"Content-Type": "multipart/form-data; boundary=limit"}
    refused(shop.post(UPLOAD, content=cut, headers=kind), 400, "early")
    kind = {"Content-Type": "multipart/form-data"}
    refused(shop.post(UPLOAD, content=cut, headers=kind), 400, "boundary")


def test_urls_only_from_the_hosts_of_the_config(shop: httpx.Client) -> None:
    for url in (b"http://127.0.0.1:1/a.png", b"https://example.com/a.png", b"http://[::1]/"):
        answer = posted(shop, ('form-data; name="file"', url), ('form-data; name="fileName"', b"a"))
        refused(answer, 400, "compat.imagekit.urls")


def test_private_addresses_are_refused_even_where_their_names_are_allowed(tmp_path: Path) -> None:
    hosts = ("127.0.0.1", "localhost", "169.254.1.1", "10.0.0.1", "::1", "::ffff:127.0.0.1")
    with library(tmp_path, urls=hosts) as site, program(site) as client:
        for host in hosts:
            shown = f"[{host}]" if ":" in host else host
            url = f"http://{shown}:{site.server.port}/healthz".encode()
            answer = posted(
                client, ('form-data; name="file"', url), ('form-data; name="fileName"', b"a")
            )
            refused(answer, 400, "public")


def test_the_order_of_the_parts_and_odd_boundaries_do_not_matter(shop: httpx.Client) -> None:
    name, file = ('form-data; name="fileName"', b"a.png"), ('form-data; name="file"', png(500))
    sizes = {posted(shop, *parts).json()["size"] for parts in ([name, file], [file, name])}
    assert sizes == {len(png(500))}
    odd = "--randomBoundary---------------------"
    kind = {"Content-Type": f"multipart/form-data; boundary={odd}"}
    assert shop.post(UPLOAD, content=form(file, name, boundary=odd), headers=kind).is_success


def test_hosts_are_written_without_a_scheme() -> None:
    assert ImageKit(urls=("Example.com:8080",)).urls == ("example.com:8080",)
    for wrong in ("http://example.com", "example.com/a", "user@example.com", "", "a b"):
        with pytest.raises(ValidationError, match="NAME:PORT"):
            ImageKit(webhooks=(wrong,))


def test_only_what_passes_is_worth_another_try() -> None:
    busy = shaped(503, "too much", {"Retry-After": "2"})
    assert (busy.status_code, busy.headers["x-ratelimit-reset"]) == (429, "2000")
    assert "x-should-retry" not in busy.headers
    for status in (408, 409, 413, 500, 507):
        final = shaped(status, "wrong", {})
        assert final.status_code not in (408, 409, 429)
        assert final.headers["x-should-retry"] == "false"
