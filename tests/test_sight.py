"""A guest sees the garden and not the hall, and cannot tell that there is one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from people_rig import add, entered, from_source, locked
from test_store_visits import ended, visit
from web_helpers import EVENTS, PICTURES, Site, png, problem, stored

from device import ids
from device.results import VisitChange

HIDDEN = "/api/v1/pictures"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Even pictures are of the garden, odd ones of the hall; so are two visits."""
    with locked(tmp_path_factory.mktemp("house") / "data", cameras=True) as site:
        for number in range(40):
            where = "garden" if number % 2 == 0 else "hall"
            site.store.commit([from_source(stored(number), where)], {})
        for where in ("garden", "hall"):
            one = replace(ended(visit(id=ids.new_id())), source=where)
            site.store.commit([VisitChange(one, "visit_end")], {})
        add(site, "guest", "viewer", ["garden"])
        add(site, "helper", "reviewer", ["garden"])
        add(site, "blind", "viewer", [])
        add(site, "owner", "administrator")
        yield site


@pytest.fixture
def guest(house: Site) -> Iterator[httpx.Client]:
    with entered(house, "guest") as client:
        yield client


@pytest.fixture
def owner(house: Site) -> Iterator[httpx.Client]:
    with entered(house, "owner") as client:
        yield client


def sources(pictures: list[dict[str, Any]]) -> set[str]:
    return {one["source"] for one in pictures}


@pytest.mark.parametrize(
    "q", ["", "source:hall", "odd", "even OR odd", "source:hall OR source:garden", "-even",
          'NOT source = "garden"', "number", 'path : "hall"', "(source:hall)", "-source:garden"]
)  # fmt: skip
def test_no_query_finds_more(guest: httpx.Client, owner: httpx.Client, q: str) -> None:
    found = guest.get(PICTURES, params={"q": q, "limit": 500}).json()
    assert sources(found["pictures"]) <= {"garden"}
    whole = owner.get(PICTURES, params={"q": q, "limit": 500}).json()["pictures"]
    assert found["pictures"] == [one for one in whole if one["source"] == "garden"]
    facets = guest.get("/api/v1/facets", params={"q": q}).json()
    assert facets["counted"] == len(found["pictures"])
    assert {one["name"] for one in facets["sources"]} <= {"garden"}
    day = guest.get("/api/v1/days", params={"q": q, "month": found_month(owner)}).json()["days"]
    assert sum(one["count"] for one in day) == len(found["pictures"])


def found_month(owner: httpx.Client) -> str:
    newest: str = owner.get(PICTURES).json()["pictures"][0]["taken_at"]
    return newest[:7]


def test_what_is_hidden_is_as_what_is_not_there(guest: httpx.Client, owner: httpx.Client) -> None:
    [hidden, *_] = owner.get(PICTURES, params={"q": "source:hall"}).json()["pictures"]
    [shown, *_] = owner.get(PICTURES, params={"q": "source:garden"}).json()["pictures"]
    for path in (f"{PICTURES}/{{}}", "/pictures/{}", "/thumbnails/{}"):
        nothing, secret = ids.new_id(), hidden["id"]
        told = problem(guest.get(path.format(nothing)), 404)["detail"].replace(nothing, "ID")
        assert problem(guest.get(path.format(secret)), 404)["detail"].replace(secret, "ID") == told
    assert guest.get(f"{PICTURES}/{shown['id']}").json()["id"] == shown["id"]


def test_tags_are_counted_of_what_is_seen(guest: httpx.Client, owner: httpx.Client) -> None:
    assert {one["name"]: one["count"] for one in owner.get("/api/v1/tags").json()["tags"]} == {
        "number": 40, "even": 20, "odd": 20,
    }  # fmt: skip
    told = guest.get("/api/v1/tags").json()["tags"]
    assert {one["name"]: one["count"] for one in told} == {"number": 20, "even": 20}
    assert guest.get("/api/v1/tags?prefix=o").json() == {"tags": []}


def test_visits(guest: httpx.Client, owner: httpx.Client) -> None:
    everything = owner.get("/api/v1/visits").json()["visits"]
    assert sources(everything) == {"garden", "hall"}
    assert sources(guest.get("/api/v1/visits").json()["visits"]) == {"garden"}
    assert guest.get("/api/v1/visits?source=hall").json()["visits"] == []
    for one in everything:
        status = guest.get(f"/api/v1/visits/{one['id']}").status_code
        assert status == (200 if one["source"] == "garden" else 404)


def test_events(house: Site, guest: httpx.Client) -> None:
    told = guest.get(f"{EVENTS}?limit=1000").json()
    assert len(told["events"]) == 21
    assert sources(told["events"]) == {"garden"}
    assert told["last_seq"] == house.reader.last_seq()
    first = guest.get(f"{EVENTS}?limit=3").json()["events"]
    rest = guest.get(f"{EVENTS}?after_seq={first[-1]['seq']}&limit=1000").json()["events"]
    assert [*first, *rest] == told["events"]


def test_the_live_stream(house: Site, guest: httpx.Client) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "0"}
    told = []
    with guest.stream("GET", EVENTS, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line[6:]))
            if len(told) == 21:
                break
    assert sources(told) == {"garden"}


def test_sources_and_their_pictures(house: Site, guest: httpx.Client) -> None:
    [garden] = guest.get("/api/v1/sources").json()["sources"]
    assert garden["name"] == "garden"
    assert garden["source"] == {}
    assert guest.get("/api/v1/sources/garden/picture").status_code == 200
    hall = problem(guest.get("/api/v1/sources/hall/picture"), 404)["detail"]
    attic = problem(guest.get("/api/v1/sources/attic/picture"), 404)["detail"]
    assert hall.replace("hall", "attic") == attic
    assert "garden" not in attic
    with entered(house, "helper") as helper:
        problem(helper.post("/api/v1/sources/hall/capture"), 404)
        assert helper.post("/api/v1/sources/garden/capture").status_code in (200, 201)


def test_uploads_are_for_those_who_see_them(house: Site) -> None:
    with entered(house, "owner") as owner, entered(house, "helper") as helper:
        owner.post(PICTURES, files={"file": png(5)})
        told = problem(helper.post(PICTURES, files={"file": png(5)}), 403)
        assert "upload" in told["detail"]


def test_health_tells_a_guest_of_the_garden_only(guest: httpx.Client, owner: httpx.Client) -> None:
    text = guest.get("/api/v1/health").text
    assert "hall" not in text
    told = json.loads(text)
    assert (told["sinks"], told["store"], told["people"]) == ([], {}, {})
    assert {one["name"] for one in owner.get("/api/v1/health").json()["sources"]} == {
        "garden", "hall", "upload",
    }  # fmt: skip


def test_who_sees_nothing_sees_nothing(house: Site) -> None:
    with entered(house, "blind") as client:
        assert client.get(PICTURES).json() == {"pictures": [], "next": None}
        assert client.get("/api/v1/visits").json()["visits"] == []
        assert client.get(EVENTS).json()["events"] == []
        assert client.get("/api/v1/sources").json() == {"sources": []}
        assert client.get("/api/v1/tags").json() == {"tags": []}


def test_pictures_are_not_shown_to_the_next_at_this_browser(house: Site) -> None:
    with entered(house, "owner") as owner:
        kept = owner.post(PICTURES, files={"file": png(99)}).json()
        answer = owner.get(kept["thumbnail_url"])
    assert "Cookie" in answer.headers["vary"]
    assert "private" in answer.headers["cache-control"]
