from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import (
    EOI,
    baseline_jpeg,
    clip,
    encoded,
    exif,
    insert,
    photo,
    polyglot,
    progressive_jpeg,
    scan_by_scan_jpeg,
    segment,
    with_exif,
    with_thumbnail,
)
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from device import images, jpeg
from device.errors import PictureError, PictureIncomplete
from device.types import Frame

PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "photos"


def shown(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_a_plain_file_is_left_as_it_is() -> None:
    plain = encoded(photo(), "JPEG")
    assert jpeg.read(plain) == jpeg.Jpeg(body=plain, orientation=1, buffered=False)


def test_metadata_goes_and_the_pixels_stay() -> None:
    plain = encoded(photo(), "JPEG", quality=95)
    told = segment(0xE1, exif(6) + b"GPS 48.1 N"), segment(0xE2, b"ICC_PROFILE\0\1\1 colours")
    header = jpeg.read(insert(plain, *told, segment(0xED, b"Photoshop 3.0"), segment(0xFE, b"me")))
    assert header.body == plain
    assert header.orientation == 6


@pytest.mark.parametrize("keep_rgb", [True, False])
def test_the_segments_that_say_what_the_colours_are_stay(keep_rgb: bool) -> None:
    pure = encoded(photo(), "JPEG", keep_rgb=keep_rgb)
    assert np.array_equal(shown(jpeg.read(insert(pure, segment(0xFE, b"x"))).body), shown(pure))
    cmyk = encoded(photo().convert("CMYK"), "JPEG")
    assert np.array_equal(shown(jpeg.read(insert(cmyk, segment(0xFE, b"x"))).body), shown(cmyk))


@pytest.mark.parametrize("data", [encoded(photo(24, 16), "JPEG"), progressive_jpeg(16, 16, 9)])
def test_every_shorter_file_is_incomplete(data: bytes) -> None:
    for length in range(3, len(data)):
        with pytest.raises(PictureIncomplete):
            jpeg.read(data[:length])


def test_what_follows_the_end_does_not_matter() -> None:
    whole = encoded(photo(), "JPEG")
    for behind in (b"\0" * 999, b"\xff\xda\0\2" * 999, EOI, whole[:300], polyglot(99)):
        assert jpeg.read(whole + behind).body == whole + behind


def test_scans_are_counted_where_they_are_scans() -> None:
    assert jpeg.read(progressive_jpeg(64, 64, 64)).buffered
    with pytest.raises(PictureError, match="more than 64 scans"):
        jpeg.read(progressive_jpeg(64, 64, 65))
    assert jpeg.read(progressive_jpeg(64, 64, 65), scans=65).buffered
    jpeg.read(insert(baseline_jpeg(16, 16), segment(0xFE, b"\xff\xda" * 999)), scans=1)
    jpeg.read(with_thumbnail(), scans=1)  # 20 of them
    jpeg.read(clip("MPO", 3), scans=1)
    jpeg.read(polyglot(6_000_000), scans=1)  # some 90 times FF DA, by chance


@pytest.mark.alone
def test_twelve_thousand_scans_cost_nothing() -> None:
    bomb = progressive_jpeg(7600, 7600, 12_000)
    start = time.process_time()
    with pytest.raises(PictureError, match="scans"):
        jpeg.read(bomb)
    assert time.process_time() - start < 0.05


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\0", b"\xff\xd0", b"\xff\2", b"\xff\xfe\0\2"])
def test_no_filler_keeps_it_busy(filler: bytes) -> None:
    start = time.process_time()
    with pytest.raises(PictureError):
        jpeg.read(b"\xff\xd8" + filler * (8 * 2**20 // len(filler)))
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("data", "buffered"),
    [
        (baseline_jpeg(64, 64), False),
        (progressive_jpeg(64, 64), True),
        (scan_by_scan_jpeg(64, 64), True),
        (encoded(photo().convert("L"), "JPEG"), False),
        (encoded(photo(), "JPEG", restart_marker_blocks=1), False),
        (encoded(photo(), "JPEG", progressive=True), True),
    ],
)
def test_knows_what_a_decoder_has_to_hold(data: bytes, buffered: bool) -> None:
    assert jpeg.read(data).buffered is buffered


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"Exif\0\0", b""])
def test_reads_each_orientation_in_both_byte_orders(order: str, prefix: bytes) -> None:
    for orientation in range(1, 9):
        block = prefix + exif(orientation, order).removeprefix(b"Exif\0\0")
        assert jpeg.orientation(block) == orientation


@pytest.mark.parametrize(
    "block",
    [
        *(exif(value) for value in (0, 9, 65535)),
        exif(6, kind=4),  # a LONG, which the standard does not allow
        exif(6)[:-10],
        exif(0, entries=65535),
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0",
        None,
        "as some PNG files have it",
    ],
)
def test_a_wrong_orientation_is_upright(block: object) -> None:
    assert jpeg.orientation(block) == 1


@given(st.binary(max_size=80))
@example(b"\xff\xff\xff\xff")
def test_no_exif_block_raises(rest: bytes) -> None:
    for start in (b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"):
        assert 1 <= jpeg.orientation(start + rest) <= 8


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(rest: bytes) -> None:
    for start in (b"\xff\xd8\xff", baseline_jpeg(16, 16)[:90], with_exif(b"")[:-50]):
        with contextlib.suppress(PictureError):
            jpeg.read(start + rest)


@pytest.mark.parametrize("turn", [1, 6])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"format": "BMP"}])
def test_never_smaller_than_asked(turn: int, options: dict[str, Any]) -> None:
    data = encoded(photo(1501, 1203), **{"format": "JPEG", "exif": exif(turn), **options})
    whole = (1203, 1501) if turn == 6 and "format" not in options else (1501, 1203)
    for size in ((600, 600), (300, 300), (640, 90), (90, 640), (1, 1), (5000, 9), (1501, 1203)):
        picture = images.decode(Frame("01J", "inbox", 0.0, data), size)
        assert (picture.width, picture.height) == whole
        got = picture.pixels.shape[1::-1]
        assert all(g >= min(s, w) for g, s, w in zip(got, size, whole, strict=True)), (got, size)
        if max(size) <= 300:  # and not much larger than twice that, for speed and memory
            assert any(g < 3 * s + 9 for g, s in zip(got, size, strict=True)), (got, size)


def test_makes_a_jpeg() -> None:
    turned = images.decode(Frame("01J", "inbox", 0.0, with_exif(exif(6))))
    data = images.jpeg_bytes(turned.pixels)
    assert len(data) < 2000
    assert b"Exif" not in data
    assert images.decode(Frame("01J", "inbox", 0.0, data)).pixels.shape == turned.pixels.shape


@pytest.mark.shared
def test_photos_keep_their_pixels() -> None:
    for path in PHOTOS.glob("*.jpg"):
        data = path.read_bytes()
        assert np.array_equal(shown(jpeg.read(data, scans=12).body), shown(data)), path.name
