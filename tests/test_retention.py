"""What is forgotten, in which order, and what never is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from makers import key, refused, tag, tagged

from device import clock, ids
from device.search_query import Query
from device.store import retention
from device.store.reader import Reader
from device.store.retention import Rules
from device.store.upkeep import Upkeep
from device.store.writer import Store

NOW = 1_800_000_000.0
DAY = 86400.0


@pytest.fixture(autouse=True)
def _the_clock_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", 0)  # of that time, and of no other test
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "state", lambda: "synced")


@pytest.fixture
def work(store: Store) -> Callable[..., Upkeep]:
    """One whole round of upkeep."""

    def run(rules: Rules | None = None, **more: int | float | Callable[[], int]) -> Upkeep:
        upkeep = Upkeep(store, rules or Rules(), **more)  # type: ignore[arg-type]
        upkeep.counted(sum(p.stat().st_size for p in store.data_dir.rglob("*.jpg")))
        for _ in range(2000):
            upkeep._again_at = 0.0
            upkeep()
            assert upkeep.problem is None
            if upkeep._again_at > time.monotonic() + 1:
                return upkeep
        raise AssertionError("it does not end")

    return run


def old(days: float, *names: str, confidence: float = 0.9, **more: object) -> object:
    """A picture tagged so many days ago."""
    tags = tuple(tag(name, confidence) for name in names)
    return tagged(None, tags=tags, tagged_at=NOW - days * DAY, **more)  # type: ignore[arg-type]


def left(reader: Reader) -> list[str]:
    return [p.id for p in reader.find(Query(), 10_000)][::-1]


def put(store: Store, *items: object) -> list[str]:
    store.commit(list(items), {})  # type: ignore[arg-type]
    return [item.frame_id for item in items]  # type: ignore[attr-defined]


def files(store: Store) -> set[str]:
    return {path.stem for path in store.data_dir.rglob("*.jpg")}


def test_by_age_source_and_tag(store: Store, reader: Reader, work: Callable[..., Upkeep]) -> None:
    known = put(
        store,
        old(40, "car"),  # too old
        old(40, "person"),  # persons stay 60 days
        old(8, "person", source="gate"),  # a tag is nearer than a source
        old(8, "car", source="gate"),  # the gate keeps 7 days
        old(70, "person", "car"),
        old(29, "car"),
    )
    upkeep = work(Rules(days=30, by_source={"gate": 7}, by_tag={"person": 60}))
    assert left(reader) == [known[1], known[2], known[5]]
    assert files(store) == set(left(reader))
    assert upkeep.forgotten == 3
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert dict(reader.tags()) == {"person": 2, "car": 1}


def test_nothing_by_age_while_the_clock_is_untrusted(
    store: Store, reader: Reader, work: Callable[..., Upkeep], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "state", lambda: "untrusted")
    known = put(store, old(4000, "car"))
    work(Rules(days=1), event_days=1)
    assert left(reader) == known
    assert len(reader.events_after(0, 10)) == 1


def review(store: Store, uid: str, verdict: str) -> None:
    """As a person would say it of every tag."""
    add = 6000 if verdict == "reject" else 2000
    [(number, tags)] = [
        row[1:]
        for row in store.db.execute("SELECT uid, id, tags FROM picture")
        if ids.from_bytes(row[0]) == uid
    ]
    head, value = tags.rsplit(":", 1)
    store.db.execute(
        "UPDATE picture SET tags = ?, reviewed_ms = 1 WHERE id = ?",
        (f"{head}:{int(value) + add}", number),
    )


def test_the_order_in_which_they_make_room(
    store: Store, reader: Reader, work: Callable[..., Upkeep]
) -> None:
    known = put(
        store,
        old(50, "car"),
        old(40, "car", confidence=0.55),
        old(30, "car"),
        old(20, "car"),
        old(10, "car", confidence=0.5),
    )
    review(store, known[0], "accept")
    review(store, known[3], "reject")
    gone: list[list[str]] = []
    for room in range(5, 0, -1):
        size = sum(p.stat().st_size for p in store.data_dir.rglob("*.jpg"))
        one = size // room
        retention_slice, retention.SLICE = retention.SLICE, 1
        try:
            before = left(reader)
            whole = size + (store.data_dir / "tagd.db").stat().st_size
            work(Rules(), max_bytes=whole - one // 2)
        finally:
            retention.SLICE = retention_slice
        gone.append([uid for uid in before if uid not in left(reader)])
    assert gone == [[known[3]], [known[1]], [known[4]], [known[2]], [known[0]]]


def test_reviewed_ones_stay_for_ever(
    store: Store, reader: Reader, work: Callable[..., Upkeep]
) -> None:
    known = put(store, old(400, "car"), old(400, "car"))
    review(store, known[0], "accept")
    work(Rules(days=30))
    assert left(reader) == [known[0]]
    work(Rules(days=30, keep_reviewed=False))
    assert left(reader) == []


def age(store: Store, days: float) -> None:
    """Let every picture be as old as it says."""
    stamp = round((NOW - days * DAY) * 1000)
    numbers = [n for (n,) in store.db.execute("SELECT id FROM picture")]
    store.db.executemany(
        "UPDATE picture SET uid = ? WHERE id = ?",
        (((stamp + n).to_bytes(6, "big") + os.urandom(10), n) for n in numbers),
    )


def test_events_go_once_they_are_old_and_delivered(
    store: Store, reader: Reader, work: Callable[..., Upkeep]
) -> None:
    put(store, *(old(30, "car") for _ in range(5)))
    age(store, 30)
    work(event_days=14, delivered=lambda: 3)
    assert [e.seq for e in reader.events_after(0, 10)] == [4, 5]
    work(event_days=14, delivered=lambda: 99)
    assert [e.seq for e in reader.events_after(0, 10)] == [5]  # seq is read from it
    put(store, old(0, "car"))
    assert store.seq == 6


def test_the_ledger_outlives_the_picture(
    store: Store, reader: Reader, work: Callable[..., Upkeep]
) -> None:
    store.commit([tagged("a", "car", file=key(), tagged_at=NOW - 40 * DAY), refused("b")], {})
    work(Rules(days=30))
    assert left(reader) == []
    assert reader.seen_file("inbox", key())


def test_the_file_shrinks(store: Store, reader: Reader, work: Callable[..., Upkeep]) -> None:
    for _ in range(20):
        put(store, *(old(40, *(f"t{n}" for n in range(8)), thumbnail=None) for _ in range(500)))
    age(store, 40)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = store.data_dir / "tagd.db"
    before = path.stat().st_size
    work(event_days=1, delivered=lambda: store.seq)  # before the pictures, as it is in real life
    work(Rules(days=30), event_days=1, delivered=lambda: store.seq)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert left(reader) == []
    assert path.stat().st_size < before * 0.8
    assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_crash_between_file_and_row(tmp_path: Path) -> None:
    store = Store(tmp_path, "d")
    [kept] = put(store, tagged("a", "car"))
    path = next(tmp_path.rglob(f"{kept}.jpg"))
    [lost] = [tagged("b").frame_id]
    path.with_name(f"{lost}.jpg").write_bytes(b"half")
    path.with_name(f".{lost}.jpg.part").write_bytes(b"half")
    path.with_name("holiday.jpg").write_bytes(b"mine")
    [gone] = put(store, tagged("c", "car"))
    next(tmp_path.rglob(f"{gone}.jpg")).unlink()
    store._mark.close(store.seq, clean=False)
    store.close()
    store = Store(tmp_path, "d")
    reader = Reader(tmp_path)
    told = [e.body for e in reader.events_after(0, 9)]
    upkeep = Upkeep(store, Rules())
    for _ in range(20):
        upkeep()
    assert files(store) == {kept, "holiday"}
    assert [p.has_image for p in reader.find(Query())] == [False, True]
    assert [e.body for e in reader.events_after(0, 9)] == told
    assert not list(tmp_path.rglob("*.part"))
    reader.close()
    store.close()
