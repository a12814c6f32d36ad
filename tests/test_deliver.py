"""The deliver thread: every event, in order, at least once, and marked when it is late."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence

import pytest
from makers import tagged, until

from device.commits import Commits
from device.errors import SinkError, SinkRefused
from device.sinks.fake import FakeSink
from device.stages import deliver
from device.stages.deliver import BATCH, Deliver
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Event
from device.workers import Worker, join_all


class Rig:
    """A deliver thread between a real store and a fake sink."""

    def __init__(self, store: Store, reader: Reader, sink: FakeSink) -> None:
        self.store = store
        self.sink = sink
        store.add_sink(sink.name)
        self.cursors: list[int] = []
        self.commits = Commits(store.seq)
        self.deliver = Deliver(sink, reader, self.commits, self._advance)
        self.worker = Worker("deliver", self.deliver.run)

    def _advance(self, sink: str, seq: int) -> None:
        assert sink == self.sink.name
        self.cursors.append(seq)

    def add(self, count: int) -> None:
        self.store.commit([tagged(None, "car", thumbnail=None) for _ in range(count)], {})
        self.commits.announce(self.store.seq)

    def replayed(self) -> list[bool]:
        return [json.loads(event.body)["replayed"] for event in self.sink.events()]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr(deliver.Backoff, "next", lambda _: 0.05)


@pytest.fixture
def rig(store: Store, reader: Reader) -> Iterator[Rig]:
    made = Rig(store, reader, FakeSink())
    made.worker.start()
    yield made
    assert join_all([made.worker], 2.0) == []
    assert not made.worker.crashed


def test_new_events_go_out_at_once_in_order(rig: Rig) -> None:
    until(lambda: rig.sink.polls)
    start = time.monotonic()
    rig.add(3)
    assert rig.sink.wait_for(3, 2.0)
    assert time.monotonic() - start < 0.4
    rig.add(2)
    assert rig.sink.wait_for(5, 2.0)
    assert rig.sink.seqs() == [1, 2, 3, 4, 5]
    assert rig.replayed() == [False] * 5
    until(lambda: rig.deliver.lag == 0)
    assert rig.cursors[-1] == rig.deliver.cursor == 5


def test_a_sink_that_fails_five_times_gets_everything_in_order(rig: Rig) -> None:
    rig.sink.fail_next(5)
    rig.add(3)
    assert rig.sink.wait_for(3, 3.0)
    assert rig.sink.seqs() == [1, 2, 3]
    assert rig.worker.failed == 5
    until(lambda: rig.worker.error is None)


def test_what_half_arrived_comes_again_with_the_same_numbers(rig: Rig) -> None:
    until(lambda: rig.sink.polls)
    rig.sink.fail_next(2, arrived=2)
    rig.add(3)
    assert rig.sink.wait_for(7, 3.0)
    assert rig.sink.seqs() == [1, 2, 1, 2, 1, 2, 3]
    ids = {(event.seq, event.id) for event in rig.sink.events()}
    assert len(ids) == 3


def test_events_of_an_outage_are_marked_those_after_it_are_not(rig: Rig) -> None:
    rig.add(1)
    assert rig.sink.wait_for(1, 2.0)
    rig.sink.break_down(SinkError("the broker is gone"))
    rig.add(2)
    until(lambda: rig.worker.failed)
    assert rig.deliver.lag == 2
    rig.sink.recover()
    assert rig.sink.wait_for(3, 2.0)
    rig.add(1)
    assert rig.sink.wait_for(4, 2.0)
    assert rig.replayed() == [False, True, True, False]


def test_an_event_that_waited_for_the_next_try_is_late_too(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver.Backoff, "next", lambda _: 0.5)
    until(lambda: rig.sink.polls)
    rig.sink.fail_next(1)
    rig.add(1)
    until(lambda: rig.worker.failed)
    rig.add(1)  # made while the sink is down, sent half a second later
    assert rig.sink.wait_for(2, 2.0)
    assert rig.replayed() == [True, True]


def test_what_lay_there_at_the_start_is_late_and_the_cursor_is_kept(
    store: Store, reader: Reader
) -> None:
    store.add_sink("fake")
    store.commit([tagged() for _ in range(3)], {"fake": 1})
    rig = Rig(store, reader, FakeSink())
    assert (rig.deliver.cursor, rig.deliver.lag) == (1, 2)
    rig.worker.start()
    assert rig.sink.wait_for(2, 2.0)
    rig.add(1)
    assert rig.sink.wait_for(3, 2.0)
    assert rig.sink.seqs() == [2, 3, 4]
    assert rig.replayed() == [True, True, False]
    assert join_all([rig.worker], 2.0) == []


def test_a_long_backlog_goes_in_batches(store: Store, reader: Reader) -> None:
    sizes: list[int] = []

    class Counting(FakeSink):
        def send(self, events: Sequence[Event]) -> None:
            sizes.append(len(events))
            super().send(events)

    rig = Rig(store, reader, Counting())
    rig.add(BATCH * 2 + 10)
    rig.worker.start()
    assert rig.sink.wait_for(BATCH * 2 + 10, 5.0)
    assert rig.sink.seqs() == list(range(1, BATCH * 2 + 11))
    assert sizes[:3] == [BATCH, BATCH, 10]
    assert join_all([rig.worker], 2.0) == []


def test_a_broken_sink_is_told_once_and_shown_all_the_time(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.sink.break_down(SinkError("no route to the broker"))
    with caplog.at_level(logging.WARNING):
        until(lambda: rig.worker.failed >= 4)
    assert caplog.text.count("no route to the broker") == 1
    assert rig.worker.error == "no route to the broker"
    rig.sink.recover()
    until(lambda: rig.worker.error is None)  # also without an event


def test_a_broker_that_refused_us_is_left_in_peace(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_RUDE", 0.5)
    rig.sink.break_down(SinkRefused("wrong password"))
    until(lambda: rig.worker.failed)
    failed = rig.worker.failed
    time.sleep(0.3)
    assert rig.worker.failed == failed


def test_a_sink_may_raise_whatever_it_likes(
    store: Store, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """Sinks come from other packages, too: theirs are no reason to end the daemon."""

    class Odd(FakeSink):
        bad = True

        def send(self, events: Sequence[Event]) -> None:
            if self.bad:
                raise ZeroDivisionError("odd")
            super().send(events)

    sink = Odd()
    rig = Rig(store, reader, sink)
    rig.worker.start()
    rig.add(2)
    until(lambda: rig.worker.failed >= 2)
    assert rig.worker.error == "ZeroDivisionError: odd"
    assert "Traceback" in caplog.text
    sink.bad = False
    assert sink.wait_for(2, 2.0)
    assert sink.seqs() == [1, 2]
    assert join_all([rig.worker], 2.0) == []
