"""Things on synthetic ways, and looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from device.results import VisitChange
from device.types import Box, Tag, Visit
from device.visits import Visits

WALL = 1_800_000_000.0  # UTC of moment 0
Way = Callable[[float], Box | None]
"""Where a thing is at a moment; None: it cannot be seen."""


def thing(box: Box | None, name: str = "car", confidence: float = 0.6, **more: Any) -> Tag:
    return Tag(name, confidence, "object", "objects", "ssd@1", box=box, **more)


def at(x: float, y: float, size: float = 0.2) -> Box:
    """A square box around a middle."""
    return Box(x - size / 2, y - size / 2, size, size)


def straight(
    start: tuple[float, float], end: tuple[float, float], begin: float, seconds: float, size: float
) -> Way:
    """From start to end in so many seconds; not there before and after."""

    def way(moment: float) -> Box | None:
        part = (moment - begin) / seconds
        if not 0 <= part <= 1:
            return None
        return at(
            start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]), size
        )

    return way


def steady(box: Box, begin: float = 0.0, end: float = 1e9) -> Way:
    """It stands there from one moment to another."""
    return lambda moment: box if begin <= moment <= end else None


def moments(seconds: float, every: float = 0.2, begin: float = 0.0) -> list[float]:
    return [begin + n * every for n in range(round(seconds / every) + 1)]


class Watcher:
    """Visits of one source, and all that they said."""

    def __init__(self, visits: Visits | None = None) -> None:
        self.visits = visits or Visits("gate")
        self.changes: list[VisitChange] = []
        self.wall = WALL

    def look(self, moment: float, *tags: Tag, **more: Any) -> list[VisitChange]:
        changes = self.visits.see(tags, moment, self.wall + moment, **more)
        self.changes += changes
        return changes

    def watch(self, ways: Sequence[Way], at_moments: Iterable[float], **more: Any) -> None:
        for moment in at_moments:
            boxes = [way(moment) for way in ways]
            self.look(moment, *(thing(box, **more) for box in boxes if box is not None))

    def told(self, event: str) -> list[Visit]:
        return [one.visit for one in self.changes if one.event == event]

    @property
    def events(self) -> list[str]:
        return [one.event for one in self.changes if one.event is not None]
