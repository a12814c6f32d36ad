"""Something that holds for a while before it counts, and is gone for a while before it is over."""

from __future__ import annotations


class Condition:
    """No flapping: it begins and ends only after its time without interruption."""

    def __init__(self, begins: float, ends: float) -> None:
        """Seconds that it must hold, and that it must be gone."""
        self._begins, self._ends = begins, ends
        self.active = False
        self.since = 0.0  # UTC, when it first held
        self.began = 0.0  # that moment
        self._turned: float | None = None  # the moment of the first sight against the state
        self._first = 0.0  # UTC of that sight

    def hold(self, holds: bool, moment: float, taken_at: float) -> bool:
        """What is seen now, at this steady moment and this time; True when `active` has changed."""
        if holds == self.active:
            self._turned = None
            return False
        if self._turned is None:
            self._turned, self._first = moment, taken_at
        if moment - self._turned < (self._ends if self.active else self._begins):
            return False
        self.active = holds
        if holds:
            self.since, self.began = self._first, self._turned
        self._turned = None
        return True
