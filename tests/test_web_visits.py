"""Visits over HTTP: pages, filters, one of them, and wrong questions."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from makers import NOON, tag, tagged
from test_store_visits import ended, visit
from web_helpers import EVENTS, Site, problem

from device.results import VisitChange
from device.web import models

VISITS = "/api/v1/visits"


def fill(site: Site) -> list[str]:
    """Three visits, the first with a picture and over; their ids."""
    picture = tagged(None, "car", source="gate")
    first = visit(best_picture=picture.frame_id)
    made = [first, visit(tag="dog", source="yard"), replace(visit(), seen_at=NOON + 100)]
    start = [VisitChange(one, "visit_start", tags=(tag("car"),)) for one in made]
    start[0] = replace(start[0], picture=picture)
    site.store.commit([*start, VisitChange(ended(first), "visit_end")], {})
    site.pipeline.commits.announce(site.store.seq)
    return [one.id for one in made]


def test_pages_newest_first(site: Site) -> None:
    made = fill(site)
    with site.client() as client:
        answer = client.get(VISITS, params={"limit": 2})
        page = models.VisitsShape.model_validate_json(answer.content)
        assert [one.id for one in page.visits] == [made[2], made[1]]
        rest = client.get(VISITS, params={"limit": 2, "before": page.next}).json()
        assert [one["id"] for one in rest["visits"]] == [made[0]]
        assert rest["next"] is None
        assert rest["visits"][0]["picture"]["url"].startswith("/pictures/")


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("source=yard", [1]),
        ("tag=dog", [1]),
        ("tag=Dog", []),
        ("open=true", [2, 1]),
        ("open=false", [0]),
        ("since=2027-01-15T08:01:00Z", [2]),
        ("since=2027-01-15T09:01:00.500%2B01:00&open=true", [2]),
        ("source=gate&tag=car&open=true", [2]),
    ],
)
def test_filters(site: Site, asked: str, wanted: list[int]) -> None:
    made = fill(site)
    with site.client() as client:
        found = client.get(f"{VISITS}?{asked}").json()["visits"]
    assert [one["id"] for one in found] == [made[n] for n in wanted]


def test_one_visit(site: Site) -> None:
    made = fill(site)
    with site.client() as client:
        answer = client.get(f"{VISITS}/{made[0]}")
        shown = models.VisitShape.model_validate_json(answer.content)
        assert (shown.id, shown.tag, shown.source) == (made[0], "car", "gate")
        assert (shown.duration, shown.ended_at) == (9.0, "2027-01-15T08:00:09.123Z")
        told = problem(client.get(f"{VISITS}/{quote('no such')}"), 404)
        assert told["detail"] == "there is no visit no such"


@pytest.mark.parametrize(
    "asked",
    [
        "since=yesterday",
        "since=2027-01-15T08:00:00",
        "since=",
        "open=maybe",
        "before=x",
        "before=99999999999999999999",
        "limit=0",
        "limit=501",
        f"source={'a' * 65}",
    ],
)
def test_wrong_questions(site: Site, asked: str) -> None:
    with site.client() as client:
        problem(client.get(f"{VISITS}?{asked}"), 422)


def test_hostile_words_find_nothing(site: Site) -> None:
    fill(site)
    with site.client() as client:
        for word in ("' OR 1=1 --", "%", "\x00", "💥", "_"):
            assert client.get(VISITS, params={"tag": word}).json()["visits"] == []


def test_the_events_of_visits_are_those_of_the_schema(site: Site) -> None:
    fill(site)
    with site.client() as client:
        answer = client.get(EVENTS)
    page = models.EventsShape.model_validate_json(answer.content)
    assert [event.type for event in page.events] == ["visit_start"] * 3 + ["visit_end"]
    assert json.loads(answer.content)["events"][0]["visit"]["path"] == [[0.123, 0.5], [0.4, 0.6]]
