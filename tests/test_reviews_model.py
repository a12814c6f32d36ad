"""Any sequence of reviews and undoings comes to what a plain model says, and the index follows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import tag, tagged
from review_rig import WORDS, review, undo

from device.review import Done, Judgement
from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store

NAMES = ("cat", "dog", "cup", "animal", "cow")
PICTURES = (("cat", "dog"), ("cat", "cat", "cup"), (), ("animal", "dog"))


@dataclass
class Plain:
    """A picture as a list of (name, by whom, state), and those from before each review."""

    said: list[tuple[str, str, str]]
    version: int = 0
    reviewed: int = 0
    past: list[tuple[Done, list[tuple[str, str, str]]]] = field(default_factory=list)

    def judge(self, said: tuple[Judgement, ...]) -> list[tuple[str, str, str]] | None:
        """None: it makes no sense."""
        now = list(self.said)
        for one in said:
            there = [n for n, (name, _, _) in enumerate(now) if name == one.tag]
            if one.verdict == "add":
                self._put(now, one.tag or "")
                continue
            if one.tag is None:
                there = [n for n, (_, _, state) in enumerate(now) if state == "proposed"]
            elif not there:
                return None
            if one.verdict == "rename":
                if one.tag == one.to:
                    return None
                live = [n for n in there if now[n][2] != "rejected"] or there
                for n in live:
                    now[n] = (*now[n][:2], "rejected")
                    self._put(now, one.to or "")
                continue
            for n in there:
                name, by, _ = now[n]
                yes = "manual" if by == "person" else "accepted"
                now[n] = name, by, yes if one.verdict == "accept" else "rejected"
        return now

    @staticmethod
    def _put(now: list[tuple[str, str, str]], name: str) -> None:
        there = [n for n, one in enumerate(now) if one[0] == name]
        for n in there:
            now[n] = (*now[n][:2], "manual" if now[n][1] == "person" else "accepted")
        if not there:
            now.append((name, "person", "manual"))

    def found_by(self) -> set[str]:
        """Names that count, and what stands above them; what follows from none counts not."""
        names = {name for name, _, state in self.said if state != "rejected"}
        above = {up for name in names for up in WORDS.above(name)}
        kitty = {"kitty"} if "cat" in names else set()
        return names | above | kitty


names = st.sampled_from(NAMES)
judgement = st.one_of(
    st.builds(Judgement, st.sampled_from(("accept", "reject")), st.one_of(st.none(), names)),
    st.builds(Judgement, st.just("add"), names),
    st.builds(Judgement, st.just("rename"), names, st.none(), names),
)
step = st.tuples(
    st.integers(0, len(PICTURES) - 1),
    st.one_of(st.just("undo"), st.lists(judgement, max_size=3).map(tuple)),
)


@pytest.mark.timeout(300)
@settings(max_examples=30, deadline=None)
@given(st.lists(step, max_size=12), st.sampled_from((1, 2, 1000)))
def test_any_sequence(steps: list[Any], fold: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "SLICE", fold)
        store, reader = Store(Path(folder), "d"), Reader(Path(folder))
        store.db.execute("PRAGMA synchronous = OFF")
        try:
            play(store, reader, steps)
        finally:
            reader.close()
            store.close()


def play(store: Store, reader: Reader, steps: list[Any]) -> None:
    plain: dict[str, Plain] = {}
    for said in PICTURES:
        tags = tuple(
            tag(name, 0.9 - place / 10, parents=WORDS.above(name))
            for place, name in enumerate(said)
        )
        item = tagged(None, tags=tags, thumbnail=None)
        further = {up for name in said for up in WORDS.above(name)} - set(said)
        further |= {"kitty"} if "cat" in said else set()
        store.commit([replace(item, implied=tuple((one, 0.8) for one in sorted(further)))], {})
        plain[item.frame_id] = Plain([(name, "objects", "proposed") for name in said])
    uids = list(plain)
    before = [reader.picture(uid) for uid in uids]
    events = reader.events_after(0, 100)
    for place, what in steps:
        one, uid = plain[uids[place]], uids[place]
        if what == "undo":
            if one.past:
                done, one.said = one.past.pop()
                one.version += 1
                assert not undo(store, done).refused
        elif (now := one.judge(what)) is None:
            assert review(store, uid, *what).refused
        else:
            one.past.append((review(store, uid, *what), one.said))
            one.said, one.version = now, one.version + 1
        compare(reader, plain)
    look = seen(reader)
    store.index.rebuild()
    while store.tend():
        pass
    assert seen(reader) == look, "the index made anew from the rows"
    store.db.execute("INSERT INTO picture_index (picture_index) VALUES ('integrity-check')")
    for one in plain.values():
        for done, _ in reversed(one.past):
            assert not undo(store, done).refused
        one.past.clear()
    after = [json.loads(reader.picture(uid) or "") for uid in uids]
    assert [{**one, "version": 0} for one in after] == [json.loads(one or "") for one in before]
    assert reader.review_counts() == {}
    assert reader.events_after(0, len(events)) == events


def compare(reader: Reader, plain: dict[str, Plain]) -> None:
    """All that can be seen of it."""
    counts: dict[str, int] = {}
    for uid, one in plain.items():
        shown = json.loads(reader.picture(uid) or "")
        assert [(t["name"], t["tagger"], t["state"]) for t in shown["tags"]] == one.said
        assert shown["version"] == one.version
        assert (shown["reviewed_at"] is not None) == bool(one.past)
        for name in one.found_by():
            counts[name] = counts.get(name, 0) + 1
    assert dict(reader.tags()) == counts
    for name in (*NAMES, "kitty"):
        found = {picture.id for picture in reader.find(parse(f'"{name}"'))}
        assert found == {uid for uid, one in plain.items() if name in one.found_by()}, name
    waiting = {picture.id for picture in reader.find(parse("reviewed:no"))}
    assert waiting == {uid for uid, one in plain.items() if not one.past}
    denied = {
        uid
        for uid, one in plain.items()
        if {state for name, _, state in one.said if name == "cat"} == {"rejected"}
    }
    assert {picture.id for picture in reader.find(parse('state=rejected "cat"'))} >= denied
    progress = reader.progress(parse(""))
    assert (progress.waiting, progress.reviewed) == (len(waiting), len(plain) - len(waiting))


def seen(reader: Reader) -> dict[str, object]:
    """All that the index has a part in."""
    queries = ("", "cat", "-cat", "dog state=accepted", "reviewed:yes", "-reviewed:yes", "animal")
    return {
        "tags": reader.tags(),
        "days": [reader.days(parse(query), 2027, 1) for query in queries],
        "found": [[p.id for p in reader.find(parse(query))] for query in queries],
    }
