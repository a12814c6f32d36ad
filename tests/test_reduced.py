"""A picture shrunk by a whole factor: what a thumbnail is made of."""

from __future__ import annotations

import numpy as np
import pytest

from device import images
from device.types import Frame


def picture(width: int, height: int) -> images.DecodedPicture:
    ramp = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3)
    return images.decode(Frame("01J", "x", 0.0, (ramp % 251).astype(np.uint8)))


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((768, 432), 480, (384, 216)),
        ((640, 480), 480, (640, 480)),
        ((960, 540), 480, (480, 270)),
        ((480, 640), 480, (480, 640)),
        ((4000, 3000), 480, (500, 375)),
        ((100, 50), 480, (100, 50)),
        ((721, 3), 480, (361, 2)),
        ((1, 1), 64, (1, 1)),
    ],
)
def test_the_longer_side_comes_as_near_as_a_whole_factor_can(
    size: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    reduced = picture(*size).reduced(side)
    assert reduced.shape == (expected[1], expected[0], 3)
    assert reduced.flags.writeable


def test_each_pixel_is_the_mean_of_its_block() -> None:
    whole = picture(768, 432)
    reduced = whole.reduced(384)
    blocks = whole.pixels.reshape(216, 2, 384, 2, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(reduced - blocks).max() <= 0.5
