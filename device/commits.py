"""The announcement "committed up to event N", which wakes the sinks and the live page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Commits:
    """One writer announces, any thread waits or is called."""

    def __init__(self, seq: int) -> None:
        self._seq = seq
        self._nudges = 0
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []

    @property
    def seq(self) -> int:
        """The newest committed event."""
        return self._seq

    def announce(self, seq: int) -> None:
        """Called by the write thread after its commit."""
        with self._changed:
            self._seq = seq
            self._changed.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def wait_beyond(self, seq: int, timeout: float) -> bool:
        """Wait until an event after `seq` is committed; False after `timeout` s or a nudge."""
        deadline = time.monotonic() + timeout
        with self._changed:
            nudges = self._nudges
            while self._seq <= seq:
                left = deadline - time.monotonic()
                if left <= 0 or self._nudges != nudges:
                    return False
                self._changed.wait(left)
            return True

    def nudge(self) -> None:
        """Have those who wait look around now. Any thread."""
        with self._changed:
            self._nudges += 1
            self._changed.notify_all()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each commit, in the write thread: it must only pass a token on.

        Returns the call that ends it.
        """
        with self._changed:
            self._listeners.append(listener)

        def end() -> None:
            with self._changed:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end
