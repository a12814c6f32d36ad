"""What was erased stays erased: after a restore, a copy by hand; and nothing else goes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from shutil import rmtree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import key, tagged
from test_erase import NAME, SECRET, crowd, erase, traces, work
from test_store_visits import ended, visit

from device.results import VisitChange
from device.search_query import parse
from device.store import archive, copies, erasures, index, tombs
from device.store.reader import Reader
from device.store.restore import restore
from device.store.writer import Store


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SLICE", 10)


def test_what_was_erased_stays_erased_after_a_restore(tmp_path: Path) -> None:
    folder, backup = tmp_path / "a", tmp_path / "b.zip"
    store = Store(folder, "test")
    mine = tagged("mine", SECRET, "cat", name=NAME, file=key(f"/photos/{NAME}", size=1000))
    gone = ended(visit(tag=SECRET))
    store.commit([mine, VisitChange(gone, "visit_end"), *crowd(12, "cat")], {})
    work(store)
    archive.write(folder, backup, pictures=True)
    erase(store, "query", SECRET)
    store.close()
    for lost in ("nothing", "the file", "the database"):
        if lost == "the file":
            (folder / tombs.FILE).unlink()
        if lost == "the database":
            (folder / "tagd.db").unlink()
        restore(backup, folder, "test", replace=True)
        rmtree(folder / "replaced", ignore_errors=True)
        assert not list(folder.rglob(f"{mine.frame_id}*")), lost
        assert traces(folder, SECRET, NAME) == [], lost
        store, reader = Store(folder, "test"), Reader(folder)
        assert len(reader.find(parse("cat"), 100)) == 12
        assert (reader.picture(mine.frame_id), reader.visit(gone.id)) == (None, None)
        reader.close()
        store.close()


def test_a_database_that_is_put_there_by_hand_is_cleaned(tmp_path: Path) -> None:
    store = Store(tmp_path, "test")
    mine = tagged("mine", SECRET)
    store.commit([mine, *crowd(3, "cat")], {})
    store.close()
    shutil.copy(tmp_path / "tagd.db", tmp_path / "old")
    store = Store(tmp_path, "test")
    erase(store, "picture", mine.frame_id)
    store.close()
    shutil.move(tmp_path / "old", tmp_path / "tagd.db")
    store = Store(tmp_path, "test")
    work(store)
    store.close()
    assert traces(tmp_path, SECRET) == []


def test_copies_from_before_are_named_and_go(store: Store, reader: Reader, tmp_path: Path) -> None:
    mine = tagged("mine", SECRET)
    store.commit([mine, *crowd(3, "cat")], {})
    copies.keep(reader.data_dir, 1, 5)
    os.utime(reader.data_dir / "backups/tagd-000000000001.db", (1_700_000_000, 1_700_000_000))
    assert erasures.stale_copies(reader.data_dir, erasures.newest(reader)) == []
    erase(store, "picture", mine.frame_id)
    [stale] = erasures.stale_copies(reader.data_dir, erasures.newest(reader))
    assert stale["name"] == "backups/tagd-000000000001.db"
    assert traces(tmp_path, SECRET) == ["tagd-000000000001.db: quokkas"]
    erasures.remove_copies(reader)
    assert erasures.stale_copies(reader.data_dir, erasures.newest(reader)) == []
    assert len(copies.scheduled(reader.data_dir)) == 1
    assert traces(tmp_path, SECRET) == []


SOURCES, WORDS = ("gate", "hall"), ("cat", "dog", "fox", SECRET)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(SOURCES), st.sets(st.sampled_from(WORDS))),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([SECRET, "source:hall", "-cat", "fox OR dog", "cat source:gate", "cat fox"]),
    st.integers(0, 3),
)
def test_nothing_else_goes(
    tmp_path_factory: pytest.TempPathFactory,
    pictures: list[tuple[str, set[str]]],
    query: str,
    folds: int,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    store, reader = Store(folder, "test"), Reader(folder)
    for number, (source, names) in enumerate(pictures):
        store.commit([tagged(f"{number}", *sorted(names), source=source)], {})
        if number % 4 < folds:
            store.tend()
    before = {p.id for p in reader.find(parse(""), 100)}
    meant = {p.id for p in reader.find(parse(query), 100)}
    size = erasures.preview(reader, parse(query))
    assert size.pictures == len(meant)
    told = reader.last_seq()
    erase(store, "query", query)
    assert {p.id for p in reader.find(parse(""), 100)} == before - meant
    counts = {w: len(reader.find(parse(w), 100)) for w in WORDS}
    assert dict(reader.tags()) == {word: count for word, count in counts.items() if count}
    assert len(reader.events_after(0, told)) == told
    for word in WORDS:
        found = sum(n for _, n in reader.days(parse(word), 2027, 1))
        assert found == counts[word]
        if not counts[word] and any(word in names for _, names in pictures):
            assert traces(folder, word) == []
    bodies = b"".join(event.body for event in reader.events_after(0, told))
    assert not [uid for uid in meant if uid.encode() in bodies]
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert index.is_sound(store.db, whole=True)
    reader.close()
    store.close()
