"""Visits on the disk: with their pictures, told in order, closed after a restart."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from makers import NOON, tag, tagged

from device import ids
from device.results import VisitChange, VisitEvent
from device.store import scribe
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Box, HealthChange, Visit
from device.web.models import EventShape, VisitShape


def visit(**changes: Any) -> Visit:
    made = Visit(
        ids.new_id(), "gate", "car", "object", NOON, NOON + 3, 3.0, best_confidence=0.61234,
        box=Box(0.1, 0.2, 0.3, 0.4), zones=("drive",), actions=("arriving", "entering:drive"),
        path=((0.1234, 0.5), (0.4, 0.6)),
    )  # fmt: skip
    return replace(made, **changes)


def change(one: Visit, event: VisitEvent | None = "visit_start", **more: Any) -> VisitChange:
    return VisitChange(one, event, tags=(tag("car", zones=("drive",)),), **more)


def ended(one: Visit) -> Visit:
    return replace(one, seen_at=NOON + 9, duration=9.0, ended_at=NOON + 9)


def told(reader: Reader) -> list[dict[str, Any]]:
    """Every event, as the schema has it."""
    bodies = [event.body for event in reader.events_after(0, 1000)]
    for body in bodies:
        EventShape.model_validate_json(body)
    return [json.loads(body) for body in bodies]


def kept(reader: Reader, **asked: Any) -> list[dict[str, Any]]:
    found, _ = reader.visits(**asked)
    for text in found:
        VisitShape.model_validate_json(text)
    return [json.loads(text) for text in found]


def test_a_visit_with_its_picture_and_its_events(store: Store, reader: Reader) -> None:
    picture = tagged(None, "car", source="gate")
    one = visit(best_picture=picture.frame_id)
    store.commit([change(one, picture=picture)], {})
    store.commit([change(ended(one), "visit_end")], {})
    start, end = told(reader)
    assert (start["type"], end["type"]) == ("visit_start", "visit_end")
    assert (start["seq"], end["seq"], start["source"]) == (1, 2, "gate")
    assert start["visit"] == {
        "id": one.id,
        "tag": "car",
        "kind": "object",
        "started_at": "2027-01-15T08:00:00.123Z",
        "seen_at": "2027-01-15T08:00:03.123Z",
        "ended_at": None,
        "duration": 3.0,
        "best_confidence": 0.612,
        "zones": ["drive"],
        "actions": ["arriving", "entering:drive"],
        "path": [[0.123, 0.5], [0.4, 0.6]],
        "interrupted": False,
    }
    assert start["picture"]["id"] == end["picture"]["id"] == picture.frame_id
    assert start["picture"]["url"] == f"/pictures/{picture.frame_id}"
    assert start["tags"][0]["zones"] == ["drive"]
    assert end["visit"]["ended_at"] == "2027-01-15T08:00:09.123Z"
    [shown] = kept(reader)
    assert shown["picture"] == start["picture"]
    assert (shown["duration"], shown["box"]["width"]) == (9.0, 0.3)
    assert reader.picture(picture.frame_id) is not None  # found, without an event of its own
    image = reader.image(picture.frame_id, thumbnail=True)
    assert image is not None
    assert image[0].is_file()


def test_a_noted_sight_tells_nothing(store: Store, reader: Reader) -> None:
    one = visit()
    store.commit([change(one)], {})
    store.commit([change(replace(one, seen_at=NOON + 60, duration=60.0), None)], {})
    assert len(told(reader)) == 1
    assert kept(reader)[0]["duration"] == 60.0


def test_after_a_restart_open_visits_end_once_at_their_last_sight(tmp_path: Path) -> None:
    store = Store(tmp_path, "test")
    closed, first, second = visit(), visit(tag="dog"), visit(source="yard")
    store.commit([change(one) for one in (closed, first, second)], {})
    store.commit([change(ended(closed), "visit_end"), change(ended_later(first), None)], {})
    store.close()
    for _ in range(2):
        store = Store(tmp_path, "test")
        reader = Reader(tmp_path)
        events = told(reader)
        assert [e["type"] for e in events[3:]] == ["visit_end"] * 3
        assert [e["seq"] for e in events] == list(range(1, 7))
        assert [e["visit"]["interrupted"] for e in events[3:]] == [False, True, True]
        assert [e["visit"]["id"] for e in events[4:]] == [first.id, second.id]
        assert events[4]["visit"]["ended_at"] == "2027-01-15T08:00:08.123Z"
        assert kept(reader, open_=True) == []
        assert store.seq == 6
        reader.close()
        store.close()


def ended_later(one: Visit) -> Visit:
    return replace(one, seen_at=NOON + 8, duration=8.0)


def test_a_full_disk_does_not_keep_it_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The visits of the last run are closed with the first commit that succeeds."""
    store = Store(tmp_path, "test")
    store.commit([change(visit())], {})
    store.close()

    def full(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(scribe.visits, "left_open", full)
        store = Store(tmp_path, "test")
    assert store.seq == 1
    store.commit([tagged("a")], {})
    reader = Reader(tmp_path)
    assert [e["type"] for e in told(reader)] == ["visit_start", "visit_end", "picture"]
    reader.close()
    store.close()


def test_what_fails_leaves_nothing_behind(store: Store, reader: Reader) -> None:
    """Row, picture and event are one transaction."""
    picture = tagged(None, "car", source="gate")
    broken = visit(best_confidence=float("nan"), best_picture=picture.frame_id)
    with pytest.raises(ValueError):
        store.commit([change(visit()), change(broken, picture=picture)], {})
    assert (kept(reader), told(reader), store.seq) == ([], [], 0)
    store.commit([change(visit())], {})
    assert [e["seq"] for e in told(reader)] == [1]


def test_pages_and_filters(store: Store, reader: Reader) -> None:
    made = [visit(source=("gate", "yard")[n % 2], tag=f"t{n % 3}", seen_at=NOON + n)
            for n in range(12)]  # fmt: skip
    store.commit([change(one) for one in made], {})
    store.commit([change(ended(made[0]), "visit_end")], {})
    seen, before = [], None
    while True:
        found, before = reader.visits(before=before, limit=5)
        seen += [json.loads(text)["id"] for text in found]
        if before is None:
            break
    assert seen == [one.id for one in reversed(made)]
    assert len(kept(reader, source="yard")) == 6
    assert {one["tag"] for one in kept(reader, tag="t1")} == {"t1"}
    assert len(kept(reader, open_=True)) == 11
    assert [one["id"] for one in kept(reader, open_=False)] == [made[0].id]
    assert len(kept(reader, since=NOON + 9)) == 4  # the first ended at +9
    assert kept(reader, source="nowhere") == []
    assert reader.visit("nothing") is None


def test_a_camera_that_suffers_is_told(store: Store, reader: Reader) -> None:
    facts = (("seconds", 31.5), ("looks", 4))
    store.commit([HealthChange("gate", "frozen", True, NOON, "no picture moves", facts)], {})
    [event] = told(reader)
    assert (event["type"], event["source"], event["visit"]) == ("health", "gate", None)
    assert event["health"] == {
        "state": "frozen",
        "active": True,
        "since": "2027-01-15T08:00:00.123Z",
        "detail": "no picture moves",
        "facts": {"seconds": 31.5, "looks": 4},
    }


@pytest.mark.parametrize("synced", ["synced", "untrusted"])
def test_the_clock_of_an_event(
    store: Store, reader: Reader, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe.clock, "state", lambda: synced)
    store.commit([change(visit())], {})
    assert told(reader)[0]["clock"] == synced
