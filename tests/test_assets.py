"""Files of the media library in the store: made, changed, gone, with what follows for pictures."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from makers import tag, tagged
from review_rig import WORDS, put, reject, review, shown, states, undo

from device import clock, ids
from device.assets import Asset, Dealt, Edit, Edited, Extra, Filed, Overwrite, Unfiled
from device.config_compat import IMAGEKIT
from device.errors import AssetForbidden, AssetGone, AssetTaken
from device.results import Erase
from device.search_query import parse
from device.store import assets
from device.store.reader import Reader
from device.store.writer import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path, "test")
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    opened = Reader(store.data_dir)
    yield opened
    opened.close()


def wanted(picture: str, name: str = "a.jpg", **more: Any) -> Asset:
    now = clock.now()
    plain = Asset(
        *(ids.new_id(), picture, "/", name, None, {}, {}, (), False, True, None, now, now, "shop")
    )
    return replace(plain, **more)


def filed(store: Store, asset: Asset, asked: bytes = b"", **more: Any) -> Any:
    digest = asked or hashlib.sha256(asset.uid.encode()).digest()
    [outcome] = store.commit([Filed(ids.new_id(), asset, digest, WORDS, **more)], {})
    return outcome.answer


def edited(store: Store, *uids: str, by: str = "shop", **more: Any) -> Dealt:
    [outcome] = store.commit([Edited(ids.new_id(), by, uids, Edit(**more), WORDS)], {})
    assert isinstance(outcome.answer, Dealt)
    return outcome.answer


def unfiled(store: Store, *uids: str, by: str = "shop", administrator: bool = False) -> Dealt:
    [outcome] = store.commit([Unfiled(ids.new_id(), by, uids, administrator)], {})
    while store.tend():
        pass
    assert isinstance(outcome.answer, Dealt)
    return outcome.answer


def found(reader: Reader, uid: str) -> Asset | None:
    return reader.ask(lambda db, _: assets.find(db, uid))


def test_a_file_is_as_it_was_made(store: Store, reader: Reader) -> None:
    picture = put(store, "cat", content="a", source=IMAGEKIT)
    asset = wanted(
        picture,
        folder="/a/b",
        description="mine",
        metadata={"n": 1, "on": True, "list": ["ä"]},
        extensions={"aws-auto-tagging": {"taggers": ["objects"], "status": "success"}},
        tags=("Big Cat",),
        private=True,
        published=False,
        coordinates="1,2,3,4",
    )
    made = filed(store, asset, known=True)
    assert found(reader, made.uid) == replace(
        made, made_at=round(made.made_at, 3), updated_at=round(made.updated_at, 3)
    )
    assert made.path == "/a/b/a.jpg"
    assert states(reader, picture) == [("cat", "proposed"), ("big cat", "manual")]
    assert [one.id for one in reader.find(parse('tags IN ["big cat"]'))] == [picture]


def test_the_same_upload_again_is_the_same_file(store: Store) -> None:
    picture = put(store, content="a", source=IMAGEKIT)
    first = filed(store, wanted(picture, "a_123456789.jpg"), b"same")
    assert filed(store, wanted(picture, "a_abcdefghi.jpg"), b"same").uid == first.uid
    other = filed(store, wanted(picture, "a_ABCDEFGHI.jpg"), b"other")
    assert other.uid != first.uid
    old = replace(wanted(picture, "b.jpg"), made_at=clock.now() + 700)
    assert filed(store, old, b"same").uid not in (first.uid, other.uid)


def test_a_name_that_is_taken(store: Store, reader: Reader) -> None:
    one, two = (put(store, "cat", content=c, source=IMAGEKIT) for c in "ab")
    first = filed(store, wanted(one, tags=("old",), metadata={"a": 1}), known=True)
    assert isinstance(filed(store, wanted(two)), AssetTaken)
    theirs = filed(store, wanted(two, made_by="other"), overwrite=Overwrite())
    assert isinstance(theirs, AssetForbidden)
    assert found(reader, first.uid) is not None
    mine = filed(store, wanted(two, tags=("new",)), overwrite=Overwrite(metadata=False), known=True)
    assert (mine.uid, mine.picture, mine.tags, mine.metadata) == (
        *(first.uid, two, ("new",), {"a": 1}),
    )
    while store.tend():
        pass
    assert reader.picture(one) is None  # nothing else named it
    assert states(reader, two) == [("cat", "proposed"), ("new", "manual")]


def test_what_taggers_said_may_be_carried_over(store: Store, reader: Reader) -> None:
    one, two = (put(store, name, content=name, source=IMAGEKIT) for name in ("cat", "dog"))
    filed(store, wanted(one))
    filed(store, wanted(two), overwrite=Overwrite(extensions=False))
    assert states(reader, two) == [("dog", "proposed"), ("cat", "proposed")]


def test_tags_come_and_go_with_the_files_that_have_them(store: Store, reader: Reader) -> None:
    picture = put(store, "cat", content="a", source=IMAGEKIT)
    one = filed(store, wanted(picture, "a", tags=("Red", "cat")), known=True)
    two = filed(store, wanted(picture, "b", tags=("red",)), known=True)
    assert states(reader, picture) == [("cat", "accepted"), ("red", "manual")]
    assert edited(store, one.uid, remove=("RED", "cat")).assets[0].tags == ()
    assert states(reader, picture) == [("cat", "accepted"), ("red", "manual")]  # two has it
    edited(store, two.uid, tags=())
    assert states(reader, picture) == [("cat", "accepted"), ("red", "rejected")]
    edited(store, two.uid, add=("red",))
    assert states(reader, picture) == [("cat", "accepted"), ("red", "manual")]
    edited(store, one.uid, two.uid, add=("blue",))
    told = [one["by"] for one in json.loads(reader.reviews(picture) or "")["reviews"]]
    assert set(told) == {"shop"}


def test_what_is_wrong_stays_wrong(store: Store, reader: Reader) -> None:
    picture = put(store, "cat", "dog", implied=("animal",), content="a", source=IMAGEKIT)
    made = filed(store, wanted(picture))
    edited(store, made.uid, wrong=("Cat", "nothing"))
    again = Extra((tag("cat"), tag("tree"), tag("dog")), (("animal", 0.9),))
    edited(store, made.uid, extra=again)
    assert states(reader, picture)[:2] == [("cat", "rejected"), ("dog", "proposed")]
    assert ("tree", "proposed") in states(reader, picture)
    assert reader.find(parse('tags IN ["cat"]')) == []
    assert len(reader.find(parse('tags IN ["tree"]'))) == 1
    edited(store, made.uid, wrong="all")
    assert {state for _, state in states(reader, picture)} == {"rejected"}
    assert reader.find(parse('tags IN ["animal"]')) == []


def test_undoing_a_review_keeps_what_was_said_since(store: Store, reader: Reader) -> None:
    picture = put(store, "cat", content="a", source=IMAGEKIT)
    made = filed(store, wanted(picture))
    done = review(store, picture, reject("cat"))
    edited(store, made.uid, extra=Extra((tag("tree"),)))
    undo(store, done)
    assert states(reader, picture) == [("cat", "proposed"), ("tree", "proposed")]
    assert shown(reader, picture)["tags"][1]["name"] == "tree"


def test_nothing_happens_where_a_file_is_missing(store: Store, reader: Reader) -> None:
    made = filed(store, wanted(put(store, content="a", source=IMAGEKIT)))
    assert edited(store, made.uid, "nobody", add=("red",)).missing == ("nobody",)
    assert found(reader, made.uid) == replace(
        made, made_at=round(made.made_at, 3), updated_at=round(made.updated_at, 3)
    )
    assert unfiled(store, made.uid, "nobody").missing == ("nobody",)
    assert found(reader, made.uid) is not None


def test_one_that_is_refused_stops_no_other(store: Store, reader: Reader) -> None:
    full = put(store, content="a", tags=tuple(tag(f"t{n}") for n in range(200)), source=IMAGEKIT)
    free = put(store, content="b", source=IMAGEKIT)
    one, two = (filed(store, wanted(uid, uid)) for uid in (full, free))
    dealt = edited(store, one.uid, two.uid, add=("red",), metadata={"a": 1})
    assert [asset.uid for asset in dealt.assets] == [two.uid]
    assert "200 tags" in dealt.refused[one.uid]
    kept = found(reader, one.uid)
    assert kept is not None
    assert (kept.tags, kept.metadata) == ((), {})


def test_metadata_is_changed_key_by_key(store: Store) -> None:
    made = filed(store, wanted(put(store, content="a", source=IMAGEKIT), metadata={"a": 1, "b": 2}))
    [after] = edited(store, made.uid, metadata={"a": None, "c": [True]}).assets
    assert after.metadata == {"b": 2, "c": [True]}
    assert after.updated_at >= made.updated_at


def test_a_picture_goes_with_its_last_file(store: Store, reader: Reader) -> None:
    picture = put(store, "cat", content="a", source=IMAGEKIT)
    one, two = (filed(store, wanted(picture, name)) for name in "ab")
    assert unfiled(store, one.uid, by="other").refused == {one.uid: "it was sent by shop"}
    assert len(unfiled(store, one.uid).assets) == 1
    assert reader.picture(picture) is not None
    assert len(unfiled(store, two.uid, by="boss", administrator=True).assets) == 1
    assert reader.picture(picture) is None
    assert isinstance(filed(store, wanted(picture)), AssetGone)
    [again] = store.commit([tagged("a", source=IMAGEKIT)], {})
    assert again.picture is not None
    assert not reader.seen_content(IMAGEKIT, b"?" * 32)


def test_a_picture_that_is_being_erased_takes_no_file(store: Store) -> None:
    picture = put(store, content="a", source=IMAGEKIT)
    changes = [Erase("picture", picture, "boss", ids.new_id())]
    outcomes = store.commit([*changes, Filed(ids.new_id(), wanted(picture), b"x", WORDS)], {})
    assert isinstance(outcomes[1].answer, AssetGone)


def test_files_go_with_what_is_forgotten_or_erased(store: Store, reader: Reader) -> None:
    one, two = (put(store, content=c, source=IMAGEKIT) for c in "ab")
    made = [filed(store, wanted(uid, uid, description="SECRET-WORD")) for uid in (one, two)]
    numbers = [number for (number,) in store.db.execute("SELECT id FROM picture ORDER BY id")]
    store.forget(numbers[:1])
    assert found(reader, made[0].uid) is None
    assert found(reader, made[1].uid) is not None
    store.commit([Erase("query", "", "boss", ids.new_id())], {})
    reader.close()
    while store.tend():
        pass
    with closing(sqlite3.connect(store.data_dir / "tagd.db")) as db:
        assert db.execute("SELECT count(*) FROM asset").fetchone() == (0,)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    for file in store.data_dir.glob("tagd.db*"):
        assert b"SECRET-WORD" not in file.read_bytes(), file
