"""What a thing does, from the way of its foot: the definitions of docs/cameras.md. Pure.

Lengths are in sizes of the thing (the longer side of its box), so that they mean the same near
and far. Boxes tremble by about a tenth of a size and jump by half of one when something hides a
part; what is shorter than that is no movement.
"""

from __future__ import annotations

import math

from device.types import Box
from device.zones import foot

STATIONARY, ARRIVING, LEAVING = "stationary", "arriving", "leaving"
PASSING, LOITERING = "passing", "loitering"

_STEP = 0.3  # sizes between two points of the path
_REST = 0.25  # sizes within which a thing rests
_RISE = 0.5  # sizes from there at which it does no more
_DRIFT = 0.05  # weight of the newest sight in the place of rest: it finds the middle of a tremble
_PAUSE = 3.0  # s of rest that end a movement
_STAND = 10.0  # s of rest that make it stationary
_WAY = 1.0  # sizes that make a way
_SPOT = 1.5  # sizes around one place, and that must be walked there to loiter
_GROWTH = 0.2  # weight of the newest size: at the border of the picture boxes are cut off
_POINTS = 64  # of a path; then every second one goes


class Walk:
    """The way of one thing through the picture."""

    def __init__(self, box: Box, moment: float, loitering: float) -> None:
        """`loitering`: seconds about one place that count as that."""
        self._loitering = loitering
        self._size = _size(box)
        self._points = [foot(box)]  # thinned out
        self._travelled = 0.0
        self._rest, self._rest_since = foot(box), moment
        self._rested = False  # it has paused somewhere
        self._left_from: tuple[float, float] | None = None  # where it rested last
        self._spot, self._spot_since, self._spot_way = foot(box), moment, 0.0
        self._seen = moment
        self.paused = False  # it rests now
        self.done: tuple[str, ...] = ()  # actions, in order

    @property
    def path(self) -> tuple[tuple[float, float], ...]:
        """Points of its foot, at most 64."""
        return tuple(self._points)

    @property
    def stationary(self) -> bool:
        """Has it stood still for long?"""
        return self.paused and self._seen - self._rest_since >= _STAND

    def see(self, box: Box, moment: float) -> list[str]:
        """Take in a sight; the actions that begin with it."""
        self._size += _GROWTH * (_size(box) - self._size)
        self._seen = moment
        point = foot(box)
        found = self._resting(point, moment)
        step = self._apart(point, self._points[-1])
        if step >= _STEP and not self.paused:
            self._points.append(point)
            self._travelled += step
            self._spot_way += step
            if len(self._points) > _POINTS:
                self._points = [*self._points[:-1:2], point]
        return self._new([*found, *self._about(point, moment)])

    def end(self) -> list[str]:
        """It is gone: what can only be said now."""
        stayed = self._rested or LOITERING in self.done
        through = not stayed and self._apart(self._points[0], self._points[-1]) >= _WAY
        return self._new([PASSING] if through else [])

    def _resting(self, point: tuple[float, float], moment: float) -> list[str]:
        found = []
        if self._apart(point, self._rest) > (_RISE if self.paused else _REST):
            if self.paused:
                self._left_from = self._rest
            self._rest, self._rest_since, self.paused = point, moment, False
        else:
            (x, y), (x0, y0) = point, self._rest
            self._rest = (x0 + _DRIFT * (x - x0), y0 + _DRIFT * (y - y0))
        if not self.paused and moment - self._rest_since >= _PAUSE:
            if self._travelled >= _WAY:
                found.append(ARRIVING)
            self.paused = self._rested = True
            self._travelled, self._left_from = 0.0, None
        if self.stationary:
            found.append(STATIONARY)
        if self._left_from is not None and self._apart(point, self._left_from) >= _WAY:
            found.append(LEAVING)
        return found

    def _about(self, point: tuple[float, float], moment: float) -> list[str]:
        if self._apart(point, self._spot) > _SPOT:
            self._spot, self._spot_since, self._spot_way = point, moment, 0.0
        elif moment - self._spot_since >= self._loitering:
            way = self._spot_way
            self._spot_since, self._spot_way = moment, 0.0
            return [LOITERING] if way >= _SPOT else []
        return []

    def _new(self, found: list[str]) -> list[str]:
        fresh = [action for action in found if action not in self.done]
        self.done += tuple(fresh)
        return fresh

    def _apart(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        return math.hypot(one[0] - other[0], one[1] - other[1]) / self._size


def _size(box: Box) -> float:
    return max(box.width, box.height, 0.001)
