"""A perceptual hash: pictures that look alike differ in few of its 64 bits. Pure.

The DCT hash as Zauner describes it (Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010): 32 x 32 grey levels, their cosine transform, of its 8 x 8 lowest frequencies a bit
each, 1 where it is above the median. Other programs blur or round differently, so hashes are
compared with those of tagd only.
"""

from __future__ import annotations

import numpy as np

from device.types import Pixels

SIDE = 32
"""Pixels of the square that is looked at."""

_LOW = 8
_STEPS = np.arange(SIDE)
_WAVES = np.cos(np.pi * np.outer(np.arange(_LOW), 2 * _STEPS + 1) / (2 * SIDE))
"""DCT-II: a row for each frequency."""


def phash(pixels: Pixels) -> str:
    """16 hexadecimal figures of a 32 x 32 x 3 picture; all zeros for one without any contrast."""
    grey = pixels @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    low = _WAVES @ grey @ _WAVES.T
    # Without rounding, the noise of the last digits would decide about a plain picture.
    low = np.round(low, 3).ravel()
    bits = low > np.median(low[1:])
    bits[0] = False  # how bright it is on the whole says nothing of what is in it
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"
