"""Which pixels a polygon meets: against a slow reference, and never one too few."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.polygon import Corners, inside, raster

SQUARE: Corners = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
STAR: Corners = tuple(
    (0.5 + 0.4 * math.cos(i * 4 * math.pi / 5), 0.5 + 0.4 * math.sin(i * 4 * math.pi / 5))
    for i in range(5)
)
BOW_TIE: Corners = ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9))

corner = st.floats(0, 1, allow_nan=False, width=32)
polygons = st.lists(st.tuples(corner, corner), min_size=3, max_size=7).map(tuple)


@pytest.mark.parametrize("point", [(0.5, 0.5), (0.25, 0.5), (0.75, 0.75), (0.5, 0.25)])
def test_edges_and_corners_are_inside(point: tuple[float, float]) -> None:
    assert inside(SQUARE, *point)


@pytest.mark.parametrize("point", [(0.2, 0.5), (0.76, 0.5), (0.5, 0.2), (0.8, 0.75), (0.0, 0.0)])
def test_what_is_beside_is_outside(point: tuple[float, float]) -> None:
    assert not inside(SQUARE, *point)


def test_the_direction_of_drawing_does_not_matter() -> None:
    assert inside(SQUARE[::-1], 0.5, 0.5)
    assert not inside(SQUARE[::-1], 0.9, 0.5)


def test_the_middle_of_a_star_and_both_wings_of_a_bow_tie_are_inside() -> None:
    assert inside(STAR, 0.5, 0.5)
    assert inside(BOW_TIE, 0.2, 0.3)
    assert inside(BOW_TIE, 0.8, 0.3)
    assert not inside(BOW_TIE, 0.5, 0.1)


def test_a_square_on_the_grid_covers_exactly_its_pixels() -> None:
    mask = raster([SQUARE], 8, 4)
    assert mask.sum() == 4 * 2
    assert mask[1:3, 2:6].all()


def test_a_margin_grows_on_every_side_and_stops_at_the_border() -> None:
    mask = raster([SQUARE], 8, 4, margin=1)
    assert mask.sum() == 6 * 4
    assert raster([SQUARE], 8, 4, margin=50).all()


def test_a_polygon_within_one_pixel_covers_it() -> None:
    mask = raster([((0.51, 0.51), (0.52, 0.51), (0.52, 0.52))], 10, 10)
    assert np.argwhere(mask).tolist() == [[5, 5]]


def test_the_whole_picture() -> None:
    assert raster([((0, 0), (1, 0), (1, 1), (0, 1))], 7, 5).all()


@settings(max_examples=120, deadline=None)
@given(polygons, st.integers(1, 19), st.integers(1, 19))
def test_no_pixel_that_the_polygon_meets_is_left_out(
    polygon: Corners, width: int, height: int
) -> None:
    mask = raster([polygon], width, height)
    fine = [(i + 0.5) / 6 for i in range(6)]
    for y in range(height):
        for x in range(width):
            if any(inside(polygon, (x + i) / width, (y + j) / height) for i in fine for j in fine):
                assert mask[y, x], (x, y)


@settings(max_examples=120, deadline=None)
@given(polygons, st.integers(1, 19), st.integers(1, 19))
def test_every_covered_pixel_touches_the_polygon(polygon: Corners, width: int, height: int) -> None:
    """A pixel is met inside or by a line; the nearest point of the line then is in the pixel."""
    for y, x in np.argwhere(raster([polygon], width, height)):
        middle = inside(polygon, (x + 0.5) / width, (y + 0.5) / height)
        assert middle or any(
            _crosses(one, other, x, y, width, height)
            for one, other in zip(polygon, polygon[1:] + polygon[:1], strict=True)
        )


def _crosses(
    one: tuple[float, float],
    other: tuple[float, float],
    x: int,
    y: int,
    width: int,
    height: int,
) -> bool:
    """Liang and Barsky: does the line meet the pixel's closed square (and a hair beyond)?"""
    low, high = 0.0, 1.0
    for start, end, first in (
        (one[0] * width, other[0] * width, x),
        (one[1] * height, other[1] * height, y),
    ):
        step = end - start
        for p, q in ((-step, start - first + 1e-6), (step, first + 1 - start + 1e-6)):
            if p == 0:
                if q < 0:
                    return False
            elif p < 0:
                low = max(low, q / p)
            else:
                high = min(high, q / p)
    return low <= high + 1e-9
