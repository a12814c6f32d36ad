"""Switching sources that hang, fail or are not there, and a disk that takes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from control_rig import Hanging, camera, control_of, saved, states
from makers import until
from pipeline_rig import Build

from device import control as module
from device.backoff import Backoff
from device.errors import ConfigError, SourceError, SourceOff, StoreError, StoreFull
from device.pipeline import Pipeline
from device.results import Settled
from device.sources.fake import FakeSource
from device.stages import captured
from device.types import Outcome


@pytest.fixture
def pipeline(build: Build) -> Iterator[Pipeline]:
    made = build()
    yield made
    build.stop(made)


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    """Set at the end, so that what hangs in a test goes home."""
    event = threading.Event()
    yield event
    event.set()


def test_a_camera_that_hangs_is_left_behind_and_said(
    pipeline: Pipeline, let_go: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    control = control_of(pipeline, gate=lambda: Hanging(let_go), other=lambda: camera("other"))
    pipeline.start()
    gate = pipeline.captures["gate"]
    until(lambda: gate.newest is not None)
    start = time.monotonic()
    control.enable("gate", False)
    assert time.monotonic() - start < 4.0
    assert "source gate does not close and is left behind" in caplog.text
    assert gate.left_behind == 1
    assert states(control, pipeline)["gate"] == (
        "disabled",
        "it hung when it was switched off, and was left behind",
    )
    seen = pipeline.infer.tagged["other"]
    until(lambda: pipeline.infer.tagged["other"] > seen)  # nobody else noticed
    done = pipeline.infer.tagged["gate"]
    let_go.set()
    until(lambda: not gate.left_behind)
    assert pipeline.infer.tagged["gate"] == done  # what came late was not taken
    assert states(control, pipeline)["gate"] == ("disabled", None)


def test_one_that_hangs_again_and_again_is_not_switched_on_any_more(
    pipeline: Pipeline, let_go: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "_CLOSING", 0.1)
    control = control_of(pipeline, gate=lambda: Hanging(let_go))
    pipeline.start()
    for _ in range(3):
        until(lambda: pipeline.captures["gate"].newest is not None)
        control.enable("gate", False)
        if pipeline.captures["gate"].left_behind < 3:
            control.enable("gate", True)
    with pytest.raises(SourceOff, match=r"hung 3 times .* restart tagd"):
        control.enable("gate", True)
    assert control.enabled() == {"gate": False}


def test_a_wrong_config_ends_the_start_and_any_other_failure_does_not(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong() -> FakeSource:
        raise ConfigError(["source gate: no such option"])

    with pytest.raises(ConfigError):
        pipeline.add_source("wrong", wrong)
    assert "wrong" not in pipeline.captures

    tries: list[float] = []

    def absent() -> FakeSource:
        tries.append(time.monotonic())
        if len(tries) < 4:
            raise [SourceError("no camera"), ImportError("no av"), KeyError("x")][len(tries) % 3]
        return camera("late", 0.001)

    monkeypatch.setattr(Backoff, "next", lambda _: 0.05)
    control = control_of(pipeline, late=absent, other=lambda: camera("other"))
    pipeline.start()
    until(lambda: states(control, pipeline)["late"][0] == "error")
    until(lambda: pipeline.captures["late"].newest is not None)
    assert len(tries) == 4
    assert states(control, pipeline)["late"] == ("running", None)


def test_a_factory_that_hangs_holds_up_nobody(pipeline: Pipeline, let_go: threading.Event) -> None:
    made: list[FakeSource] = []

    def make() -> FakeSource:
        if made:
            let_go.wait(30.0)
        made.append(camera())
        return made[-1]

    control = control_of(pipeline, gate=make)
    pipeline.start()
    until(lambda: pipeline.captures["gate"].newest is not None)
    control.enable("gate", False)
    start = time.monotonic()
    control.enable("gate", True)
    assert time.monotonic() - start < 2.0
    assert pipeline.check() is None
    assert states(control, pipeline) == {"gate": ("connecting", None)}
    control.enable("gate", False)
    let_go.set()
    until(lambda: len(made) == 2 and made[1]._closed.is_set())  # opened too late: closed at once
    assert pipeline.captures["gate"].newest is None


def test_off_is_off_at_once_while_the_disk_is_full(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SAVING", 0.3)
    full = threading.Event()
    commit = build.store.commit

    def maybe(batch: list[Settled], cursors: dict[str, int]) -> list[Outcome]:
        if full.is_set():
            raise StoreFull("the disk is full; make room")
        return commit(batch, cursors)

    monkeypatch.setattr(build.store, "commit", maybe)
    pipeline = build()
    control = control_of(pipeline, gate=camera)
    pipeline.start()
    full.set()
    with pytest.raises(StoreError, match="gate is off, but that is not saved: the disk is full"):
        control.enable("gate", False)
    assert not pipeline.captures["gate"].worker.is_alive()
    full.clear()
    until(lambda: not saved(pipeline, {"gate": True})["gate"], 10)  # it was only put off
    build.stop(pipeline)
