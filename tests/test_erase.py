"""Erasing: afterwards nothing finds it, and the files do not hold it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from makers import key, tag, tagged
from test_store_visits import ended, visit

from device import ids
from device.results import Change, Erase, VisitChange
from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store

SECRET = "quokkas"  # said of nothing else
NAME = "birthday-of-quentin.jpg"


def erase(store: Store, kind: str, wanted: str) -> str:
    """Order it, and let the write thread's idle time pass; its id."""
    act = Erase(kind, wanted, "ann", ids.new_id())  # type: ignore[arg-type]
    store.commit([act], {})
    work(store)
    return act.frame_id


def work(store: Store) -> None:
    """All that waits."""
    while store.tend():
        pass
    assert store.eraser.problem is None
    assert not store.eraser.waiting


def traces(folder: Path, *words: str) -> list[str]:
    """Files of the store that hold one of the words."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            found += [f"{path.name}: {word}" for word in words if word.encode() in data]
    return found


def crowd(count: int, *names: str) -> list[Change]:
    """Others."""
    return [tagged(f"other {n} {names}", *names, name=f"{n}.jpg") for n in range(count)]


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SLICE", 10)


def test_a_picture(store: Store, reader: Reader, tmp_path: Path) -> None:
    path = key(f"/photos/{NAME}", size=1000)
    mine = tagged("mine", "cat", SECRET, name=NAME, file=path, original=b"\xff\xd8mine")
    store.commit(crowd(30, "cat"), {})
    store.commit([mine], {})
    store.commit(crowd(30, "dog"), {})
    while store.tend():
        pass
    assert traces(tmp_path, NAME, SECRET)
    seq = reader.last_seq()
    erase(store, "picture", mine.frame_id)
    assert reader.picture(mine.frame_id) is None
    assert reader.find(parse(SECRET)) == []
    assert dict(reader.tags()) == {"cat": 30, "dog": 30}
    assert not list(tmp_path.rglob(f"{mine.frame_id}*"))
    events = reader.events_after(0, 1000)
    assert [event.seq for event in events] == list(range(1, seq + 2)), "no hole"
    [blank] = [json.loads(e.body) for e in events if e.type == "erased"][:-1]
    assert (blank["picture"], blank["tags"], blank["source"]) == (None, [], None)
    assert blank["erased"] == {"pictures": [], "visits": []}
    last = json.loads(events[-1].body)
    assert last["erased"] == {"pictures": [mine.frame_id], "visits": []}
    assert traces(tmp_path, NAME, SECRET) == []
    # It is not brought again from its folder, though its name is not known any more.
    assert reader.seen_file("inbox", path)
    assert mine.origin.sha256 is not None
    assert reader.seen_content("inbox", mine.origin.sha256)
    assert not reader.seen_content("upload", mine.origin.sha256)


def test_what_a_search_finds(store: Store, reader: Reader, tmp_path: Path) -> None:
    store.commit(crowd(25, "cat"), {})
    store.commit([tagged(f"m{n}", SECRET, "cat", name=NAME + str(n)) for n in range(25)], {})
    mine = ended(visit(tag=SECRET))
    other = ended(visit(tag="cat"))
    for one in (mine, other):
        store.commit([VisitChange(one, "visit_end", tags=(tag(one.tag),))], {})
    erase(store, "query", f"tags HAS {SECRET}")
    assert len(reader.find(parse(""), 100)) == 25
    assert reader.visit(mine.id) is None
    assert reader.visit(other.id) is not None
    assert reader.days(parse(SECRET), 2027, 1) == []
    assert traces(tmp_path, SECRET, NAME) == []
