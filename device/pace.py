"""At most so often, whatever rhythm the others have."""

from __future__ import annotations


class Pace:
    """Lets one in a period pass; what comes a little early or late does not halve the rate."""

    def __init__(self, period: float) -> None:
        """Seconds."""
        self._period = period
        self._next = float("-inf")

    def due(self, moment: float) -> bool:
        """Whether this steady moment is the turn of one more."""
        if moment < self._next <= moment + self._period:  # beyond that the clock began anew
            return False
        # From the moment that was meant, so that lateness does not add up; but no two at once.
        late = moment - self._next
        spare = min(late, self._period / 2) if 0 <= late < self._period else 0.0
        self._next = moment + self._period - spare
        return True
