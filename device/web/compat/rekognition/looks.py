"""`ImageProperties`: colours and quality of the picture, and the colours of what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from device import colours
from device.colours import Colour, Part, Quality
from device.types import Box, Pixels
from device.web.compat.rekognition.labels import colour_object

_OF_THINGS = 10  # colours of one thing, as Rekognition has at most


class Looks:
    """Of one picture. In a worker thread."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels

    def whole(self, most: int, boxes: Sequence[Box]) -> dict[str, Any]:
        """`ImageProperties`, with so many colours of each part."""
        found = colours.properties(self._pixels, most, boxes)
        whole = Part(found.quality, found.colours)
        return {
            **_part(whole),
            "Foreground": _part(found.foreground),
            "Background": _part(found.background),
        }

    def of(self, box: Box) -> Sequence[Colour]:
        """The colours of what is in this box; none of a box without a pixel."""
        height, width = self._pixels.shape[:2]
        left, right = _edges(box.x, box.width, width)
        top, bottom = _edges(box.y, box.height, height)
        inside = self._pixels[top:bottom, left:right]
        return colours.dominant(inside, _OF_THINGS) if inside.size else ()


def _part(part: Part) -> dict[str, Any]:
    return {
        "Quality": _quality(part.quality),
        "DominantColors": [colour_object(one) for one in part.colours],
    }


def _quality(quality: Quality) -> dict[str, float]:
    return {
        "Brightness": quality.brightness,
        "Sharpness": quality.sharpness,
        "Contrast": quality.contrast,
    }


def _edges(start: float, length: float, pixels: int) -> tuple[int, int]:
    ends = (min(max(edge, 0.0), 1.0) for edge in (start, start + length))
    first, last = (round(end * pixels) for end in ends)
    return first, last
