"""When the pictures of a camera arrive, and when they cease to: by the clock of this machine."""

from __future__ import annotations

import threading
import time

from device.types import HealthChange

PATIENCE = 30.0
"""Seconds without a picture until a camera is silent: a reconnection is shorter."""

_USUAL_GAPS = 5  # ... or so many times what usually lies between two pictures
_SMOOTH = 0.1  # weight of the newest gap


class Arrivals:
    """Of one source. Any thread."""

    def __init__(self, source: str, patience: float = PATIENCE) -> None:
        """`patience`: seconds at least that a source may leave between two pictures."""
        self._source = source
        self._patience = patience
        self._lock = threading.Lock()
        self._last = time.monotonic()  # before the first: when we began to wait
        self._gap: float | None = None  # s between two, a running mean
        self._since = 0.0  # UTC of the last picture before the silence
        self.count = 0
        self.silent = False

    @property
    def age(self) -> float:
        """Seconds since the last picture, or since we began to wait for the first."""
        return time.monotonic() - self._last

    @property
    def rate(self) -> float | None:
        """Pictures a second; None: not known yet."""
        return 1 / self._gap if self._gap else None

    def note(self) -> list[HealthChange]:
        """A picture has arrived: what is over with it."""
        with self._lock:
            now = time.monotonic()
            # What lies in a silence says nothing of the usual, unless nothing else is known.
            if self.count and (self._gap is None or not self.silent):
                known = now - self._last if self._gap is None else self._gap
                self._gap = known + _SMOOTH * (now - self._last - known)
            self._last = now
            self.count += 1
            if not self.silent:
                return []
            self.silent = False
            return [self._change("pictures come again")]

    def overdue(self, now: float) -> list[HealthChange]:
        """What has begun by now (UTC) because none arrived."""
        with self._lock:
            age = time.monotonic() - self._last
            if self.silent or age < max(self._patience, _USUAL_GAPS * (self._gap or 0.0)):
                return []
            self.silent, self._since = True, now - age
            told = "no picture for" if self.count else "no picture at all for"
            return [self._change(f"{told} {age:.0f} s")]

    def _change(self, detail: str) -> HealthChange:
        return HealthChange(self._source, "silent", self.silent, self._since, detail)
