"""How some numbers went over the last day, in memory: a point a minute, while they change."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping

from device import clock

Point = tuple[float, dict[str, float]]
"""When (UTC), and the numbers by name."""

_EVERY = 60.0  # seconds
_MOST = 1440  # points: a day


class Trend:
    """`note` from one thread, `points` from any."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=_MOST)
        self._lock = threading.Lock()
        self._next = 0.0  # monotonic

    def note(self, values: Mapping[str, float]) -> None:
        """The numbers as they are now; kept once a minute, and not where nothing has changed."""
        if time.monotonic() < self._next or not any(values.values()):
            return
        with self._lock:
            if self._points and self._points[-1][1] == values:
                return
            self._points.append((clock.now(), dict(values)))
        self._next = time.monotonic() + _EVERY

    def points(self) -> list[Point]:
        """The oldest first."""
        with self._lock:
            return list(self._points)
