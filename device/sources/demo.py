"""A camera that needs none: a short film, drawn while it is watched, over and over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult

from device import clock, options
from device.errors import ConfigError
from device.film import LENGTH, Film
from device.ids import new_id
from device.types import Frame

_FASTEST = 30.0  # frames a second


class DemoSource:
    """The film at its own pace, or as fast as its frames are taken. Implements `Source`."""

    stream = True

    def __init__(
        self, name: str, *, fps: float = 5.0, fast: bool = False, rounds: int | None = None
    ) -> None:
        """`fast`: every frame counts and none is waited for; `rounds`: None is for ever."""
        self.name = name
        self.live = not fast
        self._fps = fps
        self._frames = None if rounds is None else round(rounds * LENGTH * fps)
        self._number = 0
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        film, start, begun = Film(), time.monotonic(), clock.now()
        first = self._number  # after a restart of the thread the film goes on
        while self._frames is None or self._number < self._frames:
            at = self._number / self._fps
            moment = start + (self._number - first) / self._fps
            if self._closed.wait(0 if not self.live else max(0.0, moment - time.monotonic())):
                return
            self._number += 1
            taken_at = clock.now() if self.live else begun + moment - start
            pixels = film.frame(at, self._number)
            yield Frame(new_id(), self.name, taken_at, pixels, moment=moment)

    def close(self) -> None:
        self._closed.set()


def from_url(name: str, url: SplitResult, **_: Any) -> DemoSource:
    """`demo://?fps=5&pace=fast&rounds=1` from the config. Raises ConfigError."""
    if url.netloc or url.path.strip("/"):
        raise ConfigError([f"source {name}: write demo:// alone, or with options: demo://?fps=5"])
    known = {"fps": _fps, "pace": _pace, "rounds": options.count}
    given = options.read(name, url, known)
    return DemoSource(
        name,
        fps=given.get("fps", 5.0),
        fast=given.get("pace", False),
        rounds=given.get("rounds"),
    )


def _fps(value: str) -> float:
    try:
        fps = float(value)
    except ValueError:
        fps = 0.0
    if not 0.1 <= fps <= _FASTEST:
        raise ValueError(f"write frames a second from 0.1 to {_FASTEST:g}, not {value!r}")
    return fps


def _pace(value: str) -> bool:
    if value not in ("real", "fast"):
        raise ValueError(f"write real or fast, not {value!r}")
    return value == "fast"
