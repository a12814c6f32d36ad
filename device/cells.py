"""A picture in cells of 5 x 5 small pixels: which are active, and what boxes they make together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from device.types import Box

CELL = 5
"""Small pixels a side: of a picture 160 pixels wide, 32 cells."""

Cells = NDArray[np.bool_]
"""Rows x columns, True where a cell is active."""

Mask = NDArray[np.bool_]
"""Height x width of the small picture."""

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

    def spread(self, cells: Cells) -> Mask:
        """The cells as pixels of the small picture."""
        pixels = np.repeat(np.repeat(cells, CELL, axis=0), CELL, axis=1)
        return pixels[: self.height, : self.width]

    def box(self, places: list[tuple[int, int]]) -> Box:
        """Round these cells (row, column)."""
        rows = [row for row, _ in places]
        columns = [column for _, column in places]
        x, y = min(columns) * CELL / self.width, min(rows) * CELL / self.height
        right = min((max(columns) + 1) * CELL / self.width, 1.0)
        bottom = min((max(rows) + 1) * CELL / self.height, 1.0)
        return Box(x, y, right - x, bottom - y)


def groups(cells: Cells) -> list[list[tuple[int, int]]]:
    """The active cells as (row, column), those that touch or nearly touch together."""
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    near = range(-_REACH, _REACH + 1)
    found = []
    while left:
        group = [left.pop()]
        for row, column in group:  # grows while it is walked through
            around = {(row + i, column + j) for i in near for j in near} & left
            left -= around
            group += around
        found.append(group)
    return found
