"""A scripted source: plain pictures of changing colours, made rather than taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult

import numpy as np

from device import clock, ids, options
from device.errors import SourceError
from device.types import Frame

_COLOURS = ((200, 40, 40), (40, 160, 60), (40, 70, 200), (230, 210, 60))


class FakeSource:
    """`count` frames, one every `every` seconds; breaks once before each frame in `breaks`."""

    def __init__(
        self,
        name: str,
        *,
        count: int = 10,
        every: float = 0.0,
        live: bool = False,
        stream: bool = False,
        size: tuple[int, int] = (64, 48),
        breaks: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.live = live
        self.stream = stream
        self.handed_over = 0
        self._count = count
        self._every = every
        self._size = size
        self._breaks = set(breaks)
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        while self.handed_over < self._count and not self._closed.wait(self._every):
            if self.handed_over in self._breaks:
                self._breaks.remove(self.handed_over)
                raise SourceError(f"{self.name} breaks before frame {self.handed_over}")
            width, height = self._size
            colour = _COLOURS[self.handed_over % len(_COLOURS)]
            pixels = np.full((height, width, 3), colour, dtype=np.uint8)
            self.handed_over += 1
            yield Frame(ids.new_id(), self.name, clock.now(), pixels)

    def close(self) -> None:
        self._closed.set()


def from_url(name: str, url: SplitResult, **_: Any) -> FakeSource:
    """`fake://?count=10&every=0.5` (seconds) from the config. Raises ConfigError."""
    known = {
        "count": options.count,
        "every": options.seconds,
        "live": options.switch,
        "stream": options.switch,
    }
    return FakeSource(name, **options.read(name, url, known))
