"""A day of a camera through gate, visits, store and sink, with hundreds of reconnects."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from films import numbered
from mqtt_helpers import until
from numpy.typing import NDArray
from video_rig import open_files, resident_mb

from device import clock, config, ids
from device.backoff import Backoff
from device.errors import SourceError
from device.inference.fake import FakeTagger
from device.pipeline import Pipeline
from device.store.reader import Reader
from device.store.writer import Store
from device.tagging import Tagging
from device.types import Box, Event, Frame, Picture, Pixels, Tag
from device.visits import Visits
from device.vocabulary import Vocabulary
from device.watch import Watch

HOUR = 3600.0
_IDLE, _ALERT = 2.0, 0.2  # s between frames: keyframes, or five a second
_COMES_EVERY, _STAYS = 150.0, 8.0  # s
_SIZE = (320, 180)


class Day:
    """A stream in a time of its own that breaks off again and again; decodes as `adaptive` does."""

    name, live, stream = "gate", False, True

    def __init__(self, seconds: float, reconnects: int) -> None:
        self.at = 0.0
        self.broke = 0
        self.done = threading.Event()
        self._end = seconds
        self._every = seconds / (reconnects + 1)
        self._alert = False
        self._chance = np.random.default_rng(1)
        self._empty = numbered(*_SIZE, moves_from=10**9)(0)

    def __iter__(self) -> Iterator[Frame]:
        began = clock.now()
        while self.at < self._end:
            self.at += _ALERT if self._alert else _IDLE
            if self.at > (self.broke + 1) * self._every and self.at < self._end:
                self.broke += 1
                raise SourceError("the camera hung up")
            yield Frame(ids.new_id(), self.name, began, self._drawn(), moment=self.at)
        self.done.set()

    def attend(self, alert: bool) -> None:
        self._alert = alert

    def close(self) -> None:
        self._end = 0.0

    def _drawn(self) -> Pixels:
        noise = self._chance.integers(-3, 4, (*self._empty.shape[:2], 1), dtype=np.int16)
        pixels: NDArray[np.uint8] = np.clip(self._empty + noise, 0, 255).astype(np.uint8)
        since = self.at % _COMES_EVERY
        if since < _STAYS:
            left = round(since / _STAYS * (_SIZE[0] - 40))
            pixels[80:140, left : left + 40] = (230, 60, 40)
        return pixels


class Finder(FakeTagger):
    """Sees who is red."""

    def tag(self, picture: Picture) -> list[Tag]:
        self.seen += 1
        red = picture.pixels[110, :, 0] > 200
        if not red.any():
            return []
        left, width = float(np.argmax(red)) / red.size, float(red.sum()) / red.size
        return [Tag("person", 0.9, "object", "fake", "fake@1", Box(left, 0.44, width, 0.33))]


class Counting:
    """A sink that keeps nothing."""

    name = "counting"

    def __init__(self) -> None:
        self.told = 0

    def send(self, events: Sequence[Event]) -> None:
        self.told += len(events)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("hours", "reconnects"),
    [(0.6, 20), pytest.param(24, 500, marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
def test_a_day_leaves_nothing_behind(
    hours: float,
    reconnects: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)  # what is kept of the log would count as growth
    monkeypatch.setattr(Backoff, "next", lambda _: 0.0)
    store, sink = Store(tmp_path, "test"), Counting()
    store.add_sink(sink.name)
    reader, day = Reader(tmp_path), Day(hours * HOUR, reconnects)
    wanted = config.Source.model_validate({"name": "gate", "url": "fake:"})
    pipeline = Pipeline(
        store=store,
        feed=reader,
        ledger=reader,
        make_tagging=lambda: Tagging([Finder()], Vocabulary(), thumbnail_side=96),
        sinks=[sink],
        make_visits=Visits,
    )
    pipeline.add_source("gate", lambda: day, lambda _: Watch(wanted))
    pipeline.start()
    try:
        until(lambda: day.at > day._end / 4, 400)
        files, threads, memory = open_files(), threading.active_count(), resident_mb()
        assert day.done.wait(800)
        until(lambda: pipeline.mailbox.depth("gate") == 0 and pipeline.write.depth() == 0, 30)
        grown = resident_mb() - memory
        assert open_files() <= files + 1
        assert threading.active_count() <= threads
    finally:
        pipeline.stop()
        told, _ = reader.visits(limit=500)
        reader.close()
        store.close()
    assert day.broke == reconnects
    came = int(hours * HOUR / _COMES_EVERY)
    assert len(told) >= min(came - 1, 500)
    assert sink.told >= 2 * (came - 1)
    assert grown < 5
