"""The drop-in APIs against whoever means them harm: never a 500, always the vendor's shape."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vendors_rig import DOORS, Door, everything, there
from vision_rig import key
from web_helpers import Site, png, read_head, request

from device.web.compat import vendors
from device.web.compat.vendor import taker

PICTURE = base64.b64encode(png(1)).decode()
FUZZED = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
every_vendor = pytest.mark.parametrize("name", list(DOORS))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with everything(tmp_path_factory.mktemp("hostile") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(site: Site) -> dict[str, Any]:
    return {name: DOORS[name].key(site) for name in there(site)}


@pytest.fixture
def door(site: Site, name: str) -> Door:
    assert name in there(site)
    return DOORS[name]


def send(site: Site, keys: Any, name: str, body: bytes, **heads: str) -> httpx.Response:
    """To the door of that vendor, with a key of its own."""
    door, url = DOORS[name], f"{site.server.url}{DOORS[name].path}"
    whole = httpx.Headers(dict(door.heads))
    whole.update(keys[name](url, body))  # whatever the case of their names
    whole.update(heads)
    with site.client(headers=whole) as client:
        return client.post(door.path, content=body)


def told(door: Door, answer: httpx.Response) -> str:
    """An error that is no accident."""
    assert 400 <= answer.status_code < 500, answer.text
    said = door.said(answer)
    assert len(said) > 5
    assert "Traceback" not in said
    return said


@every_vendor
def test_a_picture_is_answered(site: Site, keys: Any, name: str, door: Door) -> None:
    answer = send(site, keys, name, door.body(PICTURE))
    assert answer.status_code == 200, answer.text


@every_vendor
def test_each_request_is_for_one_vendor(site: Site, name: str, door: Door) -> None:
    heads = [(k.lower().encode(), v.encode()) for k, v in door.heads.items()]
    for path in (door.path, *door.small):
        scope = {"type": "http", "method": "POST", "path": path, "headers": heads}
        taking = [one.name for one in vendors.enabled(site.services) if one.takes(scope)]
        assert taking == [name], path
    native = {"type": "http", "method": "POST", "path": "/api/v1/pictures", "headers": []}
    page = {"type": "http", "method": "GET", "path": "/", "headers": []}
    assert taker(vendors.enabled(site.services), native) is None
    assert taker(vendors.enabled(site.services), page) is None


@every_vendor
def test_nobody_comes_in_without_a_key(site: Site, name: str, door: Door) -> None:
    bearer = f"Bearer {key(site)}x"
    basic = f"Basic {base64.b64encode(b'tagd_wrong:').decode()}"
    for wrong in ({}, {"Authorization": bearer}, {"Authorization": basic}, {"Cookie": "a=b"},
                  {"Authorization": "AWS4-HMAC-SHA256 nonsense"}, {"X-Goog-Api-Key": "'; --"},
                  {"Authorization": "Basic !!!"}, {"Authorization": ""}):  # fmt: skip
        with site.client(headers={**door.heads, **wrong}) as client:
            for path in (door.path, *door.small):
                told(door, client.post(path, content=door.body(PICTURE)))


@every_vendor
def test_a_small_role_and_other_sources_are_not_enough(site: Site, name: str, door: Door) -> None:
    if name == "rekognition":
        pytest.skip("its keys are of another kind: tests/rekognition/test_rekognition_keys.py")
    body = door.body(PICTURE)
    for role, sources in (("viewer", None), ("reviewer", ["gate"])):
        small = door.key(site, role, sources)("", body)
        with site.client(headers={**door.heads, **small}) as client:
            told(door, client.post(door.path, content=body))


@every_vendor
@pytest.mark.parametrize(
    "heads", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}], ids=["host", "origin"]
)
def test_the_shield_stands_before_each(
    site: Site, keys: Any, name: str, door: Door, heads: dict[str, str]
) -> None:
    told(door, send(site, keys, name, door.body(PICTURE), **heads))


@every_vendor
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_other_methods_have_the_shape_as_well(
    site: Site, keys: Any, name: str, door: Door, method: str
) -> None:
    if name == "rekognition":
        pytest.skip("it is known by POST alone")
    with site.client(headers={**door.heads, **keys[name]("", b"")}) as client:
        told(door, client.request(method, door.path))


@every_vendor
def test_a_body_that_is_announced_too_large_is_not_received(
    site: Site, keys: Any, name: str, door: Door
) -> None:
    url = f"{site.server.url}{door.path}"
    lines = [f"{k}: {v}" for k, v in {**door.heads, **keys[name](url, b"")}.items() if k != "host"]
    with site.connect() as raw:
        port = site.server.port
        raw.sendall(
            request(
                door.path,
                *lines,
                f"Content-Length: {2**33}",
                method="POST",
                host=f"127.0.0.1:{port}",
            )
        )
        status, _ = read_head(raw)
    assert 400 <= status < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["requests", "image", "features", "content", "source", "type", "maxResults", "Image",
             "Bytes", "S3Object", "MaxLabels", "MinConfidence", "Settings", "GeneralLabels",
             "Features", "fileIds", "tags", "AITags", "extensions", "name"]
        )
        | st.text(max_size=8),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@every_vendor
@given(value=JSON)
@FUZZED
def test_any_json(site: Site, keys: Any, name: str, value: Any) -> None:
    answer = send(site, keys, name, json.dumps(value).encode())
    if answer.status_code != 200:
        told(DOORS[name], answer)


@every_vendor
@given(
    body=st.binary(max_size=300),
    kind=st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=40),
)
@FUZZED
def test_any_bytes_of_any_kind(site: Site, keys: Any, name: str, body: bytes, kind: str) -> None:
    heads = {} if name == "rekognition" else {"Content-Type": kind.strip()}
    answer = send(site, keys, name, body, **heads)
    if answer.status_code != 200:  # such as {} is right for some
        told(DOORS[name], answer)


@every_vendor
@given(place=st.integers(0, 10**6), value=st.integers(0, 255), cut=st.booleans())
@FUZZED
def test_a_right_request_with_one_byte_wrong(
    site: Site, keys: Any, name: str, place: int, value: int, cut: bool
) -> None:
    body = bytearray(DOORS[name].body(PICTURE))
    body[place % len(body)] = value
    sent = bytes(body[: place % len(body)] if cut else body)
    answer = send(site, keys, name, sent)
    if answer.status_code != 200:
        told(DOORS[name], answer)


@every_vendor
@given(
    path=st.text(
        st.characters(max_codepoint=126, min_codepoint=33, exclude_characters="?#"), max_size=30
    ),
    query=st.text(
        st.characters(max_codepoint=126, min_codepoint=33, exclude_characters="#"), max_size=60
    ),
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]),
)
@FUZZED
def test_any_path_and_query_below_a_vendors(
    site: Site, keys: Any, name: str, path: str, query: str, method: str
) -> None:
    door = DOORS[name]
    with site.client(headers=keys[name]("", b"")) as client:
        for begin in door.small:
            url = httpx.URL(site.server.url).copy_with(
                raw_path=f"{begin}/{path}?{query}".encode("latin-1")
            )
            answer = client.request(method, url)
            assert answer.status_code < 500, answer.text
            scope = {"type": "http", "method": method, "path": url.path, "headers": []}
            vendor = taker(vendors.enabled(site.services), scope)
            if answer.status_code >= 400 and vendor is not None:
                DOORS[vendor.name].said(answer)


def test_none_of_it_is_left(site: Site) -> None:
    """Nothing half done, and all of it still works."""
    assert site.pipeline.silence() is None
    assert not [path for path in site.data.rglob("*") if path.suffix in (".part", ".tmp")]
