"""Reviews in the store: what they do to the tags of a picture, and how it is found."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from makers import tag
from review_rig import BOX, accept, add, finds, put, reject, rename, review, shown, states, undo

from device import ids
from device.errors import NotThere, ReviewRefused
from device.review import LONGEST, MOST_TAGS, Judgement
from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Box
from device.wire import box_object


@pytest.fixture(params=["in the index", "not yet"])
def place(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose pictures are folded at once, or not."""
    if request.param == "in the index":
        monkeypatch.setattr(index, "SLICE", 1)
    return store


def test_accept_reject_add_rename(place: Store, reader: Reader) -> None:
    uid = put(place, "cat", "dog", "cup", "car")
    said = accept("cat"), reject("dog"), add("Beach"), rename("cup", "Coffee  Cup")
    done = review(place, uid, *said)
    assert states(reader, uid) == [
        *(("cat", "accepted"), ("dog", "rejected"), ("cup", "rejected"), ("car", "proposed")),
        *(("beach", "manual"), ("coffee cup", "manual")),
    ]
    picture = shown(reader, uid)
    assert picture["version"] == 1
    assert picture["reviewed_at"] is not None
    beach = picture["tags"][4]
    assert (beach["kind"], beach["tagger"], beach["model"]) == ("scene", "person", "")
    assert beach["confidence"] == 1.0
    told = json.loads(reader.reviews(uid) or "")["reviews"]
    assert [(one["id"], one["by"], one["undone"]) for one in told] == [(done.review, "Ann", False)]
    assert told[0]["verdicts"] == [
        {"verdict": "accept", "tag": "cat", "tagger": "objects"},
        {"verdict": "reject", "tag": "dog", "tagger": "objects"},
        {"verdict": "add", "tag": "beach"},
        {"verdict": "rename", "tag": "cup", "to": "coffee cup"},
    ]
    listed = json.loads(reader.page(parse("")).pictures[0])
    assert [one["name"] for one in listed["tags"]] == ["cat", "car", "beach", "coffee cup"]


def test_all_that_are_proposed_and_none(place: Store, reader: Reader) -> None:
    first, second, third = put(place, "cat", "dog"), put(place, "cat"), put(place, "cat", "dog")
    review(place, first, accept("cat"))
    review(place, first, reject())
    assert states(reader, first) == [("cat", "accepted"), ("dog", "rejected")]
    review(place, second)
    assert states(reader, second) == [("cat", "proposed")]
    assert shown(reader, second)["version"] == 1
    review(place, [first, third], accept())
    assert states(reader, third) == [("cat", "accepted"), ("dog", "accepted")]
    assert states(reader, first) == [("cat", "accepted"), ("dog", "rejected")]
    assert [finds(reader, f"reviewed:{word}") for word in ("yes", "no", "Ann", "Bob")] == [
        *(3, 0, 3, 0)
    ]


def test_only_what_one_tagger_said(place: Store, reader: Reader) -> None:
    scene = replace(tag("cat"), tagger="scene")
    uid = put(place, tags=(tag("cat"), scene))
    review(place, uid, reject("cat", "scene"))
    assert states(reader, uid) == [("cat", "proposed"), ("cat", "rejected")]
    assert finds(reader, "cat") == 1
    review(place, uid, reject("cat"))
    assert finds(reader, "cat") == 0
    assert finds(reader, "state=rejected cat") == 1


def test_of_two_of_a_kind_the_better_one_counts(place: Store, reader: Reader) -> None:
    """Two persons: the surer one is denied by its place among the renamed ones, the other stays."""
    uid = put(place, tags=(tag("cat", 0.9, box=BOX), tag("cat", 0.6)))
    review(place, uid, rename("cat", "dog"))
    assert states(reader, uid) == [
        *(("cat", "rejected"), ("cat", "rejected"), ("dog", "manual")),
    ]
    assert shown(reader, uid)["tags"][2]["box"] == box_object(BOX)
    assert (finds(reader, "cat"), finds(reader, "dog")) == (0, 1)


def test_a_persons_word_is_found_by_what_stands_above_it(place: Store, reader: Reader) -> None:
    uid = put(place, tags=(tag("cat", parents=("animal",)),), implied=("animal", "kitty"))
    assert [finds(reader, word) for word in ("animal", "kitty")] == [1, 1]
    first = review(place, uid, reject("cat"))
    assert [finds(reader, word) for word in ("cat", "animal", "kitty")] == [0, 0, 0]
    review(place, uid, add("dog"))
    assert [finds(reader, word) for word in ("dog", "animal", "kitty")] == [1, 1, 0]
    assert finds(reader, "animal state=accepted") == 1
    assert undo(place, first).refused
    other = put(place, "car")
    review(place, other, add("cat", BOX))
    assert [finds(reader, f"{word} car") for word in ("cat", "animal", "kitty")] == [1, 1, 1]
    assert dict(reader.tags()) == {"animal": 2, "car": 1, "cat": 1, "dog": 1, "kitty": 1}


def test_adding_what_is_there_agrees_with_it(place: Store, reader: Reader) -> None:
    uid = put(place, "cat", "dog")
    review(place, uid, reject("dog"), add("cat"), add("dog"), add("dog"))
    assert states(reader, uid) == [("cat", "accepted"), ("dog", "accepted")]
    review(place, uid, add("dog", BOX), add("dog", BOX), reject("cat"), rename("cat", "dog"))
    assert states(reader, uid) == [("cat", "rejected"), ("dog", "accepted"), ("dog", "manual")]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (accept("cow"), "no tag 'cow' to accept"),
        (reject("cat", "scene"), "no tag 'cat' to reject"),
        (rename("cow", "cat"), "no tag 'cow' to rename"),
        (rename("cat", "CAT"), "'cat' is its name already"),
        (add(" "), "cannot be a tag"),
        (add("a\nb"), "cannot be a tag"),
        (add("a\0b"), "cannot be a tag"),
        (add("x" * (LONGEST + 1)), "cannot be a tag"),
        (rename("cat", "‮tac"), "cannot be a tag"),
    ],
)
def test_what_makes_no_sense_is_refused(
    store: Store, reader: Reader, said: Judgement, told: str
) -> None:
    uid = put(store, "cat")
    before = reader.picture(uid), store.seq
    done = review(store, uid, add("dog"), said)
    assert isinstance(done.refused, ReviewRefused)
    assert told in str(done.refused)
    assert (reader.picture(uid), store.seq) == before
    assert isinstance(review(store, ids.new_id()).refused, NotThere)
    assert isinstance(review(store, "x").refused, NotThere)


def test_a_picture_has_so_many_tags(store: Store, reader: Reader) -> None:
    uid = put(store, "cat")
    done = review(store, uid, *(add(f"tag {n}") for n in range(MOST_TAGS)))
    assert str(MOST_TAGS) in str(done.refused)
    assert states(reader, uid) == [("cat", "proposed")]


def test_names_are_only_names(store: Store, reader: Reader) -> None:
    uid = put(store, "cat")
    hostile = ["'; drop table picture; --", "a,b;c:1", '<script>"', "t1 or reviewed", "100%"]
    review(store, uid, *map(add, hostile))
    assert [name for name, _ in states(reader, uid)] == ["cat", *hostile]
    for name in hostile:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        assert finds(reader, f'"{quoted}" state=manual') == 1


def test_of_two_in_different_places_the_one_that_is_right_counts(
    place: Store, reader: Reader
) -> None:
    uid, there = put(place), Box(0.5, 0.5, 0.5, 0.5)
    review(place, uid, add("cow", BOX), add("cow", there))
    review(place, uid, reject("cow"), add("cow", there))
    assert states(reader, uid) == [("cow", "rejected"), ("cow", "manual")]
    assert (finds(reader, "cow"), finds(reader, "cow state=rejected")) == (1, 0)


def test_a_picture_that_is_named_twice(place: Store, reader: Reader) -> None:
    uid, other = put(place, "cat"), put(place, "cat")
    review(place, [uid, uid], reject("cat"))
    assert dict(reader.tags()) == {"cat": 1}
    for query in ("cat", "reviewed:no", "NOT reviewed:yes", "-(reviewed IN [yes, Ann])"):
        assert [picture.id for picture in reader.find(parse(query))] == [other], query
    assert [picture.id for picture in reader.find(parse("NOT reviewed:no"))] == [uid]
    assert finds(reader, "reviewed IN [yes, no]") == 2
    place.db.execute("INSERT INTO picture_index (picture_index) VALUES ('integrity-check')")
