"""Since when something is wrong, for problems that are only known as sentences.

Figures in a sentence may change while its problem stays: it is one problem without them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass

_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong."""

    told: str
    since: float  # UTC, when it was seen first


class Troubles:
    """Any thread."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, problems: Iterable[str], now: float) -> list[Trouble]:
        """All that is wrong now, the oldest first; what is not among it any more is over."""
        told = list(problems)
        with self._lock:
            known, self._since = self._since, {}
            for problem in told:
                key = _FIGURES.sub("#", problem)
                self._since[key] = known.get(key, now)
            found = [Trouble(one, self._since[_FIGURES.sub("#", one)]) for one in told]
        return sorted(found, key=lambda one: one.since)
