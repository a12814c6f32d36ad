"""How often something happens: times a second over the last seconds."""

from __future__ import annotations

import threading
import time
from collections import deque

_WINDOW = 10.0  # seconds
_MOST = 600  # times remembered: 60 a second


class Rate:
    """Any thread."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_MOST)  # monotonic
        self._lock = threading.Lock()

    def tick(self) -> None:
        """It happened."""
        with self._lock:
            self._times.append(time.monotonic())

    @property
    def value(self) -> float:
        """Times a second; 0.0 where it happened less than twice in the last 10 s."""
        now = time.monotonic()
        with self._lock:
            recent = [moment for moment in self._times if moment > now - _WINDOW]
        return (len(recent) - 1) / (now - recent[0]) if len(recent) > 1 else 0.0

    @property
    def age(self) -> float | None:
        """Seconds since the last time; None before the first."""
        with self._lock:
            return time.monotonic() - self._times[-1] if self._times else None
