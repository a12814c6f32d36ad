"""What the owner wants nobody to see: blackened before anything else gets the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from device.config_base import Polygon
from device.images import DecodedPicture
from device.types import Pixels


def blacken(pixels: Pixels, polygons: Sequence[Polygon]) -> Pixels:
    """Set every pixel in and at the edge of a polygon to 0: in place, and returned.

    `pixels` is height x width x 3 of the upright picture in any size; they must be writable.
    """
    height, width = pixels.shape[:2]
    mask = Image.new("1", (width, height))
    draw = ImageDraw.Draw(mask)
    for polygon in polygons:
        draw.polygon([(x * width, y * height) for x, y in polygon], fill=1, outline=1)
    pixels[np.asarray(mask)] = 0
    return pixels


def hidden(picture: DecodedPicture, polygons: Sequence[Polygon]) -> DecodedPicture:
    """The picture with the polygons black; the picture itself where there are none."""
    if not polygons:
        return picture
    size = (picture.width, picture.height)
    pixels = blacken(np.array(picture.pixels), polygons)
    return DecodedPicture(picture.frame_id, picture.format, size, pixels)
