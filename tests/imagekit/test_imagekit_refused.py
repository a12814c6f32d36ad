"""What ImageKit's reading side refuses, in its shape: nonsense, strangers, what is not built."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from imagekit_rig import FILES, details, found, program, refused
from web_helpers import Site

from device import ids

ERROR = "INVALID_PARAM_ERROR"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"limit": 0}, "limit must be a whole number from 1 to 1000"),
        ({"limit": 1001}, "limit must be"),
        ({"limit": "many"}, "limit must be"),
        ({"skip": -1}, "skip must be"),
        ({"skip": 10**30}, "skip must be"),
        ({"sort": "NEWEST"}, "sort must be one of ASC_NAME"),
        ({"fileType": "films"}, "fileType must be one of all, image, non-image"),
        ({"type": "x"}, "type must be one of"),
        ({"includeFolder": "maybe"}, "includeFolder must be one of"),
        ({"tags": ",".join(f"t{n}" for n in range(300))}, "200 tags"),
        ({"name": "a" * 600}, "500 characters"),
        ({"path": "a" * 600}, "500 characters"),
        ({"searchQuery": "red"}, "Invalid search query - red stands alone"),
        ({"searchQuery": 'createdAt > "x"'}, "Invalid search query - createdAt cannot be 'x'"),
        ({"searchQuery": "(" * 2000}, "Invalid search query"),
    ],
)
def test_what_is_wrong_is_told(shop: httpx.Client, asked: dict[str, Any], told: str) -> None:
    assert refused(shop.get(FILES, params=asked), 400, told)["type"] == ERROR


def test_files_that_are_not_there(shop: httpx.Client) -> None:
    for what in ("details", "details/", "metadata"):
        told = refused(shop.get(f"{FILES}/{ids.new_id()}/{what}"), 404, "does not exist")
        assert told["message"] == "The requested file does not exist."
        wrong = shop.get(f"{FILES}/nonsense/{what}")
        assert refused(wrong, 400)["message"] == "Your request contains invalid fileId parameter."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{FILES}/x/versions"),
        ("GET", f"{FILES}/x/versions/y"),
        ("POST", f"{FILES}/copy"),
        ("POST", f"{FILES}/move"),
        ("PUT", f"{FILES}/rename"),
        ("POST", f"{FILES}/purge"),
        ("GET", f"{FILES}/purge/x"),
        ("POST", "/v1/folder"),
        ("DELETE", "/v1/folder/"),
        ("POST", "/v1/bulkJobs/copyFolder"),
        ("GET", "/v1/customMetadataFields"),
        ("GET", "/v1/accounts/usage"),
        ("GET", "/v1/saved-extensions"),
        ("GET", "/v1/named-transformations"),
        ("POST", "/api/v2/files/upload"),
        ("PUT", FILES),
        ("GET", "/api/v1/files/upload"),
    ],
)
def test_what_is_not_built_is_not_found(shop: httpx.Client, method: str, path: str) -> None:
    refused(shop.request(method, path, json={}), 404)


def test_nobody_is_let_in_without_a_key(site: Site, shop: httpx.Client, files: list[Any]) -> None:
    paths = (FILES, f"{FILES}/", f"{FILES}/{files[0]['fileId']}/details", "/v1/metadata?url=x")
    with site.client() as nobody:
        for path in paths:
            assert refused(nobody.get(path), 401)
            wrong = nobody.get(path, auth=("tagd_wrong", "do_not_set"))
            assert refused(wrong, 403)["message"] == "Your account cannot be authenticated."
            refused(nobody.get(path, headers={"Authorization": "Basic !"}), 403)
            refused(nobody.get(path, headers={"Authorization": "Bearer private_x"}), 403)


def test_who_does_not_see_the_library_gets_nothing(site: Site, files: list[Any]) -> None:
    uid, url = files[0]["fileId"], files[0]["url"]
    with program(site, "looker", "viewer", sources=["imagekit"]) as client:
        assert found(client) == ["b.png", "a.png", "c.png"]
        assert details(client, uid)["fileId"] == uid
        assert client.get("/v1/metadata", params={"url": url}).status_code == 200
        refused(client.patch(f"{FILES}/{uid}/details", json={}), 403)
    with program(site, "outsider", "viewer", sources=["gate"]) as client:
        assert found(client) == []
        assert found(client, type="all") == []
        assert found(client, searchQuery='tags IN ["red"]') == []
        refused(client.get(f"{FILES}/{uid}/details"), 404)
        refused(client.get(f"{FILES}/{uid}/metadata"), 404)
        refused(client.get("/v1/metadata", params={"url": url}), 404)


def test_names_from_outside_are_only_text(shop: httpx.Client) -> None:
    """Whatever is asked for, the answer is JSON and an error is told, never a broken server."""
    for text in ("'; DROP TABLE asset; --", "\x00", "%", "\\", '"', "ü" * 400, "𝕏", "\ud800"):
        for asked in (
            {"name": text},
            {"tags": text},
            {"path": text},
            {"searchQuery": json.dumps(text)},
            {"searchQuery": f"name HAS {json.dumps(text, ensure_ascii=False)}"},
            {"searchQuery": f'"customMetadata.{text}" = "x"'},
            {"sort": text},
        ):
            query = "&".join(
                f"{k}={''.join(f'%{b:02x}' for b in v.encode('utf-8', 'surrogatepass'))}"
                for k, v in asked.items()
            )
            answer = shop.get(f"{FILES}?{query}")
            assert answer.status_code in (200, 400), (asked, answer.text)
            assert answer.headers["content-type"] == "application/json"
            if answer.status_code == 400:
                refused(answer, 400)
