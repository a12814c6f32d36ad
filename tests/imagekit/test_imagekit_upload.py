"""ImageKit's upload: every way a file comes, what is said of it, what is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from imagekit_rig import (
    AWS,
    FILES,
    GOOGLE,
    UPLOAD,
    details,
    names,
    on,
    program,
    refused,
    upload,
    uploaded,
)
from web_helpers import Site, png, until

from device.search_query import parse


def test_a_file_with_all_that_can_be_said_of_it(site: Site, shop: httpx.Client) -> None:
    told = uploaded(
        shop,
        1,
        fileName="rot & blau.png",
        tags="Shelf 3, new,,new",
        extensions=on({"name": GOOGLE, "min_confidence": 50, "maxTags": 5}, AWS, "nonsense"),
        folder="/shop//shelves/../3 x",
        customMetadata={"price": 9.5, "sold": False, "sizes": ["S", "M"], "no": None},
        isPrivateFile="true",
        isPublished="false",
        customCoordinates="1, 2,30,40",
        description="für alle",
        responseFields="tags,customMetadata",
    )
    assert told["name"].startswith("rot___blau_")
    assert told["name"].endswith(".png")
    assert told["filePath"] == f"/shop/shelves/__/3_x/{told['name']}"
    assert told["tags"] == ["Shelf 3", "new"]
    assert told["AITags"] == [
        {"name": "cat", "confidence": 90.0, "source": GOOGLE},
        {"name": "dog", "confidence": 70.0, "source": GOOGLE},
    ]
    assert told["extensionStatus"] == {GOOGLE: "success", AWS: "failed", "nonsense": "failed"}
    assert told["customMetadata"] == {"price": 9.5, "sold": False, "sizes": ["S", "M"]}
    assert (told["isPrivateFile"], told["isPublished"]) == (True, False)
    assert told["customCoordinates"] == "1,2,30,40"
    assert told["description"] == "für alle"
    assert (told["width"], told["height"], told["size"]) == (64, 48, len(png(1)))
    assert told["versionInfo"]["id"]
    assert details(shop, told["fileId"])["customMetadata"] == told["customMetadata"]
    found = site.reader.find(parse('tags IN ["shelf 3"] AND tags IN ["cat"] AND source = imagekit'))
    assert len(found) == 1


def test_without_extensions_no_tagger_is_asked(site: Site, shop: httpx.Client) -> None:
    told = uploaded(shop, 2)
    assert told["AITags"] is None
    assert told["extensionStatus"] == {}


def test_each_extension_has_its_own_limits(shop: httpx.Client) -> None:
    few = uploaded(shop, 3, extensions=on({"name": "fake", "maxTags": 1}))
    assert names(few) == ["cat"]
    sure = uploaded(shop, 4, extensions=on({"name": GOOGLE, "minConfidence": 80}))
    assert names(sure) == ["cat"]
    none = uploaded(shop, 5, extensions=on({"name": GOOGLE, "minConfidence": 0, "maxTags": 0}))
    assert names(none) == []
    both = on({"name": GOOGLE, "maxTags": 1}, {"name": "fake", "maxTags": 2})
    assert sorted(set(names(uploaded(shop, 6, extensions=both)))) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a\0b.jpg", "a_b.jpg"),
        ("x" * 1000 + ".jpg", "x" * 196 + ".jpg"),
        ("..", "__"),
        ("<b>ä日本</b>.png", "_b_ä日本__b_.png"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie__x"),
    ],
)
def test_names_are_cleaned(site: Site, shop: httpx.Client, asked: str, named: str) -> None:
    number = 40 + len(named)
    told = uploaded(shop, number, fileName=asked, useUniqueFileName="false")
    assert told["name"] == named
    assert told["filePath"] == f"/{named}"
    kept = {path.name for path in site.data.rglob("*") if path.is_file()}
    assert not any(named in name for name in kept)


def test_the_same_upload_again_stores_nothing(site: Site, shop: httpx.Client) -> None:
    first = uploaded(shop, 300, tags="a", extensions=on(GOOGLE))
    seen = site.pipeline.infer.tagged["imagekit"]
    again = uploaded(shop, 300, tags="a", extensions=on(GOOGLE))
    assert again == first
    assert site.pipeline.infer.tagged["imagekit"] == seen
    other = uploaded(shop, 300, tags="b", extensions=on(GOOGLE))
    assert other["fileId"] != first["fileId"]
    assert len(site.reader.find(parse('tags IN ["a"] AND tags IN ["b"]'))) == 1
    with program(site, "another") as client:
        assert uploaded(client, 300, tags="a", extensions=on(GOOGLE))["fileId"] != first["fileId"]


def test_a_name_that_is_there(site: Site, shop: httpx.Client) -> None:
    same: dict[str, Any] = {"fileName": "same.png", "useUniqueFileName": "false"}
    first = uploaded(shop, 310, **same, tags="one", customMetadata={"a": 1}, extensions=on(GOOGLE))
    taken = upload(shop, 311, **same, overwriteFile="false")
    refused(taken, 400, "there already")
    with program(site, "one more") as client:
        refused(upload(client, 311, **same), 403, "shop")
    second = uploaded(shop, 312, **same, overwriteTags="false", overwriteAITags="false")
    assert second["fileId"] == first["fileId"]
    assert second["tags"] == ["one"]
    assert names(second) == ["cat", "dog", "tree"]
    assert second["customMetadata"] == {}
    third = uploaded(shop, 313, **same)
    assert (third["fileId"], third["tags"], third["AITags"]) == (first["fileId"], None, None)
    images = [reader["url"].rpartition("/")[2] for reader in (first, second)]
    assert until(lambda: not any(site.reader.picture(one) for one in images))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"fileName": " "}, "name"),
        ({"extensions": "google-auto-tagging"}, "JSON list"),
        ({"extensions": {"name": GOOGLE}}, "list"),
        ({"extensions": [{"name": GOOGLE, "minConfidence": 101}]}, "0 to 100"),
        ({"extensions": [{"name": GOOGLE, "maxTags": "many"}]}, "maxTags"),
        ({"extensions": "[" * 100_0}, "JSON"),
        ({"customMetadata": "[]"}, "JSON object"),
        ({"customMetadata": '{"a": NaN}'}, "number"),
        ({"customMetadata": '{"a": {"b": 1}}'}, "customMetadata"),
        ({"customMetadata": '{"a": "\\ud800"}'}, "character"),
        ({"customMetadata": {"a": "x" * 20_000}}, "kB"),
        ({"tags": "x" * 101}, "100"),
        ({"tags": ",".join(f"{n:060}" for n in range(20))}, "500"),
        ({"useUniqueFileName": "perhaps"}, "true or false"),
        ({"customCoordinates": "1,2"}, "x,y,width,height"),
        ({"folder": "a/" * 60}, "folders"),
        ({"checks": '"request.folder" : "a"'}, "checks"),
        ({"transformation": {"pre": "w-100"}}, "transformation"),
        ({"webhookUrl": "http://127.0.0.1/x"}, "compat.imagekit.webhooks"),
        ({"webhookUrl": "file:///etc/passwd"}, "compat.imagekit.webhooks"),
        ({"description": "x" * 2000}, "description"),
    ],
)
def test_what_makes_no_sense_is_said(shop: httpx.Client, fields: Any, word: str) -> None:
    refused(upload(shop, 400, **fields), 400, word)


def test_who_may_upload(site: Site, shop: httpx.Client) -> None:
    with site.client() as nobody:
        refused(nobody.post(UPLOAD), 401)
        refused(nobody.post(UPLOAD, auth=("private_x", "")), 403, "cannot be authenticated")
    with program(site, "looker", "viewer") as client:
        refused(upload(client, 500), 403, "reviewer")
    with program(site, "elsewhere", sources=["garden"]) as client:
        refused(upload(client, 500), 403, "imagekit")
        assert client.get(FILES).json() == []


def test_it_is_told_like_any_other_picture(site: Site, shop: httpx.Client) -> None:
    told = uploaded(shop, 600, extensions=on(GOOGLE), tags="mine")
    uid = told["url"].rpartition("/")[2]
    events = [json.loads(event.body) for event in site.reader.events_after(0, 1000)]
    [event] = [one for one in events if one["picture"] and one["picture"]["id"] == uid]
    assert event["source"] == "imagekit"
    assert {tag["name"] for tag in event["tags"]} == {"mine", "cat", "dog", "tree"}
    image = shop.get(told["thumbnailUrl"])
    assert image.headers["content-type"] == "image/jpeg"
