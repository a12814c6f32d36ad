"""Erasing: afterwards nothing finds it, and the files do not hold it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from makers import key, tag, tagged
from test_store_visits import ended, visit

from device import ids
from device.results import Change, Erase, VisitChange
from device.search_query import parse
from device.store import eraser, erasures, index, tombs
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


def test_a_visit_takes_what_only_it_has(store: Store, reader: Reader, tmp_path: Path) -> None:
    mine, other = visit(tag=SECRET), visit(tag="car")
    early, best, shared = (tagged(None, SECRET, "car", source="gate") for _ in range(3))
    for one, kept in ((mine, early), (mine, best), (other, shared)):
        now = replace(one, best_picture=kept.frame_id)
        store.commit([VisitChange(now, "visit_update", kept, (tag(one.tag),))], {})
    own = tagged(None, SECRET, source="gate")  # told by itself
    store.commit([own, VisitChange(ended(replace(mine, best_picture=best.frame_id)), None)], {})
    move = "UPDATE picture SET taken_ms = (SELECT min(started_ms) + 1 FROM visit)"
    store.db.execute(move)
    erase(store, "visit", mine.id)
    assert {p.id for p in reader.find(parse(""))} == {shared.frame_id, own.frame_id}
    assert reader.visit(mine.id) is None
    told = [json.loads(event.body) for event in reader.events_after(0, 100)]
    assert [one["type"] for one in told] == [
        *("erased", "erased", "visit_update", "picture", "erased", "erased"),
    ]
    assert mine.id not in json.dumps(told[:-1])


def test_a_visit_outlives_its_picture(store: Store, reader: Reader) -> None:
    best = tagged(None, "car", source="gate")
    one = replace(visit(), best_picture=best.frame_id)
    store.commit([VisitChange(one, "visit_start", best, (tag("car"),))], {})
    erase(store, "picture", best.frame_id)
    told = [json.loads(event.body) for event in reader.events_after(0, 100)]
    assert [(one["type"], one["picture"]) for one in told] == [
        ("visit_start", None),
        ("erased", None),
    ]
    assert told[0]["visit"]["tag"] == "car"
    assert json.loads(reader.visit(one.id) or "")["picture"] is None


def test_an_open_visit_that_is_erased_is_not_told_again(store: Store, reader: Reader) -> None:
    one = visit()
    store.commit([VisitChange(one, "visit_start")], {})
    erase(store, "query", "car")
    seq = reader.last_seq()
    store.commit([VisitChange(ended(one), "visit_end")], {})
    assert reader.visit(one.id) is None
    assert reader.last_seq() == seq


def test_a_parent_finds_visits_of_its_children(store: Store, reader: Reader) -> None:
    fox, car = ended(visit(tag="fox")), ended(visit(tag="car"))
    store.commit([tagged("f", tags=(tag("fox", parents=("animal",)),))], {})
    store.commit([VisitChange(one, "visit_end") for one in (fox, car)], {})
    assert erasures.preview(reader, parse("animal")).visits == 1
    assert erasures.preview(reader, parse("name:f")).visits == 0, "a visit has no name"
    erase(store, "query", "animal")
    assert (reader.visit(fox.id), reader.visit(car.id) is None) == (None, False)


def test_a_number_of_a_word_never_comes_again(store: Store, reader: Reader) -> None:
    mine = tagged("m", SECRET)
    store.commit([tagged("c", "cat"), mine], {})
    assert reader.tags() == [("cat", 1), (SECRET, 1)]
    [(label,)] = store.db.execute("SELECT max(id) FROM label").fetchall()
    erase(store, "picture", mine.frame_id)
    store.commit([tagged("d", "dog")], {})
    assert store.db.execute("SELECT max(id) FROM label").fetchall() == [(label + 1,)]
    assert [p.tags[0].name for p in reader.find(parse(""))] == ["dog", "cat"]


def test_a_word_that_somebody_says_meanwhile_stays(store: Store, reader: Reader) -> None:
    mine = tagged("m", SECRET)
    store.commit([mine], {})
    store.commit([Erase("picture", mine.frame_id, "ann", ids.new_id())], {})
    for _ in range(3):
        store.tend()
    store.commit([tagged("n", SECRET)], {})
    work(store)
    assert [p.tags[0].name for p in reader.find(parse(SECRET))] == [SECRET]


def test_what_comes_after_the_order_stays(store: Store, reader: Reader) -> None:
    store.commit(crowd(5, "cat"), {})
    store.commit([Erase("query", "cat", "ann", ids.new_id())], {})
    late = tagged("late", "cat")
    store.commit([late], {})
    work(store)
    assert [p.id for p in reader.find(parse("cat"))] == [late.frame_id]


def test_the_act_says_who_and_how_many_and_not_what(store: Store, reader: Reader) -> None:
    store.commit(crowd(3, SECRET), {})
    uid = erase(store, "query", SECRET)
    [act] = erasures.newest(reader)
    told = act.as_json()
    assert (act.uid, act.wanted, told["by"], told["pictures"]) == (uid, None, "ann", 3)
    assert told["erased"]
    assert told["step"] == "done"
    assert told["bytes"] > 0


def test_a_slice_that_fails_is_tried_again(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit(crowd(3, "cat"), {})
    store.commit([Erase("query", "cat", "ann", ids.new_id())], {})
    monkeypatch.setattr(eraser, "_RETRY", 0.0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(tombs, "_append", full)
        assert not store.tend()
    assert store.eraser.problem is not None
    assert "the disk is full" in store.eraser.problem
    assert len(reader.find(parse("cat"))) == 3
    assert len(list(reader.data_dir.rglob("*.jpg"))) == 3, "no file goes before its tombstone"
    work(store)
    assert reader.find(parse("cat")) == []


def test_it_goes_on_after_a_restart_at_any_step(tmp_path: Path) -> None:
    for steps in range(0, 14, 2):
        folder = tmp_path / str(steps)
        store = Store(folder, "test")
        store.commit([tagged(f"s{n}", SECRET, name=NAME + str(n)) for n in range(15)], {})
        store.commit(crowd(15, "cat"), {})
        store.commit([VisitChange(ended(visit(tag=SECRET)), "visit_end")], {})
        store.commit([Erase("query", SECRET, "ann", ids.new_id())], {})
        for _ in range(steps):
            store.tend()
        store.close()
        store = Store(folder, "test")
        work(store)
        store.close()
        reader = Reader(folder)
        assert len(reader.find(parse(""), 100)) == 15
        reader.close()
        assert traces(folder, SECRET, NAME) == [], steps
