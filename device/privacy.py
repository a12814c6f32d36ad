"""Parts of a picture that nobody may see: blackened before anything else looks at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from device.config_base import Polygon
from device.types import Pixels


def blacken(pixels: Pixels, polygons: Sequence[Polygon]) -> Pixels:
    """A copy whose pixels in and at the edge of these polygons are black.

    Corners are in 0..1 of the upright picture. Without polygons the pixels as they are.
    """
    if not polygons:
        return pixels
    height, width = pixels.shape[:2]
    mask = Image.new("1", (width, height))
    draw = ImageDraw.Draw(mask)
    for polygon in polygons:
        draw.polygon([(x * width, y * height) for x, y in polygon], fill=1, outline=1)
    black: Pixels = pixels.copy()
    black[np.asarray(mask)] = 0
    return black
