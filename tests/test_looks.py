"""Looks of a watched camera through the real pipeline: visits, stills, feedback, silence."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from makers import until
from pipeline_rig import Build, add

from device import clock, ids
from device.config_camera import Visits as Settings
from device.errors import ModelError
from device.inference.fake import FakeTagger
from device.pipeline import Pipeline
from device.stages import looks
from device.tagging import Tagging
from device.types import Box, Frame, HealthChange, Look, Picture, Reason, Tag
from device.visits import AWAY, Visits
from device.vocabulary import Vocabulary

NOISE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)


class Spotter(FakeTagger):
    """Sees a car wherever the picture has any light, and breaks at a white one."""

    def tag(self, picture: Picture) -> list[Tag]:
        self.seen += 1
        mean = float(picture.pixels.mean())
        if mean > 250:
            raise ModelError("ssd@1 failed: no memory")
        box = Box(0.3, 0.3, 0.4, 0.4)
        return [Tag("car", 0.9, "object", "fake", "ssd@1", box)] if mean > 5 else []


class Script:
    """A camera that gives what it is told, and then nothing until it is closed."""

    live, stream = False, True

    def __init__(self, *frames: Frame, name: str = "gate") -> None:
        self.name = name
        self.frames = frames
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        yield from self.frames
        self._closed.wait()

    def close(self) -> None:
        self._closed.set()


class Ear:
    """A gate that passes all and remembers what it was told."""

    alert = False

    def __init__(self) -> None:
        self.heard: list[tuple[int, bool]] = []

    def consider(self, frame: Frame) -> Frame:
        return frame

    def heed(self, open_visits: int, moving: bool) -> None:
        self.heard.append((open_visits, moving))

    def ask(self) -> None: ...

    def changes(self) -> list[HealthChange]:
        return []

    def status(self) -> dict[str, Any]:
        return {}


def frame(moment: float, light: int | None = None, reason: Reason = "motion") -> Frame:
    """Noise is a car; light 0: nobody there; 255: what breaks the model."""
    pixels = NOISE if light is None else np.full((48, 64, 3), light, np.uint8)
    return Frame(ids.new_id(), "gate", clock.now(), pixels, moment=moment, look=Look(reason))


def run(build: Build, *frames: Frame, gate: Ear | None = None, **wanted: Any) -> Pipeline:
    pipeline = Pipeline(
        store=build.store,
        feed=build.reader,
        ledger=build.reader,
        make_tagging=lambda: Tagging([Spotter()], Vocabulary(), thumbnail_side=32),
        make_visits=lambda name: Visits(name, Settings(**wanted)),
    )
    add(pipeline, Script(*frames), gate)
    pipeline.start()
    return pipeline


def events(build: Build) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in build.reader.events_after(0, 100)]


def types(build: Build) -> list[str]:
    return [event["type"] for event in events(build)]


def test_looks_become_visits_and_not_pictures(build: Build) -> None:
    gate = Ear()
    shown = [frame(n * 0.2) for n in range(15)]
    pipeline = run(build, *shown, *(frame(3 + n * 0.2, 0) for n in range(30)), gate=gate)
    until(lambda: len(events(build)) == 2)
    start, end = events(build)
    assert (start["type"], end["type"]) == ("visit_start", "visit_end")
    assert end["visit"]["duration"] == pytest.approx(2.8)
    assert start["picture"]["id"] == shown[1].id  # sure at the second look
    assert (build.reader.totals()["pictures"], pipeline.infer.tagged["gate"]) == (1, 45)
    assert gate.heard[0] == (1, True)
    assert gate.heard[-1] == (0, False)
    until(lambda: not pipeline.presence.snapshot())
    assert build.stop(pipeline) < 2.0


@pytest.mark.parametrize("reason", ["interval", "asked"])
def test_a_still_that_was_due_is_told_as_a_picture(build: Build, reason: Reason) -> None:
    """And kept once, though the visit wants the same look."""
    shown = [frame(0.0), frame(0.2, reason=reason)]
    pipeline = run(build, *shown)
    until(lambda: len(events(build)) == 2)
    picture, start = events(build)
    assert (picture["type"], start["type"]) == ("picture", "visit_start")
    assert picture["picture"]["id"] == start["picture"]["id"] == shown[1].id
    assert build.reader.totals()["pictures"] == 1
    build.stop(pipeline)


def test_who_asked_hears_of_a_look_that_failed(build: Build, caplog: Any) -> None:
    broken = [frame(n * 0.2, 255) for n in range(20)]
    pipeline = run(build, *broken, frame(5.0, 255, "asked"), frame(5.2), frame(5.4))
    until(lambda: types(build) == ["visit_start"])
    assert build.reader.totals()["refused"] == 1
    assert pipeline.infer.refused["gate"] == 21
    assert caplog.text.count("no memory") == 1  # one line tells of all
    build.stop(pipeline)


def test_a_silent_camera_ends_its_visits(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "_EVERY", 0.0)
    gate = Ear()
    pipeline = run(build, frame(0.0), frame(0.2), gate=gate)
    until(lambda: types(build) == ["visit_start"])
    watched = pipeline.infer._looks._watched["gate"]
    watched.at -= AWAY + 1  # as if so much time had passed
    until(lambda: types(build) == ["visit_start", "visit_end"])
    assert not events(build)[-1]["visit"]["interrupted"]
    until(lambda: gate.heard[-1] == (0, False))
    build.stop(pipeline)


def test_stopping_notes_the_last_sight(build: Build) -> None:
    pipeline = run(build, *(frame(n * 0.2) for n in range(20)))
    until(lambda: pipeline.infer.tagged["gate"] == 20)
    build.stop(pipeline)
    [shown], _ = build.reader.visits()
    assert json.loads(shown)["duration"] == pytest.approx(3.8)
    assert json.loads(shown)["ended_at"] is None


def test_a_visit_is_told_without_waiting_for_company(build: Build) -> None:
    pipeline = run(build)
    until(lambda: pipeline.infer.tagging is not None)
    times = []
    for n in range(3):
        pipeline.mailbox.put("gate", frame(n * 100.0))
        pipeline.mailbox.put("gate", frame(n * 100.0 + 0.2))
        begin = time.monotonic()
        until(lambda n=n: types(build).count("visit_start") == n + 1)  # type: ignore[misc]
        until(lambda: pipeline.presence.snapshot()["gate"]["car"].count == 1)
        times.append(time.monotonic() - begin)
    assert min(times) < 0.3
    build.stop(pipeline)


def test_what_nobody_named_does_not_visit(build: Build) -> None:
    pipeline = run(build, frame(0.0), frame(0.2), tags=("person",))
    until(lambda: pipeline.infer.tagged["gate"] == 2)
    assert types(build) == []
    build.stop(pipeline)


def test_a_disk_that_stood_still_is_no_silence_of_the_cameras(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_EVERY", 0.0)
    pipeline = run(build, frame(0.0), frame(0.2))
    until(lambda: types(build) == ["visit_start"])
    watched = pipeline.infer._looks._watched["gate"]
    pipeline.infer._looks._searched -= AWAY + 10  # as if it had waited for so long
    before, watched.at = watched.at, watched.at - AWAY - 10
    until(lambda: watched.at > before - 6)
    pipeline.mailbox.put("gate", frame(0.4))
    until(lambda: pipeline.infer.tagged["gate"] == 3)
    assert types(build) == ["visit_start"]
    build.stop(pipeline)


def test_a_crowd_that_comes_at_once_is_one_commit(build: Build) -> None:
    """Twenty flushes of an SD card would take a second."""

    class Crowd(Spotter):
        def tag(self, picture: Picture) -> list[Tag]:
            self.seen += picture.width > 0
            boxes = [Box(0.05 + 0.09 * n, 0.5, 0.05, 0.1) for n in range(10)]
            return [Tag("car", 0.9, "object", "fake", "ssd@1", box) for box in boxes]

    batches: list[int] = []
    commit = build.store.commit

    def counted(batch: Any, cursors: Any) -> Any:
        batches.append(len(batch))
        return commit(batch, cursors)

    build.store.commit = counted  # type: ignore[method-assign]
    pipeline = Pipeline(
        store=build.store,
        feed=build.reader,
        ledger=build.reader,
        make_tagging=lambda: Tagging([Crowd()], Vocabulary(), thumbnail_side=32),
    )
    add(pipeline, Script(frame(0.0), frame(0.2)))
    pipeline.start()
    until(lambda: len(events(build)) == 10)
    assert len({event["picture"]["id"] for event in events(build)}) == 1
    assert len(batches) <= 3
    build.stop(pipeline)
