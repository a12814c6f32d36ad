"""Guessing made slow: who fails again and again waits longer and longer, and never for good."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST = 2000  # keys remembered: then the one that was quiet longest is forgotten
_FORGOTTEN = 900.0  # s without a try, after which a key is as new


class Throttle:
    """Counts tries by a key. Any thread; monotonic time only."""

    def __init__(
        self, free: int, longest: float, time: Callable[[], float] = time.monotonic
    ) -> None:
        """`free` tries cost nothing, then the pause doubles from 1 s up to `longest` seconds."""
        self._free = free
        self._longest = longest
        self._time = time
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()  # count, the last one
        self._lock = threading.Lock()

    def wait(self, key: str) -> float:
        """Seconds until the next try; 0.0: it may be made now. A try too early counts nothing."""
        with self._lock:
            count, last = self._at(key)
            return max(0.0, last + self._pause(count) - self._time())

    def charge(self, key: str) -> None:
        """A try begins: counted before its outcome is known, so that many at once are many."""
        with self._lock:
            count, _ = self._at(key)
            self._tries[key] = count + 1, self._time()
            self._tries.move_to_end(key)
            if len(self._tries) > _MOST:
                self._tries.popitem(last=False)

    def forgive(self, key: str) -> None:
        """It was right: all is forgotten."""
        with self._lock:
            self._tries.pop(key, None)

    def refund(self, key: str) -> None:
        """That try was none."""
        with self._lock:
            count, last = self._at(key)
            if count:
                self._tries[key] = count - 1, last

    def _at(self, key: str) -> tuple[int, float]:
        count, last = self._tries.get(key, (0, -math.inf))
        return (count, last) if self._time() - last < _FORGOTTEN else (0, -math.inf)

    def _pause(self, count: int) -> float:
        over = count - self._free
        return min(2.0 ** min(over, 30), self._longest) if over >= 0 else 0.0
