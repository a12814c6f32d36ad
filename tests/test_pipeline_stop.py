"""Stopping at awkward moments: under 10 s, nobody left waiting, the rest still done."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from makers import GREY, frame, jpeg, until
from pipeline_rig import Build, add

from device.errors import StoreFull
from device.mailbox import Closed
from device.results import Settled
from device.sinks.fake import FakeSink
from device.sources.fake import FakeSource
from device.store.writer import Store
from device.types import Event, Frame, Outcome


class Full:
    """A store on a disk that can be full."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.full = False
        self.tries = 0

    @property
    def seq(self) -> int:
        return self._store.seq

    def commit(self, batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        self.tries += 1
        if self.full:
            raise StoreFull("the disk is full")
        return self._store.commit(batch, cursors)

    def tend(self) -> bool:
        return self._store.tend()


def test_with_nothing_to_do_it_is_quick(build: Build) -> None:
    pipeline = build(FakeSink())
    add(pipeline, FakeSource("a", count=1000, every=0.5))
    pipeline.start()
    assert build.stop(pipeline) < 2.5
    build.stop(pipeline)


def test_before_it_was_started(build: Build) -> None:
    pipeline = build(FakeSink())
    add(pipeline, FakeSource("a"))
    assert build.stop(pipeline) < 1.0


def test_in_the_middle_of_a_full_folder_what_was_tagged_is_stored_and_told(build: Build) -> None:
    sink = FakeSink()
    pipeline = build(sink)
    source = FakeSource("a", count=100_000)
    add(pipeline, source)
    pipeline.start()
    until(lambda: pipeline.infer.tagged["a"] > 60)
    assert build.stop(pipeline) < 4.0
    tagged = pipeline.infer.tagged["a"]
    assert build.reader.last_seq() == tagged
    assert sink.seqs() == list(range(1, tagged + 1))
    assert build.reader.cursor("fake") == tagged


def test_the_newest_events_still_go_out(build: Build) -> None:
    class Slow(FakeSink):
        def send(self, events: Sequence[Event]) -> None:
            time.sleep(0.15)
            super().send(events)

    sink = Slow()
    pipeline = build(sink)
    add(pipeline, FakeSource("a", count=100_000, every=0.005))
    pipeline.start()
    until(sink.events)
    build.stop(pipeline)
    assert sink.seqs() == list(range(1, build.reader.last_seq() + 1))


def test_while_the_disk_is_full(build: Build) -> None:
    assert isinstance(build.store, Store)
    build.store = store = Full(build.store)
    pipeline = build(FakeSink())
    add(pipeline, FakeSource("a", count=10_000))
    store.full = True
    pipeline.start()
    until(lambda: pipeline.infer.tagged["a"] > 80)  # the queue behind is full as well
    waiting = pipeline.upload(frame(jpeg()))
    until(lambda: store.tries)
    build.stop(pipeline)
    assert isinstance(waiting.exception(0), Closed)
    assert build.reader.last_seq() == 0


def test_after_the_write_thread_has_died(build: Build) -> None:
    pipeline = build(FakeSink())
    pipeline.write_worker._work = lambda _: None
    pipeline.start()
    waiting = pipeline.upload(frame(jpeg()))
    until(lambda: pipeline.infer.tagged["upload"])
    build.stop(pipeline)
    assert isinstance(waiting.exception(0), Closed)


def test_a_capture_that_waits_for_room_ends(build: Build) -> None:
    pipeline = build()
    add(pipeline, FakeSource("a"))
    for _ in range(8):
        pipeline.mailbox.put("a", Frame("x", "a", 0.0, GREY))
    pipeline.captures["a"].worker.start()
    build.stop(pipeline)
    assert not pipeline.captures["a"].worker.is_alive()
