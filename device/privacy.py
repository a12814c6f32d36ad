"""What the owner wants nobody to see: blackened before a tagger, a file or a subscriber gets it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from device import polygon
from device.images import DecodedPicture
from device.polygon import Corners
from device.types import Pixels

_MARGIN = 2
"""Pixels blackened beyond the polygon. A picture that was read at an eighth of its size may lie up
to one of its pixels off, reduced once more up to two; colour is smeared over one more by JPEG."""


def blacken(pixels: Pixels, polygons: Sequence[Corners]) -> Pixels:
    """Set every pixel that a polygon meets, and two beyond, to 0: in place, and returned.

    `pixels` is height x width (x 3) of the upright picture in any size; they must be writable.
    """
    height, width = pixels.shape[:2]
    for corners in polygons:
        for row, start, end in polygon.spans(corners, width, height, _MARGIN):
            pixels[row, start:end] = 0
    return pixels


def hidden(picture: DecodedPicture, polygons: Sequence[Corners]) -> DecodedPicture:
    """The picture with the polygons black; the picture itself where there are none."""
    if not polygons:
        return picture
    size = (picture.width, picture.height)
    pixels = blacken(np.array(picture.pixels), polygons)
    return DecodedPicture(picture.frame_id, picture.format, size, pixels)
