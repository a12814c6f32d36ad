"""Visits through the years: forgotten by age and for room, after damage and power cuts."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from makers import tagged, until
from test_retention import DAY, NOW, _the_clock_is_right, old, put, work
from test_store_visits import change, ended, kept, told, visit

from device import ids
from device.commands.event_line import event_line
from device.commits import Commits
from device.results import Gap, VisitEvent
from device.sinks.fake import FakeSink
from device.stages.deliver import Deliver
from device.store import mark
from device.store.reader import Reader
from device.store.retention import Rules
from device.store.salvage import salvage
from device.store.upkeep import Upkeep
from device.store.writer import Store
from device.types import Visit
from device.workers import Worker, join_all

__all__ = ["_the_clock_is_right", "work"]  # fixtures


def aged(days: float, **changes: object) -> Visit:
    """A visit that was first told so many days ago and is over, if nothing else is said."""
    made = round((NOW - days * DAY) * 1000).to_bytes(6, "big") + ids.to_bytes(ids.new_id())[6:]
    return replace(ended(visit()), id=ids.from_bytes(made), **changes)  # type: ignore[arg-type]


def test_by_age_source_and_tag(store: Store, reader: Reader, work: Callable[..., Upkeep]) -> None:
    picture = tagged(None, "car", source="gate", tagged_at=NOW)
    made = [
        aged(40),  # too old
        aged(40, tag="person"),  # persons stay 60 days
        aged(40, ended_at=None),  # it goes on
        aged(8, source="yard"),  # the yard keeps 7 days
        aged(29, best_picture=picture.frame_id),
    ]
    store.commit([change(made[0]), *(change(one, None) for one in made[1:4])], {})
    store.commit([change(made[4], None, picture=picture)], {})
    work(Rules(days=30, by_source={"yard": 7}, by_tag={"person": 60}), event_days=36500)
    assert {one["id"] for one in kept(reader)} == {made[n].id for n in (1, 2, 4)}
    assert len(told(reader)) == 1, "what was told is told"
    work(Rules())
    assert len(kept(reader)) == 3, "nothing is forgotten unasked"


def test_for_room_they_go_with_the_pictures_of_their_time(
    store: Store, reader: Reader, work: Callable[..., Upkeep]
) -> None:
    first, last = aged(50), aged(1)
    store.commit([change(one, None) for one in (first, last)], {})
    put(store, old(2, "car"))
    work(max_bytes=10**9)
    assert len(kept(reader)) == 2
    work(max_bytes=1)
    assert kept(reader) == []


def test_that_is_found_without_reading_all_of_them(store: Store) -> None:
    sql = "SELECT id FROM visit WHERE uid < ? AND ended_ms NOTNULL ORDER BY uid LIMIT 9"
    plan = str(store.db.execute(f"EXPLAIN QUERY PLAN {sql}", ("~",)).fetchall())
    assert "SEARCH" in plan
    assert "TEMP B-TREE" not in plan


def test_on_a_nearly_full_disk_its_picture_has_no_file(store: Store, reader: Reader) -> None:
    picture = tagged(None, "car", source="gate", original=b"x" * 1000)
    store.room.level = "scarce"
    one = visit(best_picture=picture.frame_id)
    store.commit([change(one, picture=picture)], {})
    assert told(reader)[0]["picture"] == kept(reader)[0]["picture"]
    assert kept(reader)[0]["picture"]["url"] is None
    assert [*store.data_dir.rglob("*.jpg"), *store.data_dir.rglob("*.jpeg")] == []


def test_damage_takes_no_more_than_what_cannot_be_read(tmp_path: Path) -> None:
    """A visit of a lost picture loses that; one that cannot be read is gone."""
    store = Store(tmp_path / "a", "d")
    pictures = [tagged(None, "car", source="gate", thumbnail=None) for _ in range(3)]
    for one in pictures:
        store.commit([change(ended(visit(best_picture=one.frame_id)), picture=one)], {})
    store.db.execute("PRAGMA foreign_keys = OFF")
    store.db.execute("DELETE FROM picture WHERE id = 1")
    store.db.execute("UPDATE visit SET path = '[[0.' WHERE id = 2")
    store.close()
    salvage(tmp_path / "a/tagd.db", tmp_path / "new.db", None)
    (tmp_path / "b").mkdir()
    (tmp_path / "new.db").rename(tmp_path / "b/tagd.db")
    store, reader = Store(tmp_path / "b", "d"), Reader(tmp_path / "b")
    found = [one["picture"] and one["picture"]["id"] for one in kept(reader)]
    assert found == [pictures[2].frame_id, None]
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    reader.close()
    store.close()


@pytest.mark.parametrize("event", ["visit_start", None])
def test_one_left_open_ends_after_a_power_cut_with_a_new_number_and_no_gap(
    tmp_path: Path, event: VisitEvent | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers that are leapt over were never given: nobody lacks anything."""
    monkeypatch.setattr(mark, "_BOOT", tmp_path / "boot")
    (tmp_path / "boot").write_text("0-1")
    store = Store(tmp_path / "1", "d")
    store.add_sink("fake")
    store.commit([change(visit()), tagged(), change(visit(), event)], {"fake": 1})
    last = store.seq
    shutil.copytree(tmp_path / "1", tmp_path / "2")
    store.close()
    (tmp_path / "boot").write_text("0-2")
    with monkeypatch.context() as patched:
        patched.setattr(Store, "commit", lambda *_: [])  # the power goes once more
        store = Store(tmp_path / "2", "d")
        shutil.copytree(tmp_path / "2", tmp_path / "3")
        store.close()
    (tmp_path / "boot").write_text("0-3")
    store, reader, sink = Store(tmp_path / "3", "d"), Reader(tmp_path / "3"), FakeSink()
    gaps: list[Gap] = []
    deliver = Deliver(sink, reader, Commits(store.seq), lambda *_: None, gaps.append)
    worker = Worker("deliver", deliver.run)
    worker.start()
    until(lambda: deliver.cursor == store.seq)
    assert join_all([worker], 5.0) == []
    assert sink.seqs() == [*range(2, last + 1), store.seq - 1, store.seq]
    assert store.seq > mark.BLOCK
    assert gaps == []
    assert reader.totals()["events"] == last + 2
    assert [json.loads(e.body)["visit"]["interrupted"] for e in sink.events()[-2:]] == [True, True]
    reader.close()
    store.close()


def test_what_was_lost_is_a_gap_for_whoever_lacks_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "data", "d")
    store.add_sink("fake")
    store.commit([tagged(), tagged(), tagged()], {})
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "data/tagd.db")) as db, db:
        db.execute("DELETE FROM event WHERE seq = 3")
        db.execute("UPDATE counter SET value = 0 WHERE name = 'seq'")
    store, reader = Store(tmp_path / "data", "d"), Reader(tmp_path / "data")
    assert "lacks its newest events, 3 to 3" in (store.notice or "")
    assert reader.beyond_leap(2) == 2
    notice = told(reader)[-1]
    assert (notice["type"], notice["source"], notice["seq"]) == ("health", None, store.seq)
    line = event_line(reader.events_after(2, 9)[-1].body.decode())
    assert " d: storage_damaged no more: the database lacks its newest events" in line
    reader.close()
    store.close()
