"""What a made-up camera sees, and how a camera system would lay it out in memory.

Four coloured fields, and a black square that moves on with each frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from device.types import Pixels

FIELDS = ((200, 40, 40), (40, 180, 60), (40, 60, 200), (220, 220, 220))
"""Red, green, blue and bright: top left, top right, bottom left, bottom right."""

STEPS = 8
"""Places of the square, from left to right along the middle; then it begins again."""

_RUBBISH = 0xA5  # in the padding, where a real camera system leaves what was there


def scene(step: int, width: int, height: int) -> Pixels:
    """Height x width x 3: what the camera sees at a step."""
    pixels = np.empty((height, width, 3), np.uint8)
    for number, colour in enumerate(FIELDS):
        y, x = divmod(number, 2)
        pixels[y * height // 2 : (y + 1) * height // 2, x * width // 2 : (x + 1) * width // 2] = (
            colour
        )
    side = width // STEPS
    left = step % STEPS * side
    pixels[(height - side) // 2 : (height + side) // 2, left : left + side] = 0
    return pixels


def packed(pixels: Pixels, layout: str, stride: int) -> NDArray[np.uint8]:
    """The array that picamera2 makes of a picture: of planes with its padding, of RGB without.

    By its naming RGB888 has blue first and BGR888 red.
    """
    height, width = pixels.shape[:2]
    if layout in ("RGB888", "BGR888"):
        return np.ascontiguousarray(pixels[:, :, ::-1] if layout == "RGB888" else pixels)
    brightness, blue, red = Image.fromarray(pixels).convert("YCbCr").split()
    chroma = [np.asarray(one.reduce(2)) for one in (blue, red)]
    if layout in ("YVU420", "NV21"):
        chroma.reverse()
    array = np.full((height * 3 // 2, stride), _RUBBISH, np.uint8)
    array[:height, :width] = brightness
    if layout in ("NV12", "NV21"):
        array[height:, 0:width:2], array[height:, 1:width:2] = chroma
        return np.ascontiguousarray(array[:, :width])
    rows = array[height:].reshape(height, stride // 2)
    rows[: height // 2, : width // 2], rows[height // 2 :, : width // 2] = chroma
    return array
