"""What the tests of switching and asking share: sources of every kind, and a gate that waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from device.config import Source as Wanted
from device.control import Control
from device.pipeline import Pipeline
from device.source_health import SourceHealth
from device.sources.fake import FakeSource
from device.stages.captured import Make
from device.store.writer import Store
from device.types import Frame, HealthChange, Look


class Asked:
    """A gate that lets a frame pass only when it is asked to."""

    alert = False

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.heeded: list[tuple[int, bool]] = []

    def consider(self, frame: Frame) -> Frame | None:
        if not self._asked.is_set():
            return None
        self._asked.clear()
        return replace(frame, look=Look("asked"))

    def heed(self, open_visits: int, moving: bool) -> None:
        self.heeded.append((open_visits, moving))

    def ask(self) -> None:
        self._asked.set()

    def changes(self) -> list[HealthChange]:
        return []

    def status(self) -> dict[str, Any]:
        return {"states": ["dark"], "looks": 0}


def camera(name: str = "gate", every: float = 0.01) -> FakeSource:
    """Frames without end."""
    return FakeSource(name, count=10**9, every=every, live=True, stream=True)


class Still(FakeSource):
    """Takes a picture only when it is asked to."""

    def __init__(self, name: str = "yard") -> None:
        super().__init__(name, count=10**9, live=True)
        self._asked = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            while not self._asked.wait(0.01):
                if self._closed.is_set():
                    return
            self._asked.clear()
            yield frame

    def ask(self) -> None:
        self._asked.set()


class Hanging(FakeSource):
    """Gives one frame; then neither its next frame nor its `close` comes back before `let_go`."""

    def __init__(self, let_go: threading.Event, name: str = "gate") -> None:
        super().__init__(name, count=2, live=True)
        self._let_go = let_go

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            yield frame
            self._let_go.wait(30.0)

    def close(self) -> None:
        self._let_go.wait(30.0)
        super().close()


Given = Make | tuple[Make, bool]


def control_of(pipeline: Pipeline, **makes: Given) -> Control:
    """Add these sources; those given with True have a gate that waits to be asked."""
    for name, given in makes.items():
        make, gated = given if isinstance(given, tuple) else (given, False)
        pipeline.add_source(name, make, lambda _, gated=gated: Asked() if gated else None)
    return Control(pipeline, [Wanted(name=name, url="fake:") for name in makes])


def open_files() -> int:
    """Of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


def states(control: Control, pipeline: Pipeline) -> dict[str, tuple[str, str | None]]:
    """By source, its state and its error."""
    seen = SourceHealth(list(control._sources.values()), pipeline).look()
    return {one["name"]: (one["state"], one["error"]) for one in seen}


def saved(pipeline: Pipeline, configured: dict[str, bool]) -> dict[str, bool]:
    """What the database says is switched on."""
    assert isinstance(pipeline.store, Store)
    rows = pipeline.store.db.execute("SELECT name, enabled FROM source WHERE enabled NOTNULL")
    return {**configured, **{name: bool(enabled) for name, enabled in rows}}
