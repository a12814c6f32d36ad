"""Reviews in the store: two people, repetitions, undoing, events, and what is learnt."""

from __future__ import annotations

import json

import pytest
from makers import known, tag, tagged
from review_rig import BOX, accept, add, finds, put, reject, rename, review, shown, states, undo

from device import ids
from device.errors import NotThere, ReviewRefused, ReviewStale
from device.review import Done
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store


@pytest.fixture(params=["in the index", "not yet"])
def place(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose pictures are folded at once, or not."""
    if request.param == "in the index":
        monkeypatch.setattr(index, "SLICE", 1)
    return store


def test_the_second_of_two_people_is_told(store: Store, reader: Reader) -> None:
    uid = put(store, "cat")
    assert not review(store, uid, accept(), version=0).refused
    late = review(store, uid, reject("cat"), by="Bob", version=0)
    assert isinstance(late.refused, ReviewStale)
    assert states(reader, uid) == [("cat", "accepted")]
    assert not review(store, uid, reject("cat"), by="Bob", version=1).refused
    assert states(reader, uid) == [("cat", "rejected")]


def test_sent_again_it_is_the_same_review(store: Store, reader: Reader) -> None:
    uid, other = put(store, "cat"), put(store, "cat")
    first = review(store, uid, accept(), version=0, key="k")
    seq = store.seq
    assert review(store, uid, accept(), version=0, key="k") == first
    assert store.seq == seq
    assert isinstance(review(store, uid, reject(), version=0, key="k").refused, ReviewRefused)
    assert not review(store, other, accept(), version=0, key="k").refused
    assert review(store, uid, accept(), by="Bob", key="k").review not in ("", first.review)
    assert shown(reader, uid)["version"] == 2


def test_only_the_newest_review_is_undone(store: Store, reader: Reader) -> None:
    uid = put(store, "cat", "dog")
    before = reader.picture(uid)
    first, second = review(store, uid, accept("cat")), review(store, uid, add("cow"), by="Bob")
    assert isinstance(undo(store, first).refused, ReviewStale)
    assert undo(store, second).picture == uid
    assert states(reader, uid) == [("cat", "accepted"), ("dog", "proposed")]
    assert "undone already" in str(undo(store, second).refused)
    assert [finds(reader, f"reviewed:{name}") for name in ("Ann", "Bob")] == [1, 0]
    assert not undo(store, first, by="Bob").refused
    after = shown(reader, uid)
    assert after.pop("version") == 4
    assert after == {k: v for k, v in json.loads(before or "").items() if k != "version"}
    assert isinstance(undo(store, Done(uid, ids.new_id())).refused, NotThere)
    assert isinstance(undo(store, Done(uid, "x")).refused, NotThere)
    told = json.loads(reader.reviews(uid) or "")["reviews"]
    assert [(one["by"], one["undone"]) for one in told] == [("Bob", True), ("Ann", True)]
    assert reader.reviews(ids.new_id()) is None


def test_events_tell_it_and_earlier_ones_stay_as_they_were(place: Store, reader: Reader) -> None:
    uid = put(place, "cat", "dog")
    [told] = reader.events_after(0, 9)
    done = review(place, uid, reject("cat"), add("cow", BOX))
    undo(place, done, by="Bob")
    review(place, uid, rename("cat", "cow"))
    review(place, uid, reject("cow"))
    events = reader.events_after(0, 9)
    assert events[0] == told, "to the byte"
    assert [(one.seq, one.type) for one in events[1:]] == [(n, "review") for n in (2, 3, 4, 5)]
    first, second = (json.loads(one.body) for one in events[1:3])
    assert first["review"] == {
        "id": done.review,
        "by": "Ann",
        "undone": False,
        "verdicts": [
            {"verdict": "reject", "tag": "cat", "tagger": "objects"},
            {
                "verdict": "add",
                "tag": "cow",
                "box": {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4},
            },
        ],
    }
    assert [(one["name"], one["state"]) for one in first["tags"]] == [
        *(("dog", "proposed"), ("cow", "manual")),
    ]
    assert (first["visit"], first["picture"]["id"], first["source"]) == (None, uid, "inbox")
    assert second["review"] == {**first["review"], "by": "Bob", "undone": True}
    assert [one["name"] for one in second["tags"]] == ["cat", "dog"]
    place.forget([1])
    assert reader.events_after(0, 9) == events
    assert place.db.execute("SELECT count(*) FROM review").fetchone() == (0,)
    assert place.db.execute("SELECT count(*) FROM verdict").fetchone() == (0,)


def test_brought_again_it_keeps_what_people_said(store: Store, reader: Reader) -> None:
    uid = put(store, "cat", "dog", content="a")
    review(store, uid, reject("cat"), accept("dog"), add("cow"))
    [again] = store.commit([known("a")], {})
    [fresh] = store.commit([tagged("a", "cat", "mouse")], {})
    for outcome in (again, fresh):
        assert outcome.duplicate
        assert outcome.picture is not None
        assert outcome.picture.id == uid
        assert [one.name for one in outcome.picture.tags] == ["dog", "cow"]
        assert outcome.picture.states == ("accepted", "manual")
        assert outcome.picture.version == 1


def test_what_is_learnt(place: Store, reader: Reader) -> None:
    uid = put(place, tags=(tag("cat", 0.61), tag("cat", 0.4, box=BOX), tag("dog", 0.8)))
    other = put(place, tags=(tag("cat", 0.7), tag("cup", 0.5)))
    review(place, uid, reject("cat"), accept("dog"))
    assert reader.judged("cat") == [(0.61, False), (0.4, False)]
    review(place, uid, accept("cat"), by="Bob")
    last = review(place, other, reject("cat"), add("cow"), rename("cup", "mug"))
    assert sorted(reader.judged("cat")) == [(0.4, True), (0.61, True), (0.7, False)]
    assert reader.judged("cow") == []
    wanted = {"cat": (2, 1, 0), "dog": (1, 0, 0), "cow": (0, 0, 1), "cup": (0, 1, 0)}
    assert reader.review_counts() == {**wanted, "mug": (0, 0, 1)}
    undo(place, last)
    assert reader.review_counts() == {"cat": (2, 0, 0), "dog": (1, 0, 0)}
    review(place, other, add("cow"))
    review(place, other, reject("cow"))
    assert reader.review_counts() == {"cat": (2, 0, 0), "dog": (1, 0, 0), "cow": (0, 0, 0)}


def test_a_rollback_leaves_nothing_behind(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = put(store, "cat")
    before = reader.picture(uid)
    with monkeypatch.context() as patch:
        patch.setattr(index, "renew", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            review(store, uid, add("a new word"))
    assert reader.picture(uid) == before
    assert review(store, uid, add("another"), by="Bob").by == "Bob"
    assert [name for name, _ in states(reader, uid)] == ["cat", "another"]
    assert store.db.execute("SELECT name FROM person").fetchall() == [("Bob",)]
