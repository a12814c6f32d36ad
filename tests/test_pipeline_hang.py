"""Stopping while a camera, a model, a disk or a sink hangs or fails: the others still stop well."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from makers import frame, jpeg, until
from pipeline_rig import Build, add

from device.inference.fake import FakeTagger
from device.mailbox import Closed
from device.sinks.fake import FakeSink
from device.sources.fake import FakeSource
from device.types import Event, Frame, Outcome, Picture, Tag


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Set at the end, so that what hangs in a test goes home."""
    event = threading.Event()
    yield event
    event.set()


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
    add(pipeline, FakeSource("a", count=3))
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
    add(pipeline, Jammed(release, fails))
    add(pipeline, FakeSource("good", count=2))
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
    assert isinstance(waiting.exception(0), Closed)
    release.set()
    pipeline.infer_worker.join(5.0)
    assert not pipeline.infer_worker.crashed  # it finds everything closed, and goes


def test_while_the_disk_hangs(build: Build, release: threading.Event) -> None:
    hanging = threading.Event()

    def hang(*_: object) -> list[Outcome]:
        hanging.set()
        release.wait(20.0)
        return []

    build.store.commit = hang  # type: ignore[method-assign]
    pipeline = build()
    add(pipeline, FakeSource("a", count=10_000))
    pipeline.start()
    until(lambda: hanging.is_set() and pipeline.write.depth() == 32)
    time.sleep(0.1)  # and the next picture, too, is tagged
    build.stop(pipeline)
    pipeline.infer_worker.join(1.0)
    assert not pipeline.infer_worker.is_alive()  # it waited for room that will never be
    assert not pipeline.infer_worker.crashed
