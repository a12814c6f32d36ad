"""Shows from outside whether the event loop of the web thread still turns."""

from __future__ import annotations

import asyncio
import time

_EVERY = 1.0  # seconds


class Pulse:
    """`start` within the loop; `age` from any thread."""

    def __init__(self) -> None:
        self._beat = time.monotonic()

    def start(self) -> None:
        """Beat now, and again whenever the loop comes to it."""
        self._beat = time.monotonic()
        asyncio.get_running_loop().call_later(_EVERY, self.start)

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        return time.monotonic() - self._beat
