"""A picture in cells of 5 x 5 small pixels: which are active, and what boxes they make together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.types import Box

CELL = 5
"""Small pixels a side: of a picture 160 pixels wide, 32 cells."""

Cells = NDArray[np.bool_]
"""Rows x columns, True where a cell is active."""

Mask = NDArray[np.bool_]
"""Height x width of the small picture."""

Run = tuple[int, slice]
"""Neighbouring cells: their row and columns, which index an array of cells."""

_REACH = 2  # cells: what lies so near belongs together, as head and legs of one person do


class Grid:
    """The cells over a small picture; those at the right and lower edge may be cut off."""

    def __init__(self, width: int, height: int) -> None:
        """Of the small picture, in pixels."""
        self.width, self.height = width, height
        self.columns, self.rows = -(-width // CELL), -(-height // CELL)
        self._padded = np.zeros((self.rows * CELL, self.columns * CELL), np.uint8)

    def counts(self, mask: Mask) -> NDArray[np.uint8]:
        """Rows x columns: how many pixels of each cell are set, 0 to 25."""
        self._padded[: self.height, : self.width] = mask
        # Sums of slices: numpy is slow to add up along an axis of five.
        columns = self._padded[:, ::CELL].copy()
        for offset in range(1, CELL):
            columns += self._padded[:, offset::CELL]
        counts = columns[::CELL].copy()
        for offset in range(1, CELL):
            counts += columns[offset::CELL]
        return np.asarray(counts)

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """What holds for each cell, for the pixels of the small picture."""
        pixels = np.repeat(np.repeat(values, CELL, axis=0), CELL, axis=1)
        return pixels[: self.height, : self.width]

    def box(self, runs: Sequence[Run]) -> Box:
        """Round these cells."""
        x = min(columns.start for _, columns in runs) * CELL / self.width
        y = min(row for row, _ in runs) * CELL / self.height
        right = min(max(columns.stop for _, columns in runs) * CELL / self.width, 1.0)
        bottom = min((max(row for row, _ in runs) + 1) * CELL / self.height, 1.0)
        return Box(x, y, right - x, bottom - y)


def groups(cells: Cells) -> list[list[Run]]:
    """The active cells in runs, row by row, those that touch or nearly touch together."""
    found: list[list[Run]] = []
    for row, columns in _runs(cells):
        near = [group for group in found if any(_near(run, row, columns) for run in group)]
        joined = [run for group in near for run in group]
        found = [group for group in found if group not in near]
        found.append([*joined, (row, columns)])
    return found


def _runs(cells: Cells) -> list[Run]:
    """Each row's stretches of active cells."""
    width = cells.shape[1] + 1
    flat = np.zeros(cells.shape[0] * width + 1, np.int8)
    flat[1:].reshape(-1, width)[:, :-1] = cells  # a gap at the end of each row
    turns = np.flatnonzero(np.diff(flat)).tolist()
    return [
        (start // width, slice(start % width, start % width + end - start))
        for start, end in zip(turns[::2], turns[1::2], strict=True)
    ]


def _near(run: Run, row: int, columns: slice) -> bool:
    above, others = run
    return (
        row - above <= _REACH
        and others.start - columns.stop < _REACH
        and columns.start - others.stop < _REACH
    )
