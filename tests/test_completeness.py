from __future__ import annotations

import io
from pathlib import Path

import pytest
from folder_rig import picture
from PIL import Image

from device.completeness import looks_complete

SHARED = Path(__file__).parents[2] / "shared" / "data"
ENDED = ["JPEG", "PNG", "GIF", "WEBP", "BMP"]


@pytest.mark.parametrize("format", [*ENDED, "AVIF", "TIFF"])
def test_whole(format: str) -> None:
    assert looks_complete(picture(format=format))


@pytest.mark.parametrize("format", ENDED)
def test_cut_anywhere(format: str) -> None:
    data = picture(format=format)
    passed = [cut for cut in range(len(data)) if looks_complete(data[:cut])]
    if format == "GIF":  # its end is a single byte, which may stand anywhere
        passed = [cut for cut in passed if data[:cut].rstrip(b"\0\t\n\r ")[-1:] != b";"]
    assert passed == []


@pytest.mark.parametrize("format", ENDED)
@pytest.mark.parametrize("padding", [b"\0" * 4096, b"\r\n"])
def test_padding_behind_the_end(format: str, padding: bytes) -> None:
    assert looks_complete(picture(format=format) + padding)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF"])
def test_preallocated_and_half_written(format: str) -> None:
    data = picture(format=format)
    half = data[: len(data) // 2]
    assert not looks_complete(half + bytes(len(data) - len(half)))


@pytest.mark.parametrize("size", [0, 1, 11, 12, 100_000])
def test_nothing_but_zeros(size: int) -> None:
    assert not looks_complete(bytes(size))


def test_a_thumbnail_inside_is_not_the_end() -> None:
    exif = Image.Exif()
    thumbnail = picture(size=16)
    exif[0x9286] = thumbnail  # UserComment: some JPEG in the header
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "JPEG", exif=exif)
    data = file.getvalue()
    inside = data.index(thumbnail)
    assert not looks_complete(data[: inside + len(thumbnail) + 40])
    assert looks_complete(data)


def test_bmp_without_a_size() -> None:
    data = picture(format="BMP")
    assert looks_complete(data[:2] + bytes(4) + data[6:])


def test_what_is_no_picture_is_left_to_the_decoder() -> None:
    assert looks_complete(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared photos are not here")
def test_real_photos_are_whole() -> None:
    photos = [p for p in SHARED.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")][:300]
    assert photos
    assert [p.name for p in photos if not looks_complete(p.read_bytes())] == []
