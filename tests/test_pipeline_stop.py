"""Stopping at awkward moments: under 10 s, nobody left waiting, the rest still done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence

import pytest
from makers import GREY, frame, jpeg, until

from device.errors import StoreFull
from device.inference.fake import FakeTagger
from device.pipeline import Pipeline
from device.results import Settled
from device.sinks.fake import FakeSink
from device.sources.fake import FakeSource
from device.store.reader import Reader
from device.store.writer import Store
from device.tagging import Tagging
from device.types import Event, Frame, Outcome, Picture, Tag
from device.vocabulary import Vocabulary

LONGEST = 7.5  # seconds, of the ten: the page and the store want to be closed, too


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Set at the end, so that what hangs in a test goes home."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def build(store: Store, reader: Reader, release: threading.Event) -> Build:
    return Build(store, reader)


class Build:
    """Makes a pipeline and stops it, with a watch."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self.store: Store | Full = store
        self.reader = reader
        self.tagger = FakeTagger()

    def __call__(self, *sinks: FakeSink) -> Pipeline:
        for sink in sinks:
            self.store.add_sink(sink.name)
        return Pipeline(
            store=self.store,
            feed=self.reader,
            ledger=self.reader,
            make_tagging=lambda: Tagging([self.tagger], Vocabulary(), thumbnail_side=32),
            sinks=sinks,
        )

    @staticmethod
    def stop(pipeline: Pipeline) -> float:
        start = time.monotonic()
        pipeline.stop()
        seconds = time.monotonic() - start
        assert seconds < LONGEST
        return seconds


class Full:
    """A store on a disk that can be full."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.full = False
        self.tries = 0
        self.add_sink = store.add_sink

    @property
    def seq(self) -> int:
        return self._store.seq

    def commit(self, batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        self.tries += 1
        if self.full:
            raise StoreFull("the disk is full")
        return self._store.commit(batch, cursors)


def test_with_nothing_to_do_it_is_quick(build: Build) -> None:
    pipeline = build(FakeSink())
    pipeline.add_source(FakeSource("a", count=1000, every=0.5))
    pipeline.start()
    assert build.stop(pipeline) < 2.5
    build.stop(pipeline)


def test_before_it_was_started(build: Build) -> None:
    pipeline = build(FakeSink())
    pipeline.add_source(FakeSource("a"))
    assert build.stop(pipeline) < 1.0


def test_in_the_middle_of_a_full_folder_what_was_tagged_is_stored_and_told(build: Build) -> None:
    sink = FakeSink()
    pipeline = build(sink)
    source = FakeSource("a", count=100_000)
    pipeline.add_source(source)
    pipeline.start()
    until(lambda: pipeline.infer.tagged["a"] > 60)
    assert build.stop(pipeline) < 4.0
    tagged = pipeline.infer.tagged["a"]
    assert build.reader.last_seq() == tagged
    assert sink.seqs() == list(range(1, tagged + 1))
    assert build.reader.cursor("fake") == tagged


def test_while_the_disk_is_full(build: Build) -> None:
    assert isinstance(build.store, Store)
    build.store = store = Full(build.store)
    pipeline = build(FakeSink())
    pipeline.add_source(FakeSource("a", count=10_000))
    store.full = True
    pipeline.start()
    until(lambda: pipeline.infer.tagged["a"] > 80)  # the queue behind is full as well
    waiting = pipeline.upload(frame(jpeg()))
    until(lambda: store.tries)
    build.stop(pipeline)
    assert waiting.result(0).error == "tagd is stopping; send it again later"
    assert build.reader.last_seq() == 0


class Stuck(FakeSink):
    """Hangs in what it is told to hang in."""

    def __init__(self, name: str, release: threading.Event, where: str) -> None:
        super().__init__(name)
        self._release = release
        self._where = where
        self.hanging = threading.Event()

    def send(self, events: Sequence[Event]) -> None:
        if events and self._where == "send":
            self.hanging.set()
            self._release.wait(20.0)
        super().send(events)

    def close(self) -> None:
        if self._where == "close":
            self._release.wait(20.0)
        if self._where == "raise":
            raise ZeroDivisionError("cannot even close")
        super().close()


@pytest.mark.parametrize("where", ["send", "close", "raise"])
def test_a_sink_that_hangs_or_fails_does_not_hold_up_the_other(
    build: Build, release: threading.Event, where: str
) -> None:
    stuck, good = Stuck("stuck", release, where), FakeSink("good")
    pipeline = build(stuck, good)
    pipeline.add_source(FakeSource("a", count=3))
    pipeline.start()
    assert good.wait_for(3, 5.0)
    if where == "send":
        assert stuck.hanging.wait(5.0)
    build.stop(pipeline)
    assert good.closed
    assert build.reader.cursor("good") == 3
    assert build.reader.cursor("stuck") == (0 if where == "send" else 3)


class Jammed(FakeSource):
    """A camera that neither gives a picture nor can be closed."""

    def __init__(self, release: threading.Event, fails: bool) -> None:
        super().__init__("jammed")
        self._release = release
        self._fails = fails

    def __iter__(self) -> Iterator[Frame]:
        self._release.wait(20.0)
        yield from ()

    def close(self) -> None:
        if self._fails:
            raise ZeroDivisionError("the driver is gone")
        self._release.wait(20.0)


@pytest.mark.parametrize("fails", [False, True])
def test_a_camera_that_hangs_or_fails_does_not_hold_up_the_others(
    build: Build, release: threading.Event, fails: bool
) -> None:
    sink = FakeSink()
    pipeline = build(sink)
    pipeline.add_source(Jammed(release, fails))
    pipeline.add_source(FakeSource("good", count=2))
    pipeline.start()
    assert sink.wait_for(2, 5.0)
    build.stop(pipeline)
    assert sink.closed
    assert not pipeline.captures["good"].worker.is_alive()


def test_while_a_model_takes_very_long(build: Build, release: threading.Event) -> None:
    class Slow(FakeTagger):
        def tag(self, picture: Picture) -> list[Tag]:
            release.wait(20.0)
            return super().tag(picture)

    build.tagger = Slow()
    pipeline = build(FakeSink())
    pipeline.start()
    waiting = pipeline.upload(frame(jpeg()))
    until(lambda: pipeline.mailbox.depth("upload") == 0)
    build.stop(pipeline)
    assert "stopping" in (waiting.result(0).error or "")
    release.set()
    pipeline.infer_worker.join(5.0)
    assert not pipeline.infer_worker.crashed  # it finds everything closed, and goes


def test_after_the_write_thread_has_died(build: Build) -> None:
    pipeline = build(FakeSink())
    pipeline.write_worker._work = lambda _: None
    pipeline.start()
    waiting = pipeline.upload(frame(jpeg()))
    until(lambda: pipeline.infer.tagged["upload"])
    build.stop(pipeline)
    assert waiting.result(0).error


def test_a_capture_that_waits_for_room_ends(build: Build, release: threading.Event) -> None:
    pipeline = build()
    pipeline.add_source(FakeSource("a"))
    for _ in range(8):
        pipeline.mailbox.put("a", Frame("x", "a", 0.0, GREY))
    pipeline.captures["a"].worker.start()
    build.stop(pipeline)
    assert not pipeline.captures["a"].worker.is_alive()
