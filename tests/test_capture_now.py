"""A picture that somebody asks for: of each kind of source, in time, or a reason."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from control_rig import Hanging, Still, camera, control_of
from folder_rig import MemoryLedger
from makers import GREY, jpeg, until
from pipeline_rig import Build

from device import demand
from device.config import Source
from device.errors import NoPicture, NotOnDemand, SourceError, SourceOff
from device.inference.fake import FakeTagger
from device.mailbox import Closed, Mailbox
from device.pipeline import Pipeline
from device.sources.fake import FakeSource
from device.sources.folder import FolderSource
from device.types import Frame, Picture, Tag
from device.watch import Watch


@pytest.fixture
def pipeline(build: Build) -> Iterator[Pipeline]:
    made = build()
    yield made
    build.stop(made)


class Held(FakeTagger):
    """Waits at each picture until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def tag(self, picture: Picture) -> list[Tag]:
        self.begun.set()
        self.go_on.wait(20.0)
        return super().tag(picture)


def test_a_watched_camera_gives_the_next_frame(pipeline: Pipeline, build: Build) -> None:
    control = control_of(pipeline, gate=(camera, True))
    pipeline.start()
    until(lambda: pipeline.captures["gate"].newest is not None)
    assert pipeline.infer.tagged["gate"] == 0  # nothing happened there
    outcome = control.capture("gate").result(5.0)
    assert outcome.picture is not None
    assert outcome.picture.source == "gate"
    assert pipeline.infer.tagged["gate"] == 1
    assert build.reader.picture(outcome.frame_id) is not None
    assert not pipeline.waiting


def test_a_camera_whose_every_frame_counts_gives_the_next_one(pipeline: Pipeline) -> None:
    control = control_of(pipeline, gate=lambda: camera(every=0.05))
    pipeline.start()
    until(lambda: pipeline.captures["gate"].newest is not None)
    assert control.capture("gate").result(5.0).picture is not None


def test_a_camera_that_takes_pictures_on_demand_is_asked(pipeline: Pipeline) -> None:
    control = control_of(pipeline, yard=Still, both=(lambda: Still("both"), True))
    pipeline.start()
    until(lambda: all(c.source is not None for c in pipeline.captures.values()))
    for name in ("yard", "both"):
        assert pipeline.captures[name].newest is None
        assert control.capture(name).result(5.0).picture is not None


class Idle(FakeSource):
    """Keyframes that are minutes apart, until it is told that something happens."""

    def __init__(self) -> None:
        super().__init__("gate", count=10**9, live=True, stream=True)
        self.alert = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            while not self.alert.wait(0.01):
                if self._closed.is_set():
                    return
            yield frame

    def attend(self, alert: bool) -> None:
        (self.alert.set if alert else self.alert.clear)()


def test_an_idle_camera_is_told_at_once(pipeline: Pipeline) -> None:
    wanted = Source.model_validate({"name": "gate", "url": "fake://", "look_every": 0})
    source = Idle()
    pipeline.add_source("gate", lambda: source, lambda _: Watch(wanted))
    pipeline.start()
    until(lambda: pipeline.captures["gate"].source is not None)
    assert pipeline.captures["gate"].ask().result(5.0).picture is not None
    until(lambda: not source.alert.is_set())


def test_a_folder_takes_none(pipeline: Pipeline, ledger: MemoryLedger, tmp_path: Path) -> None:
    control = control_of(pipeline, inbox=lambda: FolderSource("inbox", tmp_path, ledger))
    pipeline.start()
    until(lambda: pipeline.captures["inbox"].source is not None)
    with pytest.raises(NotOnDemand, match="inbox takes no pictures on demand: put a picture"):
        control.capture("inbox")


def test_one_that_is_off_or_not_there_says_so(pipeline: Pipeline) -> None:
    def absent() -> FakeSource:
        raise SourceError("no camera at /dev/video9")

    control = control_of(
        pipeline, gate=camera, absent=absent, film=lambda: FakeSource("film", count=1)
    )
    pipeline.start()
    control.enable("gate", False)
    with pytest.raises(SourceOff, match="gate is switched off; switch it on first"):
        control.capture("gate")
    until(lambda: pipeline.captures["absent"].worker.error)
    with pytest.raises(SourceOff, match="absent is not open: no camera at /dev/video9"):
        control.capture("absent")
    until(lambda: not pipeline.captures["film"].worker.is_alive())
    with pytest.raises(SourceOff, match="film is not open: it came to its end"):
        control.capture("film")


def test_who_waits_too_long_is_told_why(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demand, "PATIENCE", 0.2)
    let_go = threading.Event()
    control = control_of(pipeline, gate=lambda: Hanging(let_go))
    pipeline.start()
    until(lambda: pipeline.infer.tagged["gate"])
    future = control.capture("gate")
    until(lambda: pipeline.check() is None and future.done())
    assert isinstance(future.exception(), NoPicture)
    assert "gate gave no picture within 0 s" in str(future.exception())
    let_go.set()


def test_all_that_ask_at_once_get_the_same_picture(pipeline: Pipeline) -> None:
    control = control_of(pipeline, yard=Still)
    pipeline.start()
    until(lambda: pipeline.captures["yard"].source is not None)
    futures = [control.capture("yard") for _ in range(10)]
    assert len({future.result(5.0).frame_id for future in futures}) == 1
    assert pipeline.infer.tagged["yard"] == 1


def test_who_asks_while_the_picture_is_looked_at_costs_no_further_look(
    pipeline: Pipeline, build: Build
) -> None:
    build.tagger = held = Held()
    control = control_of(pipeline, gate=(lambda: camera(every=0.002), True))
    pipeline.start()
    until(lambda: pipeline.captures["gate"].newest is not None)
    first = control.capture("gate")
    assert held.begun.wait(5.0)
    second = control.capture("gate")
    seen = pipeline.captures["gate"].worker.done
    until(lambda: pipeline.captures["gate"].worker.done > seen + 20)
    held.go_on.set()
    assert first.result(5.0).frame_id == second.result(5.0).frame_id
    seen = pipeline.captures["gate"].worker.done
    until(lambda: pipeline.captures["gate"].worker.done > seen + 20)
    assert pipeline.infer.tagged["gate"] == 1


def test_what_was_asked_for_is_not_replaced_by_what_came_later(
    pipeline: Pipeline, build: Build
) -> None:
    """A busy model, and a camera that sends a hundred frames meanwhile."""
    build.tagger = held = Held()
    control = control_of(pipeline, gate=lambda: camera(every=0.002))
    pipeline.start()
    assert held.begun.wait(5.0)
    gone = control.capture("gate")
    until(lambda: pipeline.waiting)
    assert gone.cancel()  # the first hung up: the next is not lost for it
    future = control.capture("gate")
    passed = pipeline.mailbox.dropped("gate")
    until(lambda: pipeline.mailbox.dropped("gate") > passed + 20)
    assert not future.done()
    held.go_on.set()
    assert future.result(5.0).picture is not None


def test_switching_off_and_stopping_send_home_who_waits(build: Build) -> None:
    pipeline = build()
    build.tagger = held = Held()
    control = control_of(pipeline, yard=Still, gate=lambda: camera(every=0.002))
    pipeline.start()
    until(lambda: all(c.source is not None for c in pipeline.captures.values()))
    assert held.begun.wait(5.0)
    taken = control.capture("gate")
    until(lambda: pipeline.waiting)
    control_yard = pipeline.captures["yard"]
    control_yard.source.ask = lambda: None  # type: ignore[union-attr]
    waiting = control.capture("yard")
    pipeline.captures["gate"].switch(False)
    pipeline.captures["yard"].switch(False)
    for future in (taken, waiting):
        assert isinstance(future.exception(2.0), SourceOff)
    control_yard.switch(True)
    until(lambda: control_yard.source is not None)
    control_yard.source.ask = lambda: None  # type: ignore[union-attr]
    last = control.capture("yard")
    held.go_on.set()
    build.stop(pipeline)
    assert isinstance(last.exception(0), Closed)


def test_bytes_are_tagged_as_an_upload_is(pipeline: Pipeline) -> None:
    control = control_of(pipeline)
    pipeline.start()
    first = control.tag(jpeg(), name="a.jpg").result(5.0)
    assert first.picture is not None
    assert (first.picture.source, first.picture.name) == ("upload", "a.jpg")
    assert control.tag(jpeg()).result(5.0).duplicate
    assert control.tag(b"nonsense").result(5.0).error


def test_a_closed_lane_lets_its_writer_go_and_can_be_opened_again() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("a", live=False, capacity=1)
    mailbox.put("a", Frame("1", "a", 0.0, GREY))
    mailbox.close_lane("a")
    assert mailbox.take(0.0) is None
    with pytest.raises(Closed):
        mailbox.put("a", Frame("2", "a", 0.0, GREY))
    mailbox.add_lane("a", live=True)
    mailbox.put("a", Frame("3", "a", 0.0, GREY))
    mailbox.put("a", Frame("4", "a", 0.0, GREY))
    assert mailbox.take(0.0) is not None
    assert mailbox.dropped("a") == 1
