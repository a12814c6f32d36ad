"""The index is a cache: it follows the rows, survives what happens to it, and forgets."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from makers import NOON, spawn, tagged

from device import clock
from device.errors import QueryError, StoreFull
from device.results import Tagged
from device.search_query import parse
from device.store import index, search
from device.store.reader import Reader
from device.store.writer import Store

MONTH = (2027, 1)


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SLICE", 10)


def some(count: int, *names: str, days: int = 1) -> list[Tagged]:
    """Pictures of as many days before noon."""
    found = []
    for number in range(count):
        item = tagged(None, *names, name=f"{number}", thumbnail=None)
        taken_at = NOON - number % days * 86400
        found.append(replace(item, origin=replace(item.origin, taken_at=taken_at)))
    return found


def look(reader: Reader) -> dict[str, object]:
    """All that the index has a part in."""
    queries = ("", "cat", "-cat", "cat -dog confidence>=0.8", "source:inbox createdAt>2027-01-10")
    return {
        "tags": reader.tags(),
        "days": [reader.days(parse(query), *MONTH) for query in queries],
        "found": [[p.id for p in reader.find(parse(query), 1000)] for query in queries],
        "shown": [reader.picture(p.id) for p in reader.find(parse(""), 1000)],
    }


def filled(store: Store) -> None:
    for batch in range(3):
        store.commit(some(9, "cat", days=4) + some(4, "dog"), {})
        store.commit([tagged(f"{batch}", "cat", "dog", original=b"x")], {})


def folded(store: Store) -> int:
    return index.counter(store.db, index.FOLDED)


def test_it_is_behind_by_less_than_a_slice_and_nobody_sees_it(store: Store, reader: Reader) -> None:
    for number in range(1, 35):
        store.commit([tagged(None, "cat", thumbnail=None)], {})
        assert number - 10 < folded(store) <= number
        assert reader.tags() == [("cat", number)]
        assert sum(count for _, count in reader.days(parse("cat"), *MONTH)) == number
        assert len(reader.find(parse("cat"), 100)) == number


def test_made_anew_it_is_the_same(store: Store, reader: Reader) -> None:
    filled(store)
    before = look(reader)
    store.index.rebuild()
    assert folded(store) == 0
    assert look(reader)["found"] == before["found"]
    while store.tend():
        pass
    assert folded(store) > 30
    assert look(reader) == before


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE picture_index",
        "INSERT INTO picture_index (picture_index) VALUES ('delete-all')",
        "UPDATE picture_index_data SET block = x'00' WHERE id > 10",
        "UPDATE counter SET value = 99 WHERE name = 'index_version'",
        "UPDATE counter SET value = 45 WHERE name = 'folded'",
        "DELETE FROM picture_index_data",
    ],
)
def test_missing_or_damaged_it_is_made_anew_at_the_start(tmp_path: Path, damage: str) -> None:
    store, reader = Store(tmp_path, "d"), Reader(tmp_path)
    filled(store)
    before = look(reader)
    reader.close()
    store.close()
    with sqlite3.connect(tmp_path / "tagd.db") as db:
        db.execute(damage)
    db.close()
    store, reader = Store(tmp_path, "d"), Reader(tmp_path)
    while store.tend():
        pass
    assert look(reader) == before
    reader.close()
    store.close()


def test_damage_in_its_middle_is_found_by_looking_at_all_of_it(
    store: Store, reader: Reader
) -> None:
    filled(store)
    before = look(reader)
    assert store.index.check(whole=True)
    store.db.execute("DELETE FROM picture_index_data WHERE id > 10 AND id % 2")
    assert not store.index.check(whole=True)
    while store.tend():
        pass
    assert store.index.check(whole=True)
    assert look(reader) == before


def test_damaged_while_it_works_it_is_made_anew(store: Store, reader: Reader) -> None:
    filled(store)
    store.db.execute("DELETE FROM picture_index_data")
    store.commit(some(20, "cat"), {})
    while store.tend():
        pass
    assert index.is_sound(store.db)
    assert len(reader.find(parse("cat"), 1000)) == 50


def test_until_then_searches_look_at_the_rows(store: Store, reader: Reader) -> None:
    filled(store)
    store.db.execute("UPDATE picture_index_data SET block = x'FFFFFFFFFFFFFFFFFFFF' WHERE id = 10")
    assert len(reader.find(parse("cat"), 1000)) == 30
    assert len(reader.find(parse("-cat dog"), 1000)) == 12


def test_an_index_that_cannot_be_made_stops_nobody(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: sqlite3.Connection) -> int:
        raise sqlite3.DatabaseError("malformed")

    monkeypatch.setattr(index, "fold", fail)
    monkeypatch.setattr(index, "clear", fail)
    for number in range(1, 5):
        outcomes = store.commit(some(10, "cat"), {})
        assert [o.error for o in outcomes] == [None] * 10
        assert dict(reader.tags()) == {"cat": 10 * number}
    assert len(reader.find(parse("cat"), 1000)) == 40


def test_a_damaged_row_keeps_no_other_out(store: Store, reader: Reader) -> None:
    store.commit(some(5, "cat"), {})
    store.db.execute("UPDATE picture SET tags = ',99:1900,x' WHERE id = 2")
    store.db.execute("UPDATE picture SET tags = ',99:1900' WHERE id = 3")
    store.commit(some(5, "cat"), {})
    assert folded(store) == 10
    assert len(reader.find(parse('"cat"'), 1000)) == 8


def test_a_needle_in_a_haystack_is_not_looked_for_for_ever(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit(some(3000, "cat"), {})
    monkeypatch.setattr(search, "_MOST_SECONDS", 0.0)
    monkeypatch.setattr(search, "_STEPS", 100)
    with pytest.raises(QueryError, match="longer than 0 s; add a tag"):
        reader.find(parse("width=1"), 10)
    monkeypatch.undo()
    assert reader.find(parse("width=1"), 10) == []


def test_a_full_disk_leaves_it_for_later(store: Store, reader: Reader) -> None:
    store.commit(some(9, "cat"), {})
    [pages] = store.db.execute("PRAGMA page_count").fetchone()
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    names = [f"{n} {'x' * 300}" for n in range(40)]
    with pytest.raises(StoreFull):
        store.commit(some(3, *names), {})
    store.db.execute("PRAGMA max_page_count = 1000000")
    store.commit(some(3, *names), {})
    assert folded(store) == 10
    assert dict(reader.tags("cat")) == {"cat": 9}


def test_pages_and_counts_stay_right_while_pictures_come_and_are_folded(
    store: Store, reader: Reader
) -> None:
    store.commit(some(60, "cat"), {})
    wanted = [p.id for p in reader.find(parse("cat"), 1000)]
    stop = False

    def write() -> None:
        while not stop:
            store.commit(some(3, "cat") + some(1, "dog"), {})

    writer = spawn(write)
    try:
        for _ in range(15):
            found: list[str] = []
            cursor: str | None = "61"
            while cursor is not None:
                page = reader.page(parse("cat"), cursor, limit=7)
                found += [json.loads(text)["id"] for text in page.pictures]
                cursor = page.cursor
            assert found == wanted
            with reader._snapshot() as db:
                [(most,)] = db.execute("SELECT count(*) FROM picture").fetchall()
            assert len(reader.find(parse(""), 100_000)) >= most
    finally:
        stop = True
        writer.join()
    assert dict(reader.tags())["dog"] == len(reader.find(parse("dog"), 100_000))


@pytest.mark.parametrize("taken_at", [-6e10, -1.0, 0.0, 86399.9995, 4e9, 2.5e11])
def test_any_time_has_a_day(store: Store, reader: Reader, taken_at: float) -> None:
    item = tagged(None, "cat", thumbnail=None)
    item = replace(item, origin=replace(item.origin, taken_at=taken_at))
    store.commit([item] * 10, {})
    assert folded(store) == 10
    day = round(taken_at * 1000) // clock.DAY_MS
    year, month = clock.month_of(day)
    assert reader.days(parse("cat"), year, month) == [(clock.day_name(day), 10)]
    name = clock.day_name(day)
    for query in (f"createdAt={name}", f"createdAt>={name}", f"cat createdAt<={name}T23:59:59.999"):
        assert len(reader.find(parse(query))) == 10, query
