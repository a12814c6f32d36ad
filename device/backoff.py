"""How long to wait before the next try: doubling, with chance in it, so that a house full of
devices does not knock at a returning broker all at once."""

from __future__ import annotations

import random


class Backoff:
    """`next()` gives seconds: about `first`, then twice as long each time, at most `limit`."""

    def __init__(self, first: float = 0.5, limit: float = 60.0) -> None:
        self._first = first
        self._limit = limit
        self._tries = 0

    def next(self) -> float:
        """Seconds to wait now: the doubled wait, give or take 20 %."""
        wait = min(self._limit, self._first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return wait * random.uniform(0.8, 1.2)

    def reset(self) -> None:
        """It worked: the next failure starts from the beginning."""
        self._tries = 0
