"""Pictures that come, are reviewed, renamed, forgotten, erased, against a plain model of it all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from makers import NOON, tag, tagged
from review_rig import WORDS, review, undo
from test_erase import traces
from test_reviews_model import NAMES, Plain, compare, judgement, names

from device import clock, ids
from device.naming import Naming
from device.results import Erase
from device.review import Judgement
from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store

DAY = clock.day_name(int(NOON - 5) // 86_400)

step = st.one_of(
    st.tuples(st.just("store"), st.lists(names, max_size=3).map(tuple)),
    st.tuples(st.just("review"), st.integers(0, 9), st.lists(judgement, max_size=2).map(tuple)),
    st.tuples(st.just("undo"), st.integers(0, 9)),
    st.tuples(st.just("erase"), st.integers(0, 9)),
    st.tuples(st.just("erase all"), names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("forget"), st.integers(0, 9)),
    st.tuples(st.just("rebuild")),
    st.tuples(st.just("fold")),
    st.tuples(st.just("restart")),
)


class World:
    """A store beside what should be in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain: dict[str, Plain] = {}
        self.erased: list[tuple[str, Plain]] = []
        self.forgotten: set[str] = set()
        self.naming: dict[str, str] = {}
        self.stored = 0
        self._open()

    def _open(self) -> None:
        self.store = Store(self.folder, "d")
        self.store.db.execute("PRAGMA synchronous = OFF")
        self.reader = Reader(self.folder)
        self.reader.naming = self.store.eraser.naming = lambda: Naming(self.naming)

    def close(self) -> None:
        self.reader.close()
        self.store.close()

    def work(self) -> None:
        while self.store.tend():
            pass
        assert not self.store.eraser.waiting

    def play(self, what: str, *more: Any) -> None:
        """One step; of a picture that is not there, none."""
        if what == "rename":
            self._rename(*more)
        elif what == "store":
            self._put(*more)
        elif what == "erase all":
            self._erase("query", f'"{more[0]}"', self.found(more[0]))
        elif what == "rebuild":
            self.store.index.rebuild()
        elif what == "fold":
            self.work()
        elif what == "restart":
            self.close()
            self._open()
        elif self.plain:
            uid = list(self.plain)[more[0] % len(self.plain)]
            {"review": self._review, "undo": self._undo, "forget": self._forget}.get(
                what, self._erase_one
            )(uid, *more[1:])

    def found(self, name: str) -> list[str]:
        """What a search for a word should find: by all of its names."""
        same = set(Naming(self.naming).same(name))
        return [uid for uid, one in self.plain.items() if same & one.found_by()]

    def _put(self, said: tuple[str, ...]) -> None:
        self.stored += 1
        own = f"seldom {self.stored} seen"  # of this picture alone
        tags = tuple(tag(n, 0.9, parents=WORDS.above(n)) for n in (*said, own))
        item = tagged(f"{self.stored}", tags=tags, name=f"private {self.stored}.jpg")
        further = {up for name in said for up in WORDS.above(name)} - set(said)
        further |= {"kitty"} if "cat" in said else set()
        implied = tuple((one, 0.8) for one in sorted(further))
        self.store.commit([replace(item, implied=implied)], {})
        self.plain[item.frame_id] = Plain([(n, "objects", "proposed") for n in (*said, own)])

    def _review(self, uid: str, said: Any) -> None:
        one = self.plain[uid]
        if (now := one.judge(said)) is None:
            assert review(self.store, uid, *said).refused
        else:
            one.past.append((review(self.store, uid, *said), one.said))
            one.said, one.version = now, one.version + 1

    def _undo(self, uid: str) -> None:
        one = self.plain[uid]
        if one.past:
            done, one.said = one.past.pop()
            one.version += 1
            assert not undo(self.store, done).refused

    def _rename(self, old: str, new: str) -> None:
        """As the owner's file says it: the last name of each word."""
        if old != new and old not in self.naming.values() and new not in self.naming:
            self.naming[old] = new

    def _forget(self, uid: str) -> None:
        [(number,)] = self.store.db.execute(
            "SELECT id FROM picture WHERE uid = ?", (ids.to_bytes(uid),)
        )
        for path in self.store.forget([number]):
            path.unlink()
        del self.plain[uid]
        self.forgotten.add(uid)

    def _erase_one(self, uid: str) -> None:
        self._erase("picture", uid, [uid])

    def _erase(self, kind: Any, wanted: str, gone: list[str]) -> None:
        self.store.commit([Erase(kind, wanted, "ann", ids.new_id())], {})
        self.work()
        self.erased += [(uid, self.plain.pop(uid)) for uid in gone]

    # -- what is seen of it

    def check(self) -> None:
        reader = self.reader
        today = Naming(self.naming)
        counts: dict[str, int] = {}
        for one in self.plain.values():
            for name in one.found_by():
                counts[today.today(name)] = counts.get(today.today(name), 0) + 1
        assert dict(reader.tags(limit=1000)) == counts
        for name in (*NAMES, "kitty"):
            found = [picture.id for picture in reader.find(parse(f'"{name}"'))]
            assert sorted(found) == sorted(self.found(name)), name
            days = [(DAY, len(found))] if found else []
            year, month = int(DAY[:4]), int(DAY[5:7])
            assert [one for one in reader.days(parse(f'"{name}"'), year, month) if one[1]] == days
        progress = reader.progress(parse(""))
        done = sum(bool(one.past) for one in self.plain.values())
        assert (progress.waiting, progress.reviewed) == (len(self.plain) - done, done)
        told = [json.loads(event.body) for event in reader.events_after(0, 10_000)]
        assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
        spoken_of = {one["picture"]["id"] for one in told if one["picture"]}
        assert spoken_of == {*self.plain, *self.forgotten}
        for uid, one in self.erased:
            assert (reader.picture(uid), reader.reviews(uid)) == (None, None)
            for review_done, _ in one.past:
                assert undo(self.store, review_done).refused


@pytest.mark.timeout(400)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, min_size=5, max_size=20), st.sampled_from((1, 3, 1000)))
@example([("rename", "cat", "cow"), ("store", ("cow",)), ("erase all", "cow")], 3)
@example([("review", 1, (Judgement("add", "cow"),)), ("undo", 1), ("erase", 1)], 1)
def test_any_sequence_of_all(steps: list[Any], fold: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "SLICE", fold)
        world = World(Path(folder))
        try:
            for said in (("cat", "dog"), ("cup",), ("animal", "cat", "cat")):
                world.play("store", said)
            for one in steps:
                world.play(*one)
                world.check()
            if not world.naming:
                compare(world.reader, world.plain)
            world.store.index.rebuild()
            world.work()
            world.check()
            assert world.store.index.check(whole=True)
            assert world.store.db.execute("PRAGMA foreign_key_check").fetchall() == []
            seldom = [n for _, one in world.erased for n, _, _ in one.said if "seldom" in n]
            private = [f"private {name.split()[1]}.jpg" for name in seldom]
        finally:
            world.close()
        assert traces(Path(folder), *seldom, *private) == []
