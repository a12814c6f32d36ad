"""The small grey picture that motion and the health of a camera are judged by.

Averaged, never merely thinned out: of 16 averaged pixels the noise of a sensor is a quarter, and a
gate on single pixels sees motion in every noisy picture.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from device import images
from device.types import Frame, Grey, Pixels

SIDE = 160
"""About the longer side, in pixels: of a 1080p picture 160 x 90."""

_PIXELS = 24  # averaged into a small one at least, where there are so many ...
_ROWS = 2  # ... from so many rows of the picture at least: with one, an edge that sways would jump


def small_grey(frame: Frame) -> Grey:
    """The brightness of a frame in about 160 x 90 pixels, averaged, upright.

    Of encoded bytes as little as can be is decoded, of a camera's own form only the luma is read.
    Raises `PictureError` for bytes that are no picture.
    """
    if isinstance(frame.data, bytes):
        picture = images.decode(frame, (SIDE, SIDE * 9 // 16))
        return np.array(Image.fromarray(picture.reduced(SIDE)).convert("L"))
    if isinstance(frame.data, np.ndarray):
        return np.array(_shrunk(frame.data).convert("L"))
    return np.array(_shrunk(frame.data.grey()))


def _shrunk(pixels: Pixels | Grey) -> Image.Image:
    factor = max(1, round(max(pixels.shape[:2]) / SIDE))
    least = max(_ROWS, math.ceil(_PIXELS / factor))
    thinned = max(1, min(factor // least, pixels.shape[0]))
    if pixels.ndim == 2 and pixels.flags.c_contiguous:  # read where it lies: a copy takes as long
        height, width = pixels.shape
        place = ("raw", "L", width * thinned, 1)
        rows = Image.frombuffer("L", (width, height // thinned), pixels, *place)
    else:
        whole = pixels.shape[0] // thinned
        rows = Image.fromarray(np.ascontiguousarray(pixels[::thinned][:whole]))
    return rows.reduce((factor, factor // thinned))
