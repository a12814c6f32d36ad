"""Reading over HTTP: listing, searching, one picture, tags, health, and the API's description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_helpers import PICTURES, Site, problem, running

from device.web import models

# -- listing


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Read only, so that one is enough."""
    with running(tmp_path_factory.mktemp("filled"), pictures=120) as opened:
        yield opened


def test_an_empty_appliance_answers_empty_lists(site: Site) -> None:
    with site.client() as client:
        assert client.get(PICTURES).json() == {"pictures": [], "next": None}
        assert client.get("/api/v1/tags").json() == {"tags": []}
        assert client.get("/api/v1/events").json() == {"events": [], "last_seq": 0}


def page_query(limit: int, cursor: str | None) -> dict[str, str]:
    return {"limit": str(limit)} | ({"before": cursor} if cursor else {})


def test_pages_are_newest_first_and_in_the_described_shape(filled: Site) -> None:
    names: list[str | None] = []
    cursor: str | None = None
    with filled.client() as client:
        while True:
            answer = client.get(PICTURES, params=page_query(50, cursor))
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["cache-control"] == "no-store"
            page = models.PicturesShape.model_validate_json(answer.content, strict=True)
            names += [picture.name for picture in page.pictures]
            cursor = page.next
            if cursor is None:
                break
    assert names == [f"{n}.jpg" for n in reversed(range(120))]


def test_pages_stay_whole_while_pictures_come_in(tmp_path: Path) -> None:
    """An offset would show one twice, or none, for each that is inserted meanwhile."""
    with running(tmp_path / "data", pictures=60) as site, site.client() as client:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = client.get(PICTURES, params=page_query(7, cursor)).json()
            seen += [picture["name"] for picture in page["pictures"]]
            site.upload(len(seen))
            if (cursor := page["next"]) is None:
                break
    assert seen == [f"{n}.jpg" for n in reversed(range(60))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("even", 60),
        ("-even", 60),
        ('"odd"', 60),
        ("number even", 60),
        ("even odd", 0),
        ("source:gate", 120),
        ("source:elsewhere", 0),
        ("confidence>0.8", 120),
        ("number confidence>0.8", 0),
        ("%", 0),
        ("_dd", 0),
        ("' OR 1=1 --'", 0),
    ],
)
def test_queries(filled: Site, query: str, found: int) -> None:
    with filled.client() as client:
        answer = client.get(PICTURES, params={"q": query, "limit": 500})
        if found == 0 and answer.status_code == 400:
            problem(answer, 400)  # not understood is fine, as long as it is said
        else:
            assert len(answer.json()["pictures"]) == found


@pytest.mark.parametrize(
    ("query", "column"),
    [
        ('cat "dog', 5),
        ("confidence>2", 12),
        ("cat NOT", 5),
        ("sauce:gate", 1),
        ("(cat", 1),
        ("x" * 4001, 4001),
        ("NEAR(", 5),
    ],
)
def test_a_wrong_query_says_where(filled: Site, query: str, column: int) -> None:
    with filled.client() as client:
        assert problem(client.get(PICTURES, params={"q": query}), 400)["column"] == column


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("before=-1", "before"),
        ("before=1%00", "before"),
        ("before=%D9%A1", "before"),  # a digit, but not one of ours
        ("before=" + "9" * 400, "before"),
    ],
)
def test_a_wrong_parameter_is_named(filled: Site, query: str, about: str) -> None:
    with filled.client() as client:
        assert about in problem(client.get(f"{PICTURES}?{query}"), 422)["detail"]


@pytest.mark.parametrize("number", ["-1", "x", str(2**63), "9" * 5000])
def test_event_numbers_that_no_database_holds(filled: Site, number: str) -> None:
    with filled.client() as client:
        problem(client.get("/api/v1/events", params={"after_seq": number}), 422)
        problem(client.get("/api/v1/events", headers={"Last-Event-ID": number}), 422)
        assert client.get("/api/v1/events", params={"after_seq": 2**63 - 1}).status_code == 200


def test_the_last_page_has_no_cursor_even_when_it_is_full(filled: Site) -> None:
    with filled.client() as client:
        page = client.get(PICTURES, params={"limit": 120}).json()
    assert (len(page["pictures"]), page["next"]) == (120, None)


# -- one picture, its image, tags, health


def test_one_picture_is_the_same_everywhere(site: Site) -> None:
    uploaded = site.upload(7)
    models.PictureShape.model_validate(uploaded, strict=True)
    with site.client() as client:
        one = client.get(f"{PICTURES}/{uploaded['id']}").json()
        models.PictureDetailShape.model_validate(one, strict=True)
        assert one == {**uploaded, "alternatives": []}
        assert client.get(PICTURES).json()["pictures"] == [uploaded]
        for kind in ("url", "thumbnail_url"):
            image = client.get(uploaded[kind])
            assert image.headers["content-type"] == "image/jpeg"
            assert image.headers["cache-control"] == "private, max-age=31536000, immutable"
            assert image.content.startswith(b"\xff\xd8\xff")


def test_what_is_not_there(filled: Site) -> None:
    with filled.client() as client:
        assert "no picture nobody" in problem(client.get(f"{PICTURES}/nobody"), 404)["detail"]
        problem(client.get("/pictures/nobody"), 404)
        kept = client.get(PICTURES).json()["pictures"][0]
        assert kept["url"] is None  # of this one only the tags were kept
        problem(client.get(f"/pictures/{kept['id']}"), 404)
        problem(client.get(f"/thumbnails/{kept['id']}"), 404)


def test_an_image_that_was_deleted_by_hand(site: Site) -> None:
    uploaded = site.upload(1)
    for file in (site.data / "thumbnails").rglob("*.jpg"):
        file.unlink()
    with site.client() as client:
        problem(client.get(uploaded["thumbnail_url"]), 404)


def test_tags_and_health_in_the_described_shape(filled: Site) -> None:
    with filled.client() as client:
        tags = models.TagsShape.model_validate_json(client.get("/api/v1/tags").content)
        assert {tag.name: tag.count for tag in tags.tags} == {"number": 120, "even": 60, "odd": 60}
        narrowed = client.get("/api/v1/tags", params={"prefix": "o"}).json()
        assert narrowed == {"tags": [{"name": "odd", "count": 60}]}
        health = models.HealthShape.model_validate_json(client.get("/api/v1/health").content)
        assert (health.status, health.store["pictures"]) == ("ok", 120)


@pytest.mark.alone
def test_answers_come_at_once(filled: Site) -> None:
    """40 ms each would be Nagle's algorithm waiting for a delayed acknowledgement."""
    with filled.client() as client:
        client.get("/api/v1/tags")
        times = sorted(client.get("/api/v1/tags").elapsed.total_seconds() for _ in range(20))
    assert times[5] < 0.03


# -- the description


@pytest.fixture
def described(filled: Site) -> dict[str, Any]:
    with filled.client() as client:
        return dict(client.get("/api/v1/openapi.json").json())


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_operation_is_described(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(names)) == len(names) >= 6
    for method, path, operation in operations(described):
        assert operation["description"], (method, path)
        assert {"4XX", "5XX"} <= set(operation["responses"]), (method, path)
        assert {"200", "201"} & set(operation["responses"]), (method, path)
        assert "422" not in operation["responses"], "the framework's own shape is never sent"
        for status in ("4XX", "5XX"):
            assert set(operation["responses"][status]["content"]) == {"application/problem+json"}
        in_path = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    wanted = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(described)))
    assert wanted == set(described["components"]["schemas"]) - {"ProblemShape"}
