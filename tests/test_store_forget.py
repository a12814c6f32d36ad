"""Forgetting pictures: what was counted and told of them stays right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from makers import tag, tagged
from test_store_index import MONTH, filled, some

from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SLICE", 10)


def test_what_is_forgotten_counts_no_longer(store: Store, reader: Reader, tmp_path: Path) -> None:
    filled(store)
    store.add_sink("late")
    told = {event.seq: event for event in reader.events_after(0, 100)}
    kept = [p for p in reader.find(parse(""), 100) if p.has_image]
    numbers = [row[0] for row in store.db.execute("SELECT id FROM picture WHERE id % 3 = 2")]
    gone = store.forget([*numbers, 10_000])
    left = Reader(tmp_path / "data")
    rest = store.db.execute("SELECT count(*) FROM picture").fetchone()[0]
    assert rest == 42 - len(numbers)
    for query in ("", "cat", "dog", "-dog", "cat dog"):
        found = len(left.find(parse(query), 1000))
        assert sum(n for _, n in left.days(parse(query), *MONTH)) == found, query
        assert len(reader.find(parse(query), 1000)) == found
        assert sum(n for _, n in reader.days(parse(query), *MONTH)) == found, query
    assert dict(left.tags()) == {n: len(left.find(parse(n), 1000)) for n in ("cat", "dog")}
    assert {e.seq: e for e in reader.events_after(0, 100)} == told, "to the byte"
    assert all(path.exists() for path in gone), "it is for the caller to remove them"
    assert len(gone) == 2 * sum(reader.picture(p.id) is None for p in kept) > 0
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert store.forget(numbers) == []
    store.db.execute("INSERT INTO picture_index (picture_index) VALUES ('integrity-check')")
    left.close()


def test_the_number_of_a_forgotten_picture_never_comes_again(tmp_path: Path) -> None:
    store = Store(tmp_path, "d")
    store.commit(some(20, "cat"), {})
    store.forget(list(range(5, 21)))
    store.close()
    store, reader = Store(tmp_path, "d"), Reader(tmp_path)
    store.commit([tagged(None, "new")], {})
    assert store.db.execute("SELECT max(id) FROM picture").fetchone() == (21,)
    assert dict(reader.tags()) == {"cat": 4, "new": 1}
    assert len(reader.find(parse("new"))) == 1
    reader.close()
    store.close()


def test_an_event_reads_the_same_after_a_review(store: Store, reader: Reader) -> None:
    store.commit([tagged(None, tags=(tag("cat", 0.9), tag("dog", 0.8)))], {})
    [before] = reader.events_after(0, 9)
    # What a review will do: the first tag rejected, one of a person's added at the end.
    [(label,)] = store.db.execute("SELECT min(id) FROM label").fetchall()
    store.db.execute(
        "INSERT INTO label SELECT id + 7, tag_id, role, kind, 'person', '', parents, zones"
        " FROM label WHERE id = ?",
        (label,),
    )
    store.db.execute(
        "UPDATE picture SET tags = replace(tags, '1900', '7900') || ?", (f",{label + 7}:6000",)
    )
    [after] = reader.events_after(0, 9)
    assert after == before
    [picture] = reader.find(parse("state=manual"))
    assert [one.name for one in picture.tags] == ["dog", "cat"]
    shown = json.loads(reader.picture(picture.id) or "")["tags"]
    assert [(t["name"], t["state"]) for t in shown] == [
        ("cat", "rejected"),
        ("dog", "proposed"),
        ("cat", "manual"),
    ]
