"""Polygons with corners in 0..1 of the upright picture: is a point inside, which pixels are met.

What a line that crosses itself goes round is inside, however often (the winding rule): somebody
who draws a bow tie or a star over a window means all of it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Corners = tuple[tuple[float, float], ...]
"""At least three (x, y) in 0..1; the last is joined to the first."""

Span = tuple[int, int, int]
"""A row, its first pixel and the one after its last."""

_Edge = tuple[tuple[float, float], tuple[float, float]]


def inside(polygon: Corners, x: float, y: float) -> bool:
    """Whether the point lies in the polygon or on its line."""
    winding = 0
    for (x0, y0), (x1, y1) in _edges(polygon):
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        within = min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1)
        if side == 0 and within:
            return True
        if (y0 <= y) != (y1 <= y) and (side > 0) == (y1 > y0):
            winding += 1 if y1 > y0 else -1
    return winding != 0


def raster(
    polygons: Sequence[Corners], width: int, height: int, margin: int = 0
) -> NDArray[np.bool_]:
    """height x width, True for every pixel that a polygon meets, and `margin` pixels beyond."""
    mask = np.zeros((height, width), np.bool_)
    for polygon in polygons:
        for row, start, end in spans(polygon, width, height, margin):
            mask[row, start:end] = True
    return mask


@functools.lru_cache(maxsize=64)
def spans(polygon: Corners, width: int, height: int, margin: int = 0) -> tuple[Span, ...]:
    """The pixels of a width x height picture that the polygon meets, row by row, rounded outwards.

    `margin`: so many pixels more on every side. Remembered, for cameras ask it of every picture.
    """
    edges = _edges(tuple((x * width, y * height) for x, y in polygon))
    top = min(y for (_, y), _ in edges) - margin
    bottom = max(y for (_, y), _ in edges) + margin
    found: list[Span] = []
    for row in range(max(0, math.floor(top)), min(height, math.ceil(bottom))):
        stretches = _within(edges, row - margin, row + 1 + margin) + _across(edges, row + 0.5)
        end = 0
        for left, right in sorted(stretches):
            start = max(math.floor(left) - margin, end)
            end = max(end, min(math.ceil(right) + margin, width))
            if start < end:
                found.append((row, start, end))
    return tuple(found)


def _edges(points: Corners) -> list[_Edge]:
    return list(zip(points, points[1:] + points[:1], strict=True))


def _within(edges: Sequence[_Edge], low: float, high: float) -> list[tuple[float, float]]:
    """From where to where, in x, each edge runs in the band of rows from `low` to `high`."""
    stretches = []
    for (x0, y0), (x1, y1) in edges:
        if max(y0, y1) < low or min(y0, y1) > high:
            continue
        ends = [x0, x1]
        if y0 != y1:
            slope = (x1 - x0) / (y1 - y0)
            ends = [x0 + (min(max(y, low), high) - y0) * slope for y in (y0, y1)]
        stretches.append((min(ends), max(ends)))
    return stretches


def _across(edges: Sequence[_Edge], y: float) -> list[tuple[float, float]]:
    """From where to where, in x, the line at `y` is inside."""
    crossings = sorted(
        (x0 + (y - y0) * (x1 - x0) / (y1 - y0), 1 if y1 > y0 else -1)
        for (x0, y0), (x1, y1) in edges
        if (y0 <= y) != (y1 <= y)
    )
    stretches, winding = [], 0
    for index, (x, way) in enumerate(crossings):
        if winding:
            stretches.append((crossings[index - 1][0], x))
        winding += way
    return stretches
