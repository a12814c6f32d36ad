"""Erasing what people have spoken of: their words go with it, and come back from nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from makers import tag, tagged
from review_rig import accept, add, finds, put, reject, rename, review, states, undo
from test_erase import SECRET, erase, traces, work
from test_export import tagd

from device import by_hand, ids
from device.errors import NotThere
from device.hearing import Said
from device.naming import Naming
from device.results import Erase, Reviewed
from device.review import Done, Judgement
from device.search_query import parse
from device.store import archive, copies, erasures, index
from device.store.reader import Reader
from device.store.restore import restore
from device.store.salvage import salvage
from device.store.writer import Store
from device.vocabulary import Vocabulary, Word

ABOVE = "marsupialia"
HEARD = Vocabulary([Word(SECRET, "object", parents=(ABOVE,))])


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SLICE", 3)


def say(store: Store, uid: str, *said: Judgement) -> Done:
    """In words of which one tells of another."""
    [outcome] = store.commit([Reviewed(ids.new_id(), "Ann", (uid,), said, HEARD, key="k")], {})
    [done] = outcome.answer
    assert isinstance(done, Done)
    return done


@pytest.mark.parametrize("taken_back", [False, True])
def test_what_was_said_goes_with_it(
    store: Store, reader: Reader, tmp_path: Path, *, taken_back: bool
) -> None:
    others = [put(store, "cat", "dog") for _ in range(5)]
    mine = put(store, "cat")
    theirs = review(store, others[0], reject("dog"))
    done = say(store, mine, rename("cat", SECRET))
    assert finds(reader, ABOVE) == 1
    if taken_back:
        undo(store, done)
    assert traces(tmp_path, SECRET, ABOVE)
    erase(store, "picture", mine)
    assert traces(tmp_path, SECRET, ABOVE) == []
    assert reader.reviews(mine) is None
    assert isinstance(undo(store, done).refused, NotThere)
    assert isinstance(say(store, mine, rename("cat", SECRET)).refused, NotThere)
    events = [json.loads(event.body) for event in reader.events_after(0, 100)]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert not any(mine in json.dumps(one) for one in events[:-1])
    assert reader.review_counts() == {"dog": (0, 1, 0)}
    assert dict(reader.tags()) == {"cat": 5, "dog": 4, "kitty": 1}
    assert not undo(store, theirs).refused
    assert states(reader, others[0]) == [("cat", "proposed"), ("dog", "proposed")]
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_word_that_is_said_of_another_stays(store: Store, reader: Reader) -> None:
    mine, other = put(store, "cat"), put(store, "cat")
    for uid in (mine, other):
        say(store, uid, add(SECRET))
    erase(store, "picture", mine)
    assert states(reader, other) == [("cat", "proposed"), (SECRET, "manual")]
    assert (finds(reader, SECRET), finds(reader, ABOVE)) == (1, 1)


def test_it_goes_by_all_names_of_a_word(store: Store, reader: Reader) -> None:
    old, new, other = (put(store, name) for name in ("cat", "katze", "dog"))
    reader.naming = store.eraser.naming = lambda: Naming({"cat": "katze"})
    assert erasures.preview(reader, parse("katze")).pictures == 2
    erase(store, "query", "katze")
    assert [reader.picture(uid) is None for uid in (old, new, other)] == [True, True, False]


def test_the_command_knows_the_owners_words(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = Store(folder, "d")
    store.commit([tagged(name, name) for name in ("cat", "katze", "dog")], {})
    store.close()
    (folder / "vocabulary.yaml").write_text("rename: {cat: katze}\n", encoding="utf-8")
    out = tmp_path / "out"
    assert "2 pictures" in tagd(folder, "export", str(out), "--query", "katze").output
    assert "erased: 2 pictures" in tagd(folder, "erase", "--yes", "katze").output
    assert "dog" in tagd(folder, "search").output


@pytest.mark.parametrize("how", ["erased", "forgotten"])
@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM picture_index_data", "UPDATE picture_index_data SET block = x'00' WHERE id > 10"],
)
def test_a_damaged_index_stops_nothing(store: Store, reader: Reader, how: str, damage: str) -> None:
    uids = [put(store, "cat") for _ in range(12)]
    store.db.execute(damage)
    if how == "erased":
        store.commit([Erase("picture", uids[0], "ann", ids.new_id())], {})
    else:
        store.forget([1])
    work(store)
    store.index.check(whole=True)  # taking out touches few pages: it may be found only now
    work(store)
    assert not store.damaged
    assert (finds(reader, "cat"), reader.tags()) == (11, [("cat", 11)])


def test_a_repair_brings_no_word_back_from_a_backup(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    store = Store(folder, "d")
    mine, other = put(store, SECRET), put(store, "cat")
    done = review(store, other, add("cow"))
    undo(store, done)
    backup = copies.keep(folder, store.seq, 7)
    erase(store, "picture", mine)
    store.db.execute("PRAGMA foreign_keys = OFF")
    store.db.execute("DELETE FROM label")  # as if their page were lost
    store.close()
    (tmp_path / "b").mkdir()
    salvage(folder / "tagd.db", tmp_path / "b/tagd.db", backup.path)
    assert traces(tmp_path / "b", SECRET) == []
    store, reader = Store(tmp_path / "b", "d"), Reader(tmp_path / "b")
    assert states(reader, other) == [("cat", "proposed")]
    assert json.loads(reader.reviews(other) or "")["reviews"][0]["undone"]
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    reader.close()
    store.close()


def test_a_review_whose_undoing_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path / "a", "d")
    uid = put(store, "cat")
    done = review(store, uid, reject("cat"))
    store.db.execute("UPDATE review SET tags = ',999:19'")
    store.close()
    (tmp_path / "b").mkdir()
    salvage(tmp_path / "a/tagd.db", tmp_path / "b/tagd.db", None)
    store, reader = Store(tmp_path / "b", "d"), Reader(tmp_path / "b")
    assert isinstance(undo(store, done).refused, NotThere)
    assert states(reader, uid) == [("cat", "rejected")]
    reader.close()
    store.close()


def test_a_backup_of_what_was_reviewed_brings_none_of_it_back(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    store = Store(folder, "d")
    mine, other = put(store, "cat"), put(store, "cat")
    undo(store, say(store, mine, add(SECRET)))
    review(store, other, accept("cat"))
    archive.write(folder, tmp_path / "b.zip", pictures=True)
    erase(store, "picture", mine)
    store.close()
    restore(tmp_path / "b.zip", folder, "d", replace=True)
    store, reader = Store(folder, "d"), Reader(folder)
    work(store)
    assert reader.picture(mine) is None
    assert states(reader, other) == [("cat", "accepted")]
    assert reader.review_counts() == {"cat": (1, 0, 0)}
    reader.close()
    store.close()
    (tmp_path / "kept").mkdir()
    (folder / "replaced").rename(tmp_path / "kept/replaced")  # that is kept as it was
    assert traces(folder, SECRET, ABOVE) == []


def test_a_word_that_came_with_the_picture_is_a_persons(store: Store, reader: Reader) -> None:
    words = (by_hand.with_words(Said(()), ["cat"], Vocabulary()).tags[0], tag("dog"))
    uid = put(store, tags=words)
    assert states(reader, uid) == [("cat", "manual"), ("dog", "proposed")]
    done = review(store, uid, reject("cat"), accept("dog"))
    assert reader.judged("cat") == [], "no tagger said it"
    assert reader.review_counts() == {"cat": (0, 0, 0), "dog": (1, 0, 0)}
    undo(store, done)
    review(store, uid, accept())
    assert reader.judged("cat") == []
    assert states(reader, uid) == [("cat", "manual"), ("dog", "accepted")]
    told = json.loads(reader.events_after(0, 1)[0].body)
    assert [one["state"] for one in told["tags"]] == ["manual", "proposed"], "as at first"
    erase(store, "picture", uid)
    assert reader.tags() == []


def test_reviews_travel_in_an_export(tmp_path: Path) -> None:
    store = Store(tmp_path / "a", "d")
    said = (tag("cat", parents=("animal",)), tag("dog", parents=("animal", "pet")), tag("cup"))
    uid = put(store, content="one", tags=said, implied=("animal", "pet"))
    review(store, uid, reject("dog"), accept("cat"), add("hat"), rename("cup", "mug"))
    store.close()
    tagd(tmp_path / "a", "export", str(tmp_path / "out.zip"), "--images", "thumbnail")
    tagd(tmp_path / "b", "import", str(tmp_path / "out.zip"))
    there, here = Reader(tmp_path / "a"), Reader(tmp_path / "b")
    first, second = (json.loads(reader.picture(uid) or "") for reader in (there, here))
    assert {**second, "version": 1} == first
    for query in ("animal", "pet", "dog", "hat", "mug", "cup", "reviewed:yes", "state=rejected"):
        assert finds(here, query) == finds(there, query), query
    counts = {name: count for name, count in there.tags() if name != "kitty"}
    assert dict(here.tags()) == counts, "a synonym is the vocabulary's, and not the picture's"
    progress = here.progress(parse(""))
    assert (progress.waiting, progress.reviewed, progress.people) == (0, 1, [])
    there.close()
    here.close()
    store, here = Store(tmp_path / "b", "d"), Reader(tmp_path / "b")
    done = review(store, uid, accept("dog"), version=0)
    assert not undo(store, done).refused
    assert json.loads(here.picture(uid) or "")["tags"] == second["tags"]
    here.close()
    store.close()
