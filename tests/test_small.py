"""The small grey picture, and the cells into which it is divided."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image
from watch_rig import Luma, Plane, frame, scene

from device.cells import Cells, Grid, groups
from device.motion import Motion
from device.small import small_grey

SCENE = scene()


def test_a_large_picture_that_sways_does_not_move() -> None:
    shapes = np.asarray(Image.fromarray(SCENE).resize((1920, 1080), Image.Resampling.NEAREST))
    motion = Motion(12, 0.0015)
    for number in range(40):
        swaying = np.roll(shapes, round(6 * math.sin(number)), number // 20)
        assert not motion.see(small_grey(frame(swaying)), number / 5).boxes


class Plain(Luma):
    """Its plane as it is, not a copy."""

    def __init__(self, plane: Plane) -> None:
        super().__init__(plane)
        self._grey = plane


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1920, 1088), (1283, 723), (640, 361), (2, 2), (20000, 2)]
)
def test_the_small_picture_is_the_same_wherever_the_rows_lie(size: tuple[int, int]) -> None:
    """In one piece, and with what a decoder leaves behind each row."""
    padded = np.random.default_rng(2).integers(0, 255, (size[1], size[0] + 32)).astype(np.uint8)
    inside = padded[:, : size[0]]
    small = small_grey(frame(Plain(np.ascontiguousarray(inside))))
    assert np.array_equal(small, small_grey(frame(Plain(inside))))
    assert abs(float(small.mean()) - float(inside.mean())) < (4 if size[1] > 2 else 60)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (161, 91), (7, 200)])
def test_any_size_has_cells(size: tuple[int, int]) -> None:
    grid = Grid(*size)
    full = np.ones(size[::-1], np.bool_)
    assert grid.counts(full).sum() == size[0] * size[1]
    box = grid.box([(row, slice(0, grid.columns)) for row in range(grid.rows)])
    assert (box.x, box.y, box.width, box.height) == (0, 0, 1, 1)


def test_cells_that_nearly_touch_are_one_group() -> None:
    cells = np.zeros((9, 9), np.bool_)
    cells[0, 0] = cells[2, 2] = cells[8, 8] = True
    assert sorted(len(group) for group in groups(cells)) == [1, 2]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 1.0])
def test_the_groups_are_those_of_a_slow_search(share: float) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        cells = rng.random((18, 32)) < share
        found = {
            frozenset((row, column) for row, run in group for column in range(run.start, run.stop))
            for group in groups(cells)
        }
        assert found == searched(cells)


def searched(cells: Cells) -> set[frozenset[tuple[int, int]]]:
    """The groups, cell by cell."""
    left = set(map(tuple, np.argwhere(cells).tolist()))
    found = set()
    while left:
        group = [left.pop()]
        for row, column in group:
            near = {(r, c) for r, c in left if max(abs(r - row), abs(c - column)) <= 2}
            left -= near
            group += near
        found.add(frozenset(group))
    return found
