"""ImageKit's changes: details, tags of many, AI tags that are wrong, files that go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from imagekit_rig import (
    AWS,
    FILES,
    GOOGLE,
    details,
    names,
    on,
    patched,
    program,
    refused,
    upload,
    uploaded,
)
from web_helpers import Site, until

from device import ids
from device.search_query import parse


@pytest.fixture(scope="module")
def boss(site: Site) -> Iterator[httpx.Client]:
    with program(site, "boss", "administrator") as client:
        yield client


def image(told: dict[str, Any]) -> str:
    """The id of its picture."""
    return str(told["url"]).rpartition("/")[2]


def test_details_are_changed_one_by_one(shop: httpx.Client) -> None:
    uid = uploaded(shop, 1, tags="a", customMetadata={"n": 1, "m": 2})["fileId"]
    sent = {
        "customCoordinates": "1,2,3,4",
        "customMetadata": {"n": None, "k": ["x"]},
        "description": "new",
        "publish": {"isPublished": False, "includeFileVersions": True},
    }
    told = patched(shop, uid, sent)
    assert told["customCoordinates"] == "1,2,3,4"
    assert told["customMetadata"] == {"m": 2, "k": ["x"]}
    assert (told["description"], told["isPublished"], told["tags"]) == ("new", False, ["a"])
    assert details(shop, uid) == told
    again = shop.patch(f"{FILES}/{uid}/details/", json={"tags": ["x", "Y z"]})  # old clients
    assert again.json()["tags"] == ["x", "Y z"]
    assert patched(shop, uid, {"tags": None})["tags"] is None
    assert patched(shop, uid, {})["description"] == "new"


def test_extensions_look_at_what_is_kept(shop: httpx.Client) -> None:
    uid = uploaded(shop, 2)["fileId"]
    asked = on({"name": GOOGLE, "minConfidence": 50, "maxTags": 9}, AWS)
    told = patched(shop, uid, {"extensions": asked})
    assert told["extensionStatus"] == {GOOGLE: "success", AWS: "failed"}
    assert names(told) == ["cat", "dog"]
    more = patched(shop, uid, {"extensions": on("fake")})
    assert sorted(set(names(more))) == ["cat", "dog", "tree"]
    found = shop.get(FILES, params={"searchQuery": 'tags IN ["tree"]'}).json()
    assert uid in [one["fileId"] for one in found]


def test_extensions_fail_where_nothing_is_kept(site: Site, shop: httpx.Client) -> None:
    told = uploaded(shop, 3)
    for file in site.data.rglob(f"{image(told)}.*"):
        file.unlink()
    after = patched(shop, told["fileId"], {"extensions": on(GOOGLE)})
    assert after["extensionStatus"] == {GOOGLE: "failed"}
    assert after["AITags"] is None


def test_an_ai_tag_that_was_removed_stays_away(site: Site, shop: httpx.Client) -> None:
    told = uploaded(shop, 4, extensions=on(GOOGLE))
    uid = told["fileId"]
    assert names(told) == ["cat", "dog", "tree"]
    after = patched(shop, uid, {"removeAITags": ["Cat", "nothing"], "extensions": on(GOOGLE)})
    assert names(after) == ["dog", "tree"]
    again = uploaded(shop, 4, fileName="again.png", extensions=on(GOOGLE, "fake"))
    assert again["fileId"] != uid
    assert image(again) == image(told)
    assert set(names(again)) == {"dog", "tree"}
    [review] = json.loads(site.reader.reviews(image(told)) or "")["reviews"]
    assert review["by"] == "shop"
    assert [(one["verdict"], one["tag"]) for one in review["verdicts"]] == [("reject", "cat")]
    assert patched(shop, uid, {"removeAITags": "all"})["AITags"] is None
    for word in ("cat", "dog", "tree"):
        found = site.reader.find(parse(f'tags IN ["{word}"]'))
        assert image(told) not in [picture.id for picture in found]


def test_bulk_tags(shop: httpx.Client) -> None:
    one, two = (uploaded(shop, number, extensions=on(GOOGLE))["fileId"] for number in (5, 6))
    both = {"fileIds": [one, two, one]}
    done = {"successfullyUpdatedFileIds": [one, two]}
    assert shop.post(f"{FILES}/addTags", json={**both, "tags": ["Red", "blue"]}).json() == done
    assert details(shop, two)["tags"] == ["Red", "blue"]
    assert shop.post(f"{FILES}/removeTags/", json={**both, "tags": ["RED"]}).json() == done
    assert details(shop, one)["tags"] == ["blue"]
    gone = shop.post(f"{FILES}/removeAITags", json={**both, "AITags": ["dog"]})
    assert (gone.status_code, gone.json()) == (200, done)
    assert names(details(shop, one)) == ["cat", "tree"]


def test_bulk_with_one_that_is_missing_does_nothing(shop: httpx.Client) -> None:
    there, missing = uploaded(shop, 7)["fileId"], ids.new_id()
    both = [there, missing, "nonsense"]
    for path, more in (
        ("addTags", {"tags": ["a"]}),
        ("removeTags", {"tags": ["a"]}),
        ("removeAITags", {"AITags": ["a"]}),
        ("batch/deleteByFileIds", {}),
    ):
        answer = shop.post(f"{FILES}/{path}", json={"fileIds": both, **more})
        told = refused(answer, 404, "does not exist")
        assert told["missingFileIds"] == [missing, "nonsense"]
    assert details(shop, there)["tags"] is None


def test_what_cannot_be_done_for_some_is_said(shop: httpx.Client) -> None:
    one, two = (uploaded(shop, number)["fileId"] for number in (8, 9))
    for part in range(8):
        tags = [f"t{part * 25 + n}" for n in range(25)]
        assert shop.post(f"{FILES}/addTags", json={"fileIds": [one], "tags": tags}).is_success
    answer = shop.post(f"{FILES}/addTags", json={"fileIds": [one, two], "tags": ["more"]})
    told = refused(answer, 207, "200 tags")
    assert told["successfullyUpdatedFileIds"] == [two]
    assert [error["fileId"] for error in told["errors"]] == [one]
    assert "more" not in details(shop, one)["tags"]


def test_a_file_goes_and_may_come_again(site: Site, shop: httpx.Client) -> None:
    told = uploaded(shop, 10, extensions=on(GOOGLE))
    uid = told["fileId"]
    kind = {"Content-Type": "application/json"}
    gone = shop.delete(f"{FILES}/{uid}", headers=kind)
    assert (gone.status_code, gone.content) == (204, b"")
    refused(shop.get(f"{FILES}/{uid}/details"), 404)
    refused(shop.delete(f"{FILES}/{uid}"), 404, "does not exist")
    again = uploaded(shop, 10, extensions=on(GOOGLE))
    assert again["fileId"] != uid
    assert image(again) != image(told)
    assert names(again) == ["cat", "dog", "tree"]
    assert until(lambda: site.reader.picture(image(told)) is None)
    assert not list(site.data.rglob(f"{image(told)}.*"))


def test_the_picture_stays_as_long_as_a_file_has_it(site: Site, shop: httpx.Client) -> None:
    one, two = (uploaded(shop, 11, fileName=f"{n}.png") for n in range(2))
    assert shop.delete(f"{FILES}/{one['fileId']}").status_code == 204
    assert details(shop, two["fileId"])["name"] == two["name"]
    assert site.reader.picture(image(two)) is not None


def test_bulk_delete_as_json_and_as_a_form(shop: httpx.Client) -> None:
    uids = [uploaded(shop, number)["fileId"] for number in range(12, 16)]
    first = shop.post(f"{FILES}/batch/deleteByFileIds", json={"fileIds": uids[:2]})
    assert first.json() == {"successfullyDeletedFileIds": uids[:2]}
    second = shop.post(f"{FILES}/batch/deleteByFileIds", data={"fileIds": uids[2:]})
    assert second.json() == {"successfullyDeletedFileIds": uids[2:]}
    assert not {one["fileId"] for one in shop.get(FILES).json()} & set(uids)


def test_who_may_delete_what(site: Site, shop: httpx.Client, boss: httpx.Client) -> None:
    mine, theirs = uploaded(shop, 17)["fileId"], uploaded(boss, 18)["fileId"]
    refused(shop.delete(f"{FILES}/{theirs}"), 403, "boss", "administrator")
    both = {"fileIds": [mine, theirs]}
    refused(shop.post(f"{FILES}/batch/deleteByFileIds", json=both), 403, "boss")
    assert details(shop, mine)
    with program(site, "looker", "viewer") as looker:
        refused(looker.delete(f"{FILES}/{mine}"), 403, "reviewer")
        refused(looker.patch(f"{FILES}/{mine}/details", json={}), 403, "reviewer")
    assert boss.post(f"{FILES}/batch/deleteByFileIds", json=both).status_code == 200


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ({"tags": "a,b"}, "list"),
        ({"tags": [1]}, "strings"),
        ({"removeAITags": "some"}, "list"),
        ({"extensions": "all"}, "list"),
        ({"customMetadata": []}, "object"),
        ({"customCoordinates": [1]}, "x,y"),
        ({"publish": True}, "isPublished"),
        ({"description": 1}, "description"),
        ({"webhookUrl": "http://192.0.2.1/", "extensions": on(GOOGLE)}, "webhooks"),
        ([], "JSON object"),
    ],
)
def test_a_change_that_makes_no_sense(shop: httpx.Client, sent: Any, word: str) -> None:
    refused(shop.patch(f"{FILES}/{ids.new_id()}/details", json=sent), 400, word)


def test_ids_and_lists_that_make_no_sense(shop: httpx.Client) -> None:
    refused(shop.patch(f"{FILES}/x/details", json={}), 400, "invalid fileId")
    refused(shop.delete(f"{FILES}/x"), 400, "invalid fileId")
    refused(shop.patch(f"{FILES}/{ids.new_id()}/details", json={}), 404, "does not exist")
    for path in ("addTags", "removeTags", "removeAITags", "batch/deleteByFileIds"):
        url = f"{FILES}/{path}"
        tags = {"tags": ["a"], "AITags": ["a"]}
        refused(shop.post(url, content=b"{"), 400, "JSON")
        refused(shop.post(url, json=tags), 400, "fileIds")
        refused(shop.post(url, json={**tags, "fileIds": [1]}), 400, "fileId")
        refused(shop.post(url, json={**tags, "fileIds": ["a"] * 101}), 400, "may name")
        refused(shop.put(url, json={}), 404)
    refused(shop.post(f"{FILES}/addTags", json={"fileIds": ["a"], "tags": []}), 400, "tags")
    refused(shop.post(f"{FILES}/addTags", content=b"x" * 200_000), 400, "may have")


def test_many_at_once_come_to_the_same(site: Site, shop: httpx.Client) -> None:
    """The same upload twice, files deleted and sent again, tags by several, all at once."""
    uid = uploaded(shop, 20)["fileId"]

    def churn(number: int) -> httpx.Response:
        answer = upload(shop, 21, extensions=on(GOOGLE))
        if number % 2:
            shop.delete(f"{FILES}/{answer.json().get('fileId')}")
        shop.post(f"{FILES}/addTags", json={"fileIds": [uid], "tags": [f"n{number}"]})
        return answer

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(churn, range(16)))
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    assert sorted(details(shop, uid)["tags"]) == sorted(f"n{number}" for number in range(16))
    last = uploaded(shop, 21, extensions=on(GOOGLE))
    assert details(shop, last["fileId"])["AITags"] == last["AITags"]
    assert site.reader.image(image(last), thumbnail=True) is not None
