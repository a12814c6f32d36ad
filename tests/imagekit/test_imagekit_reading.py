"""ImageKit's reading side, with the bytes that its clients send: lists, details, metadata."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from imagekit_rig import (
    AWS,
    FILES,
    GOOGLE,
    UPLOAD,
    details,
    found,
    names,
    on,
    patched,
    program,
    refused,
    upload,
    uploaded,
)
from PIL import Image
from web_helpers import Site, png

from device import ids, shipped

FILE = {
    *("type", "fileId", "name", "createdAt", "updatedAt", "tags", "AITags", "versionInfo"),
    *("isPrivateFile", "isPublished", "customCoordinates", "customMetadata", "url", "thumbnail"),
    *("fileType", "filePath", "mime", "height", "width", "size", "hasAlpha", "description"),
}
METADATA = {
    *("height", "width", "size", "format", "hasColorProfile", "quality", "density"),
    *("hasTransparency", "pHash", "exif"),
}


def test_a_file_in_a_list_is_as_its_details(shop: httpx.Client, files: list[Any]) -> None:
    listed = shop.get(FILES).json()
    assert [one["name"] for one in listed] == ["b.png", "a.png", "c.png"]
    for one in listed:
        assert set(one) == FILE
        assert one == details(shop, one["fileId"])
        assert one == shop.get(f"{FILES}/{one['fileId']}/details/").json()
        assert one["createdAt"].endswith("Z")
        assert len(one["createdAt"]) == 24
        assert one["versionInfo"] == {"id": one["fileId"], "name": "Version 1"}
    first, second, third = listed
    assert (first["type"], first["fileType"], first["mime"]) == ("file", "image", "image/png")
    assert first["filePath"] == "/shop/b.png"
    assert (first["tags"], first["AITags"]) == (["Red", "big"], None)
    assert second["tags"] is None
    assert second["AITags"][0] == {"name": "cat", "confidence": 90.0, "source": GOOGLE}
    assert third["filePath"] == "/c.png"


def test_addresses_are_where_the_caller_is_and_need_a_login(
    site: Site, shop: httpx.Client, files: list[Any]
) -> None:
    port = site.server.port
    with program(site, "by name") as other:
        other.base_url = httpx.URL(f"http://localhost:{port}")
        assert details(other, files[0]["fileId"])["url"].startswith(f"http://localhost:{port}/")
    told = details(shop, files[0]["fileId"])
    assert told["url"].startswith(f"http://127.0.0.1:{port}/pictures/")
    assert shop.get(told["thumbnail"]).headers["content-type"] == "image/jpeg"
    with site.client() as nobody:
        assert nobody.get(told["url"]).status_code == 401


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"limit": 1}, "b"),
        ({"limit": 2, "skip": 1}, "ac"),
        ({"skip": 3}, ""),
        ({"sort": "ASC_NAME"}, "abc"),
        ({"sort": "DESC_NAME"}, "cba"),
        ({"sort": "DESC_CREATED"}, "cab"),
        ({"sort": "asc_created"}, "bac"),
        ({"sort": "DESC_RELEVANCE"}, "cab"),
        ({"sort": "ASC_DURATION"}, "bac"),
        ({"path": "/shop"}, "b"),
        ({"path": "shop/new/"}, "a"),
        ({"path": "/", "tags": "red"}, "c"),
        ({"tags": "red"}, "bc"),
        ({"tags": "big, cat"}, "ba"),
        ({"tags": "big,cat"}, "ba"),
        ({"tags": "none"}, ""),
        ({"name": "a.png"}, "a"),
        ({"name": "a"}, ""),
        ({"fileType": "image"}, "bac"),
        ({"fileType": "all"}, "bac"),
        ({"fileType": "non-image"}, ""),
        ({"type": "file"}, "bac"),
        ({"type": "file-version"}, ""),
        ({"searchQuery": 'tags IN ["red"]', "tags": "cat", "name": "x", "type": "folder"}, "bc"),
        ({"searchQuery": '"name" : "a"'}, "a"),
        ({"searchQuery": 'path : "/shop"', "sort": "ASC_NAME", "limit": "1"}, "a"),
        ({"searchQuery": "  "}, "bac"),
        ({"searchQuery": 'createdAt > "1d"', "path": "/"}, "c"),
        ({"searchQuery": ""}, "bac"),
    ],
)
def test_lists(shop: httpx.Client, files: list[Any], asked: dict[str, Any], names: str) -> None:
    assert "".join(name[0] for name in found(shop, **asked)) == names
    assert found(shop, f"{FILES}/", **asked) == found(shop, **asked)


def test_folders(shop: httpx.Client, files: list[Any]) -> None:
    listed = shop.get(FILES, params={"type": "folder"}).json()
    assert [one["folderPath"] for one in listed] == ["/shop", "/shop/new"]
    assert set(listed[0]) == {"type", "folderId", "name", "folderPath", "createdAt", "updatedAt"}
    assert (listed[1]["type"], listed[1]["name"]) == ("folder", "new")
    assert found(shop, type="folder", path="/shop") == ["new"]
    assert found(shop, type="folder", name="shop") == ["shop"]
    assert sorted(found(shop, type="all")) == ["a.png", "b.png", "c.png", "new", "shop"]
    assert found(shop, includeFolder="true", sort="DESC_NAME") == [
        *("shop", "new", "c.png", "b.png", "a.png")
    ]
    assert found(shop, searchQuery='type = "folder" AND name HAS "ne"') == ["new"]
    one = f'id = "{listed[0]["folderId"]}" AND type = folder'
    assert found(shop, searchQuery=one) == ["shop"]
    everything = 'type IN ["file", "folder"] AND path = "/"'
    assert sorted(found(shop, searchQuery=everything)) == ["c.png", "shop"]


def test_metadata(shop: httpx.Client, files: list[Any]) -> None:
    one = files[0]
    told = shop.get(f"{FILES}/{one['fileId']}/metadata").json()
    assert set(told) == METADATA
    assert (told["width"], told["height"], told["format"]) == (64, 48, "png")
    assert told["size"] == len(png(1))
    assert told["exif"] == {}
    assert int(told["pHash"], 16) == 0, "a plain picture"
    for url in (one["url"], one["thumbnailUrl"], one["url"] + "?tr=w-300"):
        assert shop.get("/v1/metadata", params={"url": url}).json() == told
    known = one["url"].rpartition("/")[0]
    for url, status in (
        (f"{known}/{ids.new_id()}", 404),
        (f"{known}/nonsense", 404),
        ("https://ik.imagekit.io/demo/a.jpg", 400),
        (one["url"].replace("127.0.0.1", "localhost"), 400),
        ("http://[", 400),
        ("file:///etc/passwd", 400),
        ("", 400),
    ):
        refused(shop.get("/v1/metadata", params={"url": url}), status)
    refused(shop.get("/v1/metadata"), 400)


def test_what_looks_alike_has_nearly_the_same_hash(shop: httpx.Client) -> None:
    """Another size and another compression change few bits, another picture half of them."""
    cat, other = (
        shipped.sample_pictures()[0].parent / name for name in ("chelsea.jpg", "coffee.jpg")
    )
    hashes = []
    for photo, side, quality in ((cat, 400, 90), (cat, 250, 40), (other, 400, 90)):
        file = io.BytesIO()
        with Image.open(photo) as image:
            image.resize((side, side * 3 // 4)).save(file, "JPEG", quality=quality)
        sent = {"file": ("g.jpg", file.getvalue())}
        one = shop.post(UPLOAD, files=sent, data={"fileName": "g.jpg"}).json()
        told = shop.get(f"{FILES}/{one['fileId']}/metadata").json()
        assert len(told["pHash"]) == 16
        hashes.append(int(told["pHash"], 16))
        assert shop.delete(f"{FILES}/{one['fileId']}").status_code == 204
    assert (hashes[0] ^ hashes[1]).bit_count() <= 6
    assert (hashes[0] ^ hashes[2]).bit_count() >= 20


def test_what_a_person_denies_is_gone_from_the_file(site: Site, shop: httpx.Client) -> None:
    """On tagd's own page, too: both ways are one library."""
    one = uploaded(shop, 9, tags="Mine", extensions=on(GOOGLE))
    picture = one["url"].rpartition("/")[2]
    with program(site, "ann", "reviewer") as person:
        said = [
            {"verdict": "reject", "tag": "cat"},
            {"verdict": "reject", "tag": "mine"},
            {"verdict": "add", "tag": "sofa"},
        ]
        answer = person.post(f"/api/v1/pictures/{picture}/review", json={"verdicts": said})
        assert answer.status_code == 200, answer.text
    told = details(shop, one["fileId"])
    assert (told["tags"], names(told)) == (["sofa"], ["dog", "tree"])
    assert found(shop, searchQuery='tags IN ["mine"]') == []
    assert found(shop, searchQuery='tags IN ["sofa"]') == [one["name"]]
    assert shop.delete(f"{FILES}/{one['fileId']}").status_code == 204


def test_one_picture_under_two_names_has_each_ones_own_tags(shop: httpx.Client) -> None:
    first = uploaded(shop, 8, fileName="one.png", tags="first")
    second = uploaded(shop, 8, fileName="two.png", tags="second", folder="/other")
    assert first["fileId"] != second["fileId"]
    assert details(shop, first["fileId"])["tags"] == ["first"]
    assert details(shop, second["fileId"])["tags"] == ["second"]
    patched(shop, first["fileId"], {"tags": None})
    assert details(shop, first["fileId"])["tags"] is None
    assert details(shop, second["fileId"])["tags"] == ["second"]
    for one in (first, second):
        assert shop.delete(f"{FILES}/{one['fileId']}").status_code == 204


def test_an_extension_that_nothing_answers_has_no_tags(shop: httpx.Client) -> None:
    answer = upload(shop, 12, extensions=on(AWS))
    assert answer.json()["extensionStatus"] == {AWS: "failed"}
    assert details(shop, answer.json()["fileId"])["AITags"] is None
    assert shop.delete(f"{FILES}/{answer.json()['fileId']}").status_code == 204
