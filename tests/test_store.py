"""The one writer: all or nothing, each content once, and a seq without holes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from makers import key, known, refused, tag, tagged

from device.errors import StoreError
from device.search_query import Query
from device.store.reader import Reader
from device.store.writer import Store


def test_a_picture_comes_back_as_it_went_in(store: Store, reader: Reader) -> None:
    tags = (tag("car", 0.9), tag("tree", 0.5, parents=("plant",)))
    item = tagged("a", tags=tags, name="träum.jpg")
    [outcome] = store.commit([item], {})
    assert outcome.frame_id == item.origin.frame_id
    assert (outcome.error, outcome.duplicate) == (None, False)
    assert reader.find(Query()) == [outcome.picture]
    assert outcome.picture is not None
    assert outcome.picture.tags == tags
    shown = json.loads(reader.picture(outcome.frame_id) or "")
    assert shown["name"] == "träum.jpg"
    assert [t["name"] for t in shown["tags"]] == ["car", "tree"]
    [event] = reader.events_after(0, 10)
    assert (event.seq, store.seq, event.type) == (1, 1, "picture")
    assert json.loads(event.body)["picture"]["id"] == outcome.frame_id


def test_the_same_content_is_one_picture_within_a_batch_and_later(
    store: Store, reader: Reader
) -> None:
    first = tagged("a")
    outcomes = store.commit([first, tagged("a"), tagged("b"), tagged("a")], {})
    assert [o.duplicate for o in outcomes] == [False, True, False, True]
    [later] = store.commit([tagged("a")], {})
    for copy in (outcomes[1], outcomes[3], later):
        assert copy.duplicate
        assert copy.picture is not None
        assert copy.picture.id == first.origin.frame_id
    assert len(reader.find(Query())) == 2
    assert store.seq == 2


def test_each_source_has_its_own_and_live_frames_are_never_copies(
    store: Store, reader: Reader
) -> None:
    store.commit([tagged("a", source="x"), tagged("a", source="y")], {})
    store.commit([tagged(None, source="x"), tagged(None, source="x")], {})
    assert len(reader.find(Query())) == 4


def test_what_was_known_before_has_its_picture_or_its_refusal(store: Store, reader: Reader) -> None:
    store.commit([tagged("good"), refused("bad", "it is a text")], {})
    good, bad = store.commit([known("good"), known("bad")], {})
    assert good.duplicate
    assert good.picture is not None
    assert bad.duplicate
    assert (bad.picture, bad.error) == (None, "it is a text")
    assert reader.seen_content("inbox", tagged("bad").origin.sha256 or b"")
    assert not reader.seen_content("other", tagged("bad").origin.sha256 or b"")
    assert reader.totals()["refused"] == 1


def test_every_settled_file_is_remembered_whatever_became_of_it(
    store: Store, reader: Reader
) -> None:
    keys = [key(name) for name in ("good", "bad", "copy")]
    store.commit(
        [
            tagged("a", file=keys[0]),
            refused("b", file=keys[1]),
            tagged("a", file=keys[2]),
        ],
        {},
    )
    assert all(reader.seen_file("inbox", k) for k in keys)
    assert not reader.seen_file("other", keys[0])
    for changed in ({"size": 9}, {"mtime_ns": 9}, {"inode": 9}, {"device": 9}):
        assert not reader.seen_file("inbox", key("good", **changed))
    store.commit([tagged("c", file=key("good", size=9))], {})
    assert not reader.seen_file("inbox", keys[0])  # another file has its place now


def test_a_file_that_could_not_be_read_leaves_a_refusal_and_no_key(
    store: Store, reader: Reader
) -> None:
    [outcome] = store.commit([refused(None, "no right to read it", file=None)], {})
    assert outcome.error == "no right to read it"
    assert reader.totals()["refused"] == 1
    assert store.db.execute("SELECT count(*) FROM file").fetchone() == (0,)


@pytest.mark.parametrize(
    "numbers",
    [
        {"inode": 2**64 - 1, "device": 2**63},
        {"mtime_ns": 15_000_000_000 * 10**9},  # the year 2445, which ext4 can say
        {"mtime_ns": -(2**31) * 10**9},
        {"mtime_ns": -(2**70)},
        {"size": 2**62},
    ],
)
def test_numbers_of_any_file_system_fit(
    store: Store, reader: Reader, numbers: dict[str, int]
) -> None:
    file = key(b"\xff".decode("latin1"), **numbers)
    assert not reader.seen_file("inbox", file)
    store.commit([tagged("a", file=file)], {})
    assert reader.seen_file("inbox", file)


def poison() -> tuple[str, ...]:
    return ("\ud800",)  # cannot be spelt in UTF-8


def test_what_fails_leaves_nothing_behind(store: Store, reader: Reader) -> None:
    store.commit([tagged("a", "car")], {})
    bad = tagged("c", *poison(), source="new")
    with pytest.raises(UnicodeEncodeError):
        store.commit([tagged("b", "new tag", source="new"), bad], {})
    assert store.seq == 1
    assert [p.source for p in reader.find(Query())] == ["inbox"]
    assert reader.tags() == [("car", 1)]
    # Nothing of it is remembered either: source and tag are made anew.
    store.commit([tagged("b", "new tag", source="new")], {})
    assert reader.tags() == [("car", 1), ("new tag", 1)]
    assert [e.seq for e in reader.events_after(0, 10)] == [1, 2]
    assert store.seq == 2


def test_what_was_read_of_a_rolled_back_label_is_forgotten(store: Store) -> None:
    """The copy has the writer read the label's number, which comes again with another word."""
    copies = [tagged("b", "zebra"), tagged("b", "zebra")]
    with pytest.raises(UnicodeEncodeError):
        store.commit([*copies, tagged("c", *poison())], {})
    _, copy = store.commit([tagged("b", "cat"), tagged("b", "cat")], {})
    assert copy.picture is not None
    assert [one.name for one in copy.picture.tags] == ["cat"]


def test_a_seq_is_never_given_twice(tmp_path: Path) -> None:
    store = Store(tmp_path, "d")
    store.commit([tagged(), tagged(), tagged()], {})
    store.db.execute("DELETE FROM event")
    store.close()
    store = Store(tmp_path, "d")
    assert store.seq == 3
    store.commit([tagged()], {})
    assert store.seq == 4
    store.close()


def test_cursors_never_go_back(store: Store, reader: Reader) -> None:
    store.add_sink("mqtt")
    store.commit([tagged(), tagged()], {"mqtt": 2})
    store.commit([], {"mqtt": 1})
    assert reader.cursor("mqtt") == 2
    store.commit([], {"nobody": 5})
    assert reader.cursor("nobody") == 0


def test_a_new_sink_starts_with_the_next_event_and_an_old_one_where_it_was(
    store: Store, reader: Reader
) -> None:
    store.add_sink("old")
    store.commit([tagged(), tagged()], {"old": 1})
    store.add_sink("new")
    store.add_sink("old")
    assert (reader.cursor("old"), reader.cursor("new")) == (1, 2)


def test_tags_are_counted_and_keep_their_best_confidence(store: Store, reader: Reader) -> None:
    tags = (tag("car", 0.6), tag("car", 0.8), tag("tree", 0.5))
    store.commit([tagged(tags=tags), tagged(None, "car")], {})
    assert reader.tags() == [("car", 2), ("tree", 1)]
    assert reader.tags("CA") == [("car", 2)]
    assert reader.tags("%") == []
    found = store.db.execute("SELECT tags FROM picture ORDER BY id").fetchall()
    assert found == [(";1:1600,1:1800,2:1500",), (",1:1900",)]


def test_a_closed_reader_still_answers_those_who_ask_and_keeps_nothing_open(
    store: Store, reader: Reader
) -> None:
    with reader._connection() as db:
        reader.close()
        assert db.execute("SELECT 1").fetchone() == (1,)
    assert reader.last_seq() == 0
    assert not reader._idle


def test_a_reader_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database yet"):
        Reader(tmp_path)
