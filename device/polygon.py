"""Whether a point lies in a polygon. Pure."""

from __future__ import annotations

from collections.abc import Sequence

Points = Sequence[tuple[float, float]]


def inside(polygon: Points, x: float, y: float) -> bool:
    """Does the point lie in it? By the even-odd rule, which also takes a figure of eight."""
    odd = False
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd
