"""Colours out of brightness and colour differences, by the numbers of the standards."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from device.yuv import Colours, Planes

# ITU-R BT.601-7 and BT.709-6, 8 bits: black, white and the primaries in limited range.
BT601 = {
    (16, 128, 128): (0, 0, 0),
    (235, 128, 128): (255, 255, 255),
    (81, 90, 240): (255, 0, 0),
    (145, 54, 34): (0, 255, 0),
    (41, 240, 110): (0, 0, 255),
}
BT709 = {
    (16, 128, 128): (0, 0, 0),
    (235, 128, 128): (255, 255, 255),
    (63, 102, 240): (255, 0, 0),
    (173, 42, 26): (0, 255, 0),
    (32, 240, 118): (0, 0, 255),
}


def flat(y: int, cb: int, cr: int) -> np.ndarray:
    """4 x 2 pixels of one colour as YUV420, rows padded to 8 bytes."""
    array = np.full((3, 8), 77, np.uint8)
    array[:2, :4] = y
    rows = array[2:].reshape(2, 4)
    rows[0, :2], rows[1, :2] = cb, cr
    return array


@pytest.mark.parametrize(("encoding", "known"), [("Rec601", BT601), ("Rec709", BT709)])
def test_the_primaries(encoding: str, known: dict[tuple[int, ...], tuple[int, ...]]) -> None:
    for (y, cb, cr), rgb in known.items():
        pixels = Planes(flat(y, cb, cr), 4, 2, "YUV420", Colours(encoding, full=False)).pixels()
        assert pixels.shape == (2, 4, 3)
        assert pixels[1, 3].astype(int) == pytest.approx(rgb, abs=2)


def test_full_range_is_what_jpeg_uses() -> None:
    random = np.random.default_rng(1)
    for y, cb, cr in random.integers(0, 256, (200, 3)):
        ours = Planes(flat(y, cb, cr), 4, 2).pixels()[0, 0].astype(int)
        theirs = Image.new("YCbCr", (1, 1), (int(y), int(cb), int(cr))).convert("RGB")
        assert ours == pytest.approx(theirs.getpixel((0, 0)), abs=1)


def test_an_unknown_encoding_is_taken_for_the_commonest() -> None:
    assert Colours("Smpte240M").matrix() == Colours("Rec601").matrix()


def test_the_array_is_not_frozen_with_the_view() -> None:
    array = flat(10, 128, 128)
    grey = Planes(array, 4, 2).grey()
    array[0, 0] = 200
    assert grey[0, 0] == 200
    assert not grey.flags.writeable
