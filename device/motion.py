"""Does something move? A small grey picture against a background that is learnt all the time.

All constants are times, so keyframes every 2 s and fifteen frames a second are judged alike. What
brightens or darkens as a whole (a cloud, a lamp that flickers, a camera that adapts to a white
van) is told by the gain between picture and background and taken out first. Measured against
noise, drift, flicker, light switches and infrared in tests/test_motion.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.cells import CELL, Cells, Grid, Mask, groups
from device.types import Box, Grey

_LEARN = 4.0  # s in which the background follows the picture where nothing moves
_LEARN_ACTIVE = 20.0  # s where something does: what moves slowly must not become background
_STILL = 5.0  # s without change until what came and stays, or left a hole, is background
_RECENT = 0.8  # s over which "without change" is judged
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
        self._background = self._recent = np.zeros((0, 0), np.float32)
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
        level = np.minimum((self._background + _DARK) * gain - _DARK, 255.0)
        far = np.abs(now - level) > self._threshold
        if ignored is not None:
            far &= ~ignored
        if np.count_nonzero(far) < _FULL * CELL * CELL:  # as it nearly always is
            return self._rest(now, level, gap, changed)
        different = far & self._leaves(now, level)
        switched = gap < _CLOSE and not 1 / _SUDDEN < gain < _SUDDEN
        if changed > _SWITCH and (switched or np.count_nonzero(different) > _THING * counted):
            return self._begin(now, moment, changed, light=True)
        counts = self._grid.counts(different)
        cells = counts >= _FULL * CELL * CELL
        self._learn(now, level, cells, gap, moment)
        boxes, kept = self._things(cells, counts)
        self._streak = self._streak + 1 if boxes else 0
        if gap < _CLOSE and self._streak == 1:
            boxes = ()
        return Movement(boxes, kept, changed, False)

    def _begin(
        self, now: Floats, moment: float, changed: float = 0.0, *, light: bool = False
    ) -> Movement:
        height, width = now.shape
        self._grid = grid = Grid(width, height)
        self._background = self._recent = now
        self._moment = moment
        self._since = np.full((grid.rows, grid.columns), moment)
        self._streak = 0
        return Movement((), np.zeros((grid.rows, grid.columns), np.bool_), changed, light)

    def _rest(self, now: Floats, level: Floats, gap: float, changed: float) -> Movement:
        """Nothing differs: all of it is background, and has been until now."""
        self._background = self._recent = level + (now - level) * (1 - math.exp(-gap / _LEARN))
        self._since[:] = self._moment
        self._streak = 0
        return Movement((), np.zeros(self._since.shape, np.bool_), changed, False)

    def _leaves(self, now: Floats, level: Floats) -> Mask:
        """Where the picture is out of what the background has within one small pixel.

        A camera that sways in the wind shifts every edge by a part of a pixel: no motion.
        """
        low, high = (
            level + (_around(level, extreme) - level) * _SWAY
            for extreme in (np.minimum, np.maximum)
        )
        high[_around(self._background, np.maximum) >= _WHITE] = 255.0
        return np.asarray((now < low - self._threshold) | (now > high + self._threshold))

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

    def _learn(self, now: Floats, level: Floats, cells: Cells, gap: float, moment: float) -> None:
        assert self._grid is not None
        moves = np.abs(now - self._recent) > self._threshold / 2
        self._recent = self._recent + (now - self._recent) * (1 - math.exp(-gap / _RECENT))
        self._since[self._grid.counts(moves) > 1] = moment
        apart = now - level
        idle = level + apart * (1 - math.exp(-gap / _LEARN))
        slow = level + apart * (1 - math.exp(-min(gap, _CLOSE) / _LEARN_ACTIVE))
        settled = cells & (moment - self._since > _STILL)
        # A margin of one cell: the rim of a thing covers too few pixels of its cells to count.
        near = _grown(cells)
        learnt = np.where(self._grid.spread(near), slow, idle)
        self._background = np.where(self._grid.spread(settled), now, learnt)

    def _things(self, cells: Cells, counts: NDArray[np.uint8]) -> tuple[tuple[Box, ...], Cells]:
        """The boxes of what is large enough, the largest first, and the cells of these."""
        kept = np.zeros_like(cells)
        if self._grid is None or not cells.any():
            return (), kept
        least = self._min_area * self._grid.width * self._grid.height
        found = []
        for group in groups(cells):
            area = sum(int(counts[place]) for place in group)
            if area >= least:
                found.append((area, self._grid.box(group)))
                kept[tuple(zip(*group, strict=True))] = True
        found.sort(key=lambda one: (-one[0], one[1].x, one[1].y))
        return tuple(box for _, box in found), kept


def _around(level: Floats, extreme: np.ufunc) -> Floats:
    """The lowest or highest of each pixel and its eight neighbours."""
    rows: Floats = level.copy()
    extreme(rows[1:], level[:-1], out=rows[1:])
    extreme(rows[:-1], level[1:], out=rows[:-1])
    around: Floats = rows.copy()
    extreme(around[:, 1:], rows[:, :-1], out=around[:, 1:])
    extreme(around[:, :-1], rows[:, 1:], out=around[:, :-1])
    return around


def _grown(cells: Cells) -> Cells:
    """The cells and all that touch them."""
    padded = np.pad(cells, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return np.asarray(rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:])
