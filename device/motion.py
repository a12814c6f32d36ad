"""Does something move? A small grey picture against a background that is learnt all the time.

All constants are times, so keyframes every 2 s and fifteen frames a second are judged alike. What
brightens or darkens as a whole (a cloud, a lamp that flickers, a camera that adapts to a white
van) is told by the gain between picture and background and taken out first. Measured against
noise, drift, flicker, light switches and infrared in tests/test_motion.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from device.cells import CELL, Cells, Grid, Mask, groups
from device.types import Box, Grey

_LEARN = 4.0  # s in which the background follows the picture where nothing moves
_LEARN_ACTIVE = 20.0  # s where something does: what moves slowly must not become background
_STILL = 5.0  # s without change until what came and stays, or left a hole, is background
_RECENT = 0.3  # s over which "without change" is judged
_FRESH = 0.5  # s without change until what differs is a thing at rest, or the hole that it left
_STIRRING = 0.05  # of the cells of a thing that moves must have changed so lately
_FULL = 0.4  # of the pixels of a cell that must differ
_SWITCH = 0.6  # of the picture: so much at once is light, not a thing ...
_THING = 0.25  # ... unless no more than this differs once the gain is taken out
_SUDDEN = 1.4  # a gain from one near frame to the next that no camera adapts by
_CLOSE = 0.5  # s: frames nearer than this must agree, two in a row
_SWAY = 0.5  # small pixels by which a camera shakes in the wind: no motion
_WHITE = 250.0  # grey levels from which on a pixel may have been any brighter
_DARK = 8.0  # grey levels added to both sides of the gain, so that black does not decide it
_GAIN = (0.5, 2.0)  # a picture twice as bright is another light
_SOME = (slice(1, None, 3), slice(1, None, 3))  # pixels by which the light is judged

Floats = NDArray[np.float32]
Values = TypeVar("Values", Floats, Cells)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one frame shows."""

    boxes: tuple[Box, ...]  # where it moves, the largest first; none: nothing moves
    cells: Cells  # rows x columns, for people who tune
    changed: float  # of the picture, 0..1, before gain, masks of size and confirmation
    light: bool  # the light changed: the background starts anew


class Motion:
    """Of one camera, in one thread. The size of the picture may change at any time."""

    def __init__(self, threshold: float, min_area: float) -> None:
        """`threshold` in grey levels; `min_area` of the picture, 0..1, that a thing must cover."""
        self._threshold = threshold
        self._min_area = min_area
        self._grid: Grid | None = None
        self._background = self._recent = np.zeros((0, 0), np.float32)  # the latter: apart from it
        self._since = np.zeros((0, 0))  # moments, by cell: when it last looked otherwise
        self._moment = 0.0
        self._streak = 0  # frames in a row with something in them

    def see(self, grey: Grey, moment: float, ignored: Mask | None = None) -> Movement:
        """The next small picture; `moment` in steady seconds; `ignored`: pixels that never count.

        The first picture, and one of another size, only shows what the background is.
        """
        now = grey.astype(np.float32)
        if self._grid is None or (self._grid.height, self._grid.width) != grey.shape:
            return self._begin(now, moment)
        gap = max(0.0, moment - self._moment)
        self._moment = moment
        counted = grey.size - (0 if ignored is None else int(np.count_nonzero(ignored)))
        changed, gain = self._light(now, ignored)
        level = self._background * gain
        level += _DARK * (gain - 1)
        np.minimum(level, 255.0, out=level)
        apart = now - level
        far = np.abs(apart) > self._threshold
        if ignored is not None:
            far &= ~ignored
        if np.count_nonzero(far) < _FULL * CELL * CELL:  # as it nearly always is
            return self._rest(level, apart, gap, changed)
        different = self._leaving(far, now, level)
        switched = gap < _CLOSE and not 1 / _SUDDEN < gain < _SUDDEN
        if changed > _SWITCH and (switched or np.count_nonzero(different) > _THING * counted):
            return self._begin(now, moment, changed, light=True)
        counts = self._grid.counts(different)
        cells = counts >= _FULL * CELL * CELL
        self._recent *= gain
        self._learn(level, apart, cells, gap, moment)
        boxes, kept = self._things(cells, counts, moment)
        self._streak = self._streak + 1 if boxes else 0
        if gap < _CLOSE and self._streak == 1:
            boxes = ()
        return Movement(boxes, kept, changed, False)

    def _begin(
        self, now: Floats, moment: float, changed: float = 0.0, *, light: bool = False
    ) -> Movement:
        height, width = now.shape
        self._grid = grid = Grid(width, height)
        self._background, self._recent = now, np.zeros_like(now)
        self._moment = moment
        self._since = np.full((grid.rows, grid.columns), moment)
        self._streak = 0
        return Movement((), np.zeros((grid.rows, grid.columns), np.bool_), changed, light)

    def _rest(self, level: Floats, apart: Floats, gap: float, changed: float) -> Movement:
        """Nothing differs: all of it is background, and has been until now."""
        self._recent = apart * math.exp(-gap / _LEARN)
        self._background = level + apart - self._recent
        self._since[:] = self._moment
        self._streak = 0
        return Movement((), np.zeros(self._since.shape, np.bool_), changed, False)

    def _leaving(self, far: Mask, now: Floats, level: Floats) -> Mask:
        """Where, of what is far, the picture is out of all that the background has within a pixel.

        A camera that sways in the wind shifts every edge by a part of a pixel: no motion. Only
        round what is far is looked at, one pixel more to each side.
        """
        rows, columns = (_stretch(np.any(far, axis=axis)) for axis in (1, 0))
        part, before = level[rows, columns], self._background[rows, columns]
        low, high = (
            part + (_around(part, extreme) - part) * _SWAY for extreme in (np.minimum, np.maximum)
        )
        if before.max() >= _WHITE:
            high[_around(before, np.maximum) >= _WHITE] = 255.0
        seen = now[rows, columns]
        leaving = np.zeros_like(far)
        leaving[rows, columns] = (seen < low - self._threshold) | (seen > high + self._threshold)
        return leaving & far

    def _light(self, now: Floats, ignored: Mask | None) -> tuple[float, float]:
        """How much of the picture changed, 0..1, and by what most of it became brighter.

        Every third pixel of every third row will do.
        """
        after, before = now[_SOME], self._background[_SOME]
        if ignored is not None:
            counted = ~ignored[_SOME]
            after, before = after[counted], before[counted]
        if not after.size:
            return 0.0, 1.0
        changed = np.count_nonzero(np.abs(after - before) > self._threshold) / after.size
        ratio = (after + _DARK) / (before + _DARK)
        middle = ratio.size // 2
        gain = np.partition(ratio, middle, axis=None)[middle]
        return changed, float(np.clip(gain, *_GAIN))

    def _learn(self, level: Floats, apart: Floats, cells: Cells, gap: float, moment: float) -> None:
        """What changes is told by the distance to the background: a lamp that dims alters none."""
        assert self._grid is not None
        change = apart - self._recent
        moves = np.abs(change) > self._threshold / 2
        self._since[self._grid.counts(moves) > 1] = moment
        idle = 1 - math.exp(-gap / _LEARN)
        slow = 1 - math.exp(-min(gap, _CLOSE) / _LEARN_ACTIVE)
        # A margin of one cell: the rim of a thing covers too few pixels of its cells to count.
        share = np.where(_around(cells, np.logical_or), np.float32(slow), np.float32(idle))
        share[cells & (moment - self._since > _STILL)] = 1.0
        learnt = apart * self._grid.spread(share)
        self._background = level + learnt
        change *= 1 - math.exp(-gap / _RECENT)
        change -= learnt
        self._recent += change

    def _things(
        self, cells: Cells, counts: NDArray[np.uint8], moment: float
    ) -> tuple[tuple[Box, ...], Cells]:
        """The boxes of what is large enough and stirs, the largest first, and the cells of these.

        What differs and rests is no motion: a car that has parked, or the road where one was when
        the background was learnt, which lasts until that has learnt it anew.
        """
        kept = np.zeros_like(cells)
        if self._grid is None or not cells.any():
            return (), kept
        least = self._min_area * self._grid.width * self._grid.height
        differ = counts.tolist()  # so few numbers are added up more quickly without numpy
        stirs = (moment - self._since < _FRESH).tolist()
        found = []
        for group in groups(cells):
            area = sum(sum(differ[row][run]) for row, run in group)
            size = sum(run.stop - run.start for _, run in group)
            if (
                area >= least
                and sum(sum(stirs[row][run]) for row, run in group) >= _STIRRING * size
            ):
                found.append((area, self._grid.box(group)))
                for run in group:
                    kept[run] = True
        found.sort(key=lambda one: (-one[0], one[1].x, one[1].y))
        return tuple(box for _, box in found), kept


def _around(values: Values, extreme: np.ufunc) -> Values:
    """The lowest or highest of each pixel or cell and its eight neighbours."""
    rows: Values = values.copy()
    extreme(rows[1:], values[:-1], out=rows[1:])
    extreme(rows[:-1], values[1:], out=rows[:-1])
    around: Values = rows.copy()
    extreme(around[:, 1:], rows[:, :-1], out=around[:, 1:])
    extreme(around[:, :-1], rows[:, 1:], out=around[:, :-1])
    return around


def _stretch(there: NDArray[np.bool_]) -> slice:
    """From the first to the last, and one more on each side."""
    places = np.flatnonzero(there)
    return slice(max(0, int(places[0]) - 1), int(places[-1]) + 2)
