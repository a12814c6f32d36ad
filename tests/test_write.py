"""The write thread: nothing is lost, nothing is given up, nothing bad takes good with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from makers import refused, spawn, tag, tagged, until

from device.commits import Commits
from device.errors import StoreError, StoreFull
from device.mailbox import Closed
from device.results import Refused, Settled
from device.search_query import Query
from device.stages.write import BATCH, Write
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Outcome
from device.workers import Worker, join_all


class Rig:
    """A write thread on a real store that can be told to be full."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.full: StoreError | None = None
        self.batches: list[list[Settled]] = []
        self.tries = 0
        self.told: dict[str, Outcome] = {}
        self.in_a_hurry: set[str] = set()
        self.commits = Commits(store.seq)
        self.write = Write(self, self.commits, self._tell, self.in_a_hurry.__contains__)
        self.worker = Worker("write", self.write.run)

    @property
    def seq(self) -> int:
        return self.store.seq

    def commit(self, batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        self.tries += 1
        if self.full is not None:
            raise self.full
        outcomes = self.store.commit(batch, cursors)
        self.batches.append(list(batch))
        return outcomes

    def tend(self) -> bool:
        return self.store.tend()

    def _tell(self, outcome: Outcome) -> None:
        self.told[outcome.frame_id] = outcome

    def put(self, *results: Settled) -> list[str]:
        for result in results:
            self.write.put(result)
        return [result.origin.frame_id for result in results]


@pytest.fixture
def rig(store: Store) -> Iterator[Rig]:
    made = Rig(store)
    yield made
    made.write.close()
    assert join_all([made.worker], 5.0) == []
    assert not made.worker.crashed


def test_results_are_made_durable_together_and_then_told(rig: Rig, reader: Reader) -> None:
    put = rig.put(*(tagged(None, "car") for _ in range(10)))
    assert rig.write.depth() == 10
    rig.worker.start()
    until(lambda: len(rig.told) == 10)
    assert [len(batch) for batch in rig.batches] == [10]
    assert list(rig.told) == put
    assert rig.commits.seq == 10
    assert rig.worker.done == 10
    assert len(reader.find(Query())) == 10


def test_the_commit_is_announced_before_anybody_is_told(rig: Rig) -> None:
    order: list[str] = []
    rig.commits.listen(lambda: order.append("announced"))
    rig.write._tell = lambda _: order.append("told")
    rig.worker.start()
    rig.put(tagged())
    until(lambda: len(order) == 2)
    assert order == ["announced", "told"]


def test_somebody_who_waits_is_served_at_once(rig: Rig) -> None:
    rig.worker.start()
    hurried = tagged()
    rig.in_a_hurry.add(hurried.origin.frame_id)
    start = time.monotonic()
    rig.put(hurried)
    until(lambda: rig.told)
    assert time.monotonic() - start < 0.4


def test_what_was_handed_over_before_the_end_is_stored(rig: Rig) -> None:
    rig.worker.start()
    put = rig.put(*(tagged() for _ in range(25)))
    rig.write.advance("mqtt", 3)
    assert join_all([rig.worker], 5.0) == []
    assert list(rig.told) == put


def test_a_full_disk_is_waited_for_and_nothing_is_lost(
    rig: Rig, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    rig.store.add_sink("mqtt")
    rig.full = StoreFull("the disk is full")
    rig.worker.start()
    rig.write.advance("mqtt", 0)
    many = [tagged(None, str(n)) for n in range(BATCH + 40)]
    beats: list[float] = []

    def hand_over() -> None:
        for result in many:
            rig.write.put(result, lambda: beats.append(time.monotonic()))

    infer = spawn(hand_over)
    until(lambda: rig.tries >= 2 and len(beats) >= 2)
    assert rig.write.problem == "the disk is full"
    assert rig.worker.pulse().age < 2.0  # the supervisor sees it alive, with an error
    assert rig.worker.error == "the disk is full"
    assert (rig.told, rig.commits.seq) == ({}, 0)
    assert caplog.text.count("nothing can be stored") == 1  # not at every try
    rig.full = None
    until(lambda: len(rig.told) == len(many), 10.0)
    infer.join(1.0)
    assert list(rig.told) == [result.origin.frame_id for result in many]
    assert rig.write.problem is None
    assert rig.worker.error is None
    assert reader.totals()["pictures"] == len(many)


def test_stopping_does_not_wait_for_a_full_disk(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.full = StoreFull("the disk is full")
    rig.worker.start()
    rig.put(*(tagged() for _ in range(32)))
    until(lambda: rig.tries)
    rig.put(tagged(), tagged())
    start = time.monotonic()
    assert join_all([rig.worker], 5.0) == []
    assert time.monotonic() - start < 2.0
    assert "their sources still have them" in caplog.text
    assert not rig.told


def test_who_waits_for_room_is_let_go_at_the_end(rig: Rig) -> None:
    rig.put(*(tagged() for _ in range(32)))  # the thread does not run: there is no more room
    spawn(lambda: (time.sleep(0.1), rig.write.close()))
    with pytest.raises(Closed):
        rig.put(tagged())


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_result_that_breaks_the_store_is_refused_alone(
    rig: Rig, reader: Reader, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    rig.store.add_sink("mqtt")
    batch = [tagged(f"{n}", f"tag {n}") for n in range(5)]
    batch[place] = tagged("bad", tags=(tag("bad", float("nan")),))
    rig.write.advance("mqtt", 7)
    put = rig.put(*batch)
    rig.worker.start()
    until(lambda: len(rig.told) == 5)
    assert list(rig.told) == put
    bad = rig.told.pop(put[place])
    assert (bad.picture, bad.error) == (None, "it cannot be stored; the log says why")
    assert all(o.picture is not None and not o.duplicate for o in rig.told.values())
    assert "not JSON compliant" in caplog.text
    assert reader.cursor("mqtt") == 7
    # It is remembered as refused, so that its source does not bring it again for ever.
    assert reader.seen_content("inbox", batch[place].origin.sha256 or b"")
    assert [e.seq for e in reader.events_after(0, 99)] == [1, 2, 3, 4]


def test_alone_in_its_batch_it_takes_no_cursor_with_it(rig: Rig, reader: Reader) -> None:
    rig.store.add_sink("mqtt")
    rig.write.advance("mqtt", 7)
    rig.put(tagged(tags=(tag("\ud800"),)))
    rig.worker.start()
    until(lambda: rig.told)
    assert reader.cursor("mqtt") == 7


@pytest.mark.parametrize("reason", ["\ud800", object()])
def test_a_refusal_that_breaks_the_store_is_at_least_told(rig: Rig, reason: Any) -> None:
    rig.worker.start()
    [bad, good] = rig.put(refused("a", reason), tagged())
    until(lambda: len(rig.told) == 2)
    assert rig.told[bad].error == "it cannot be stored; the log says why"
    assert rig.told[good].picture is not None


def test_the_disk_fills_up_while_a_bad_batch_is_taken_apart(rig: Rig, reader: Reader) -> None:
    """What was stored of it already is not stored, or told, twice."""
    live = [tagged(None, "a"), tagged(None, "b"), tagged(tags=(tag("c", float("inf")),))]
    commit = rig.store.commit

    def filling(batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        if rig.tries == 3:
            raise StoreFull("full")
        return commit(batch, cursors)

    rig.store.commit = filling  # type: ignore[method-assign]
    put = rig.put(*live)
    rig.worker.start()
    until(lambda: len(rig.told) == 3)
    assert [rig.told[uid].duplicate for uid in put] == [False] * 3
    assert [rig.told[uid].picture is not None for uid in put] == [True, True, False]
    assert reader.totals()["pictures"] == 2


def test_cursors_alone_are_stored_and_announce_nothing(rig: Rig, reader: Reader) -> None:
    rig.store.add_sink("mqtt")
    heard: list[Any] = []
    rig.commits.listen(lambda: heard.append(1))
    rig.worker.start()
    rig.write.advance("mqtt", 2)
    rig.write.advance("mqtt", 5)
    until(lambda: reader.cursor("mqtt") == 5)
    rig.put(refused("a"))
    until(lambda: rig.told)
    assert not heard


def test_a_refused_result_says_so(rig: Rig) -> None:
    rig.worker.start()
    result: Refused = refused("a", "it is a text")
    [uid] = rig.put(result)
    until(lambda: rig.told)
    assert rig.told[uid].error == "it is a text"


def test_while_nothing_comes_the_index_is_made(
    rig: Rig, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "SLICE", 2)
    rig.store.commit([tagged(None, "cat", thumbnail=None) for _ in range(9)], {})
    rig.store.index.rebuild()
    rig.worker.start()
    until(lambda: reader._all("SELECT max(count) FROM tag") == [(8,)])
