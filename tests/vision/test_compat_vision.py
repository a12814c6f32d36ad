"""Google Vision's `images:annotate`, asked with the bytes that its clients send."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from vision_rig import (
    LABELS,
    OBJECTS,
    PROPERTIES,
    SAFE_SEARCH,
    annotate,
    asked,
    key,
    refused,
    vision,
)
from web_helpers import HeldTagger, Site, png, until

RED = png(0x2828C8)  # 200, 40, 40


def test_labels_are_each_word_once_the_surest_first(open_site: Site, secret: str) -> None:
    answer = annotate(open_site, secret, asked(RED, LABELS))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "responses": [
            {
                "labelAnnotations": [
                    {"mid": "", "description": "Red", "score": 1.0, "topicality": 1.0},
                    {"mid": "", "description": "Coffee cup", "score": 0.8, "topicality": 0.8},
                ]
            }
        ]
    }


def test_objects_have_four_corners_clockwise_from_the_top_left(
    open_site: Site, secret: str
) -> None:
    [found] = annotate(open_site, secret, asked(RED, "OBJECT_LOCALIZATION")).json()["responses"]
    first, second = found["localizedObjectAnnotations"]
    assert (first["mid"], first["name"], first["score"]) == ("", "Coffee cup", 0.8)
    assert [(v["x"], v["y"]) for v in second["boundingPoly"]["normalizedVertices"]] == [
        (0.5, 0.25), (1.0, 0.25), (1.0, 1.0), (0.5, 1.0)
    ]  # fmt: skip
    assert "labelAnnotations" not in found


def test_properties_are_the_dominant_colours(open_site: Site, secret: str) -> None:
    [found] = annotate(open_site, secret, asked(RED, PROPERTIES)).json()["responses"]
    assert found == {
        "imagePropertiesAnnotation": {
            "dominantColors": {
                "colors": [
                    {
                        "color": {"red": 200, "green": 40, "blue": 40},
                        "score": 1.0,
                        "pixelFraction": 1.0,
                    }
                ]
            }
        }
    }


def test_as_many_are_answered_as_are_wanted(open_site: Site, secret: str) -> None:
    wanted = asked(RED, LABELS, OBJECTS, most=1)
    [found] = annotate(open_site, secret, wanted).json()["responses"]
    assert [one["description"] for one in found["labelAnnotations"]] == ["Red"]
    assert [one["score"] for one in found["localizedObjectAnnotations"]] == [0.8]
    wanted["features"].append({"type": LABELS, "maxResults": 2})  # the most of both
    [found] = annotate(open_site, secret, wanted).json()["responses"]
    assert len(found["labelAnnotations"]) == 2


def test_several_pictures_are_answered_in_order_and_one_may_fail(
    open_site: Site, secret: str
) -> None:
    answer = annotate(
        open_site,
        secret,
        asked(RED, LABELS),
        asked(b"GIF89a and no more", LABELS),
        {"image": {"source": {"imageUri": "http://127.0.0.1/x.jpg"}}, "features": [{"type": 4}]},
        {"image": {"source": {"gcsImageUri": "gs://a/b"}}, "features": [{"type": 4}]},
        asked(RED, SAFE_SEARCH),
        asked(RED, "FACE_DETECTION", LABELS, most=1),
        {"image": {"content": ""}, "features": [{"type": 4}]},
        asked(RED),
        {},
        asked(png(0x28A028), LABELS),
    )
    found = answer.json()["responses"]
    assert [one.get("error", {}).get("code") for one in found] == [
        None, 3, 7, 7, 12, 12, 3, 3, 3, None
    ]  # fmt: skip
    assert found[0]["labelAnnotations"][0]["description"] == "Red"
    assert found[1]["error"]["message"].startswith("Bad image data")
    assert "fetches no pictures" in found[2]["error"]["message"]
    assert "SAFE_SEARCH_DETECTION: not answered here" in found[4]["error"]["message"]
    assert found[5]["labelAnnotations"][0]["description"] == "Red"  # what could be said is said
    assert found[9]["labelAnnotations"][0]["description"] == "Green"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/images%3Aannotate",
        "/v1/projects/mine/images:annotate",
        "/v1/projects/mine/locations/eu/images:annotate",
    ],
)
def test_every_spelling_of_the_path_is_the_same(open_site: Site, secret: str, path: str) -> None:
    with open_site.client() as client:
        answer = client.post(f"{path}?key={secret}", json={"requests": [asked(RED, LABELS)]})
    assert answer.json()["responses"][0]["labelAnnotations"][0]["description"] == "Red"


@pytest.mark.parametrize("newer", [False, True])
def test_protocol_buffers_may_be_spelled_in_two_ways(
    open_site: Site, secret: str, newer: bool
) -> None:
    text = base64.urlsafe_b64encode(RED).decode().rstrip("=") if newer else asked(RED)["image"]
    image = {"content": text} if newer else text
    feature = {"type": "LABEL_DETECTION", "max_results" if newer else "maxResults": 1}
    context = {"image_context" if newer else "imageContext": {"languageHints": ["en"]}}
    answer = annotate(open_site, secret, {"image": image, "features": [feature], **context})
    assert len(answer.json()["responses"][0]["labelAnnotations"]) == 1


def test_nothing_asked_is_nothing_answered(open_site: Site, secret: str) -> None:
    assert annotate(open_site, secret).json() == {"responses": []}


def test_nothing_is_stored_unless_the_owner_says_so(open_site: Site, secret: str) -> None:
    before = open_site.reader.totals()["pictures"]
    annotate(open_site, secret, asked(png(77), LABELS))
    assert open_site.reader.totals()["pictures"] == before == 0
    assert not list(open_site.data.rglob("*.jpg"))


def test_what_is_stored_is_stored_once_and_found_by_its_source(tmp_path: Path) -> None:
    with vision(tmp_path / "data", store=True) as site:
        secret = key(site)
        wanted = asked(RED, LABELS), asked(RED, PROPERTIES), asked(png(5), LABELS)
        first = annotate(site, secret, *wanted).json()
        assert annotate(site, secret, *wanted).json() == first
        assert site.reader.totals()["pictures"] == 2
        with site.client(headers={"Authorization": f"Bearer {secret}"}) as client:
            found = client.get("/api/v1/pictures", params={"q": "source:vision red"}).json()
            assert [one["source"] for one in found["pictures"]] == ["vision"]
            shown = client.get("/api/v1/facets").json()["sources"]
            assert shown == [{"name": "vision", "count": 2}]


def test_the_same_picture_from_many_at_once_is_stored_once(tmp_path: Path) -> None:
    with vision(tmp_path / "data", store=True) as site, ThreadPoolExecutor(12) as pool:
        secret = key(site)
        sent = [pool.submit(annotate, site, secret, asked(RED, LABELS)) for _ in range(12)]
        assert len({one.result().text for one in sent}) == 1
        assert site.reader.totals()["pictures"] == 1


def test_after_a_restart_it_is_still_the_same_picture(tmp_path: Path) -> None:
    for _ in range(2):
        with vision(tmp_path / "data", store=True) as site:
            secret = key(site)
            assert annotate(site, secret, asked(RED, LABELS)).status_code == 200
            assert site.reader.totals()["pictures"] == 1


def test_what_was_erased_is_taken_again(tmp_path: Path) -> None:
    with vision(tmp_path / "data", store=True) as site:
        secret = key(site, "administrator")
        first = annotate(site, secret, asked(RED, LABELS))
        with site.client(headers={"Authorization": f"Bearer {secret}"}) as client:
            [stored] = client.get("/api/v1/pictures").json()["pictures"]
            answer = client.delete(f"/api/v1/pictures/{stored['id']}")
            assert answer.status_code < 300, answer.text
        assert until(lambda: site.reader.totals()["pictures"] == 0, 20)
        again = annotate(site, secret, asked(RED, LABELS))
        assert again.json() == first.json()
        assert site.reader.totals()["pictures"] == 1


def test_a_rejected_tag_is_not_said_again(tmp_path: Path) -> None:
    with vision(tmp_path / "data", store=True) as site:
        secret = key(site)
        annotate(site, secret, asked(RED, LABELS))
        with site.client(headers={"Authorization": f"Bearer {secret}"}) as client:
            [stored] = client.get("/api/v1/pictures").json()["pictures"]
            judged = {"verdicts": [{"verdict": "reject", "tag": "red"}]}
            answer = client.post(f"/api/v1/pictures/{stored['id']}/review", json=judged)
            assert answer.status_code == 200, answer.text
        [found] = annotate(site, secret, asked(RED, LABELS)).json()["responses"]
        assert [one["description"] for one in found["labelAnnotations"]] == ["Coffee cup"]


def test_with_a_full_disk_clients_are_told_to_come_back(tmp_path: Path) -> None:
    with vision(tmp_path / "data", store=True) as site:
        secret = key(site)
        site.store.full = True
        told = refused(annotate(site, secret, asked(RED, LABELS)), 429, "RESOURCE_EXHAUSTED")
        assert "make room" in told
        site.store.full = False
        assert until(lambda: site.pipeline.write.problem is None)


def test_two_dozen_at_once_wait_for_their_turn(tmp_path: Path) -> None:
    tagger = HeldTagger()
    with vision(tmp_path / "data", tagger=lambda: tagger) as site, ThreadPoolExecutor(24) as pool:
        secret = key(site)
        sent = [pool.submit(annotate, site, secret, asked(png(n), LABELS)) for n in range(24)]
        assert until(lambda: tagger.waiting)
        tagger.gate.set()
        answers: list[Any] = [one.result().json() for one in sent]
        assert all(one["responses"][0]["labelAnnotations"] for one in answers)
        assert site.reader.totals()["pictures"] == 0
