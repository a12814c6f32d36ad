"""How good a picture of a thing is: sure, large, sharp and not cut off. Pure.

The figures only compare pictures of one thing with each other.
"""

from __future__ import annotations

import numpy as np

from device.types import Box, Pixels, Tag

_EDGE = 0.004  # of the picture: a box this near to the border is cut off there
_CUT_OFF = 0.6  # what a picture of a part is worth
_SIDE = 192  # pixels of the middle of the thing that are looked at
_NOISE = 8.0  # grey levels of contrast that a camera makes out of nothing
_GREEN = 1  # the channel that brightness is mostly made of


def worth(tag: Tag, sharp: float = 1.0) -> float:
    """From 0; for a word without a box only its confidence counts."""
    if tag.box is None:
        return tag.confidence
    size = max(tag.box.width * tag.box.height, 0.0) ** 0.5
    return float(tag.confidence * size * sharp**0.5 * (_CUT_OFF if cut_off(tag.box) else 1.0))


def cut_off(box: Box) -> bool:
    """Does it touch the border of the picture?"""
    right, bottom = box.x + box.width, box.y + box.height
    return min(box.x, box.y, 1 - right, 1 - bottom) < _EDGE


def sharpness(pixels: Pixels, box: Box) -> float:
    """How steep the edges in the box are for its contrast: 0 (nothing to see) to about 1.

    Height x width x 3 pixels of the whole picture; the middle of the box speaks for it.
    """
    height, width = pixels.shape[:2]
    rows = _middle(box.y * height, box.height * height, height)
    columns = _middle(box.x * width, box.width * width, width)
    grey = pixels[rows, columns, _GREEN].astype(np.int16)
    if min(grey.shape) < 2:
        return 0.0
    steep = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    return float(steep / (grey.std() + _NOISE))


def _middle(start: float, length: float, limit: int) -> slice:
    side = min(length, _SIDE)
    first = int(min(max(start + (length - side) / 2, 0), limit))
    return slice(first, min(limit, first + int(side)))
