"""How long something takes each time: what is typical now, and all of it in steps since the start.

One thread notes, any other reads.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from itertools import accumulate

STEPS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
"""Upper edges in seconds: from an accelerator's 5 ms to a large model on a small board."""

_RECENT = 120  # times: a sparkline's width, and enough for a 95th percentile


@dataclass(frozen=True, slots=True)
class Summary:
    """Seconds, all of them."""

    count: int  # since the start
    total: float
    steps: tuple[int, ...]  # how many took at most each of `STEPS`
    recent: tuple[float, ...]  # the newest, oldest first
    median: float | None  # of the recent ones; None: there was none yet
    p95: float | None


class Times:
    """A histogram since the start, and the newest times themselves."""

    def __init__(self) -> None:
        self._counts = [0] * (len(STEPS) + 1)
        self._total = 0.0
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def note(self, seconds: float) -> None:
        """It took so long this time."""
        self._counts[bisect_left(STEPS, seconds)] += 1
        self._total += seconds
        self._recent.append(seconds)

    def summary(self) -> Summary:
        """As it is now."""
        counts, recent = tuple(self._counts), tuple(self._recent.copy())
        ranked = sorted(recent)
        return Summary(
            count=sum(counts),
            total=self._total,
            steps=tuple(accumulate(counts[:-1])),
            recent=recent,
            median=ranked[len(ranked) // 2] if ranked else None,
            p95=ranked[min(len(ranked) * 95 // 100, len(ranked) - 1)] if ranked else None,
        )
