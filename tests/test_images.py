from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import CUT_SHORT, FINE, REFUSED, black_png, chunk, encoded, exif, photo, png, with_exif
from PIL import Image, ImageDraw, WebPImagePlugin

from device import formats, images
from device.errors import PictureError, PictureIncomplete
from device.types import Box, Frame, Pixels

RED, GREY, HALF = (255, 0, 0), (128, 128, 128), (191, 64, 64)  # half: red over grey
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import hostile
from device import formats, images
from device.types import Frame
def memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))
formats.warm_up()
images.decode(Frame("small", "s", 0.0, hostile.baseline_jpeg(700, 700)))
"""


def decode(data: bytes | Pixels, **limits: int) -> images.DecodedPicture:
    return images.decode(Frame("01J", "inbox", 0.0, data), limits=images.Limits(**limits))


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_in_one_sentence_and_at_once(name: str) -> None:
    data = REFUSED[name]()
    start = time.process_time()
    with pytest.raises(PictureError) as refused:
        decode(data)
    assert time.process_time() - start < 0.5
    assert not isinstance(refused.value, PictureIncomplete)
    said = str(refused.value)
    assert said.isprintable()
    assert 20 < len(said) < 120
    assert not any(quoted in said for quoted in ("script", "passwd", "juNk", "key", "b'", "0x"))


@pytest.mark.parametrize("name", CUT_SHORT)
def test_knows_what_ends_too_early(name: str) -> None:
    with pytest.raises(PictureIncomplete, match=r"too short|ends before"):
        decode(CUT_SHORT[name]())


@pytest.mark.parametrize("name", FINE)
def test_shows_what_only_looks_bad(name: str) -> None:
    picture = decode(FINE[name]())
    assert (picture.width, picture.height, picture.frame_id) == (96, 64, "01J")
    assert picture.pixels.mean() == pytest.approx(125, abs=4)


@pytest.mark.parametrize("seed", range(10))
def test_damage_raises_nothing_else(seed: int) -> None:
    """320 mutations in all: up to 200 wrong bytes, or a piece cut out or put in its place."""
    chance = random.Random(seed)
    seeds = [encoded(photo(), f) for f in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "AVIF")]
    for whole in (*seeds, with_exif(exif(6)), encoded(photo().quantize(9), "PNG")) * 4:
        broken = bytearray(whole)
        if chance.random() < 0.7:
            for _ in range(chance.choice((1, 3, 20, 200))):
                broken[chance.randrange(len(broken))] = chance.choice((0, 217, 255, 16))
        else:
            a, b, c = sorted(chance.randrange(len(broken)) for _ in range(3))
            broken = chance.choice((broken[:a] + broken[b:], broken[:c] + broken[a:b]))
        start = time.process_time()
        with contextlib.suppress(PictureError):
            assert decode(bytes(broken), other_pixels=4_000_000, jpeg_pixels=4_000_000).pixels.size
        assert time.process_time() - start < 1


@pytest.mark.parametrize("turn", UPRIGHT)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_turns_every_orientation_upright(turn: int, format: str) -> None:
    flat = decode(encoded(photo(), format, lossless=True)).pixels
    picture = decode(encoded(photo(), format, lossless=True, exif=exif(turn)))
    assert np.array_equal(picture.pixels, UPRIGHT[turn](flat))
    assert picture.pixels.shape == (picture.height, picture.width, 3)


def test_turns_what_says_so_behind_its_pixels() -> None:
    plain = encoded(photo(), "PNG")
    turned = plain[:-12] + chunk(b"eXIf", exif(8)[6:]) + plain[-12:]
    assert np.array_equal(decode(turned).pixels, np.rot90(np.asarray(photo())))


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3)])
def test_sixteen_bits_keep_their_greys(colour: int, channels: int) -> None:
    levels = np.arange(0, 65536, 64, dtype=">u2").reshape(32, 32, 1).repeat(channels, 2)
    rows = np.pad(levels.reshape(32, -1).view(np.uint8), ((0, 0), (1, 0)))
    shown = decode(png(32, 32, 16, colour, zlib.compress(rows.tobytes()))).pixels
    assert np.array_equal(shown, (levels >> 8).repeat(3 // channels, 2))


def flat(mode: str, colour: Any, format: str = "PNG", **options: object) -> bytes:
    image = Image.new(mode, (8, 8), colour)
    if mode == "P":
        image.putpalette(RED)
    return encoded(image, format, **options)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (flat("L", 200), (200, 200, 200)),
        (flat("L", 9, transparency=9), GREY),
        (flat("1", 1), (255,) * 3),
        (flat("LA", (255, 0)), GREY),
        (flat("RGBA", (*RED, 128)), HALF),
        (flat("RGBA", (*RED, 0)), GREY),
        (flat("RGBA", (*RED, 128), "WEBP", lossless=True), HALF),
        (flat("RGB", RED, transparency=RED), GREY),
        (flat("RGB", RED, "BMP"), RED),
        (flat("RGB", RED, "JPEG", keep_rgb=True), RED),
        (flat("CMYK", (0, 255, 255, 0), "JPEG"), RED),  # inverted, as Adobe's are
        (flat("P", 0), RED),
        (flat("P", 0, transparency=0), GREY),
        (flat("P", 0, transparency=b"\x80"), HALF),
        (flat("P", 0, "GIF", transparency=0), GREY),
        (black_png(8, 8, 16, 6), GREY),
    ],
)
def test_every_mode_becomes_rgb(data: bytes, expected: tuple[int, int, int]) -> None:
    assert np.abs(decode(data).pixels.astype(int) - expected).max() <= 2


@pytest.mark.parametrize("raw", [False, True])
def test_resized_takes_exactly_the_region(raw: bool) -> None:
    quarters = Image.new("RGB", (400, 200), "red")
    ImageDraw.Draw(quarters).rectangle((200, 0, 399, 99), "lime")
    ImageDraw.Draw(quarters).rectangle((200, 100, 399, 199), "blue")
    picture = decode(np.asarray(quarters) if raw else encoded(quarters, "PNG"))
    assert picture.format == ("RAW" if raw else "PNG")
    corner = picture.resized(37, 41, Box(0.5, 0.0, 0.5, 0.5))
    assert np.array_equal(corner, np.broadcast_to((0, 255, 0), (41, 37, 3)))
    assert picture.resized(1, 1)[0, 0] == pytest.approx((127.5, 63.75, 63.75), abs=1)
    beyond = picture.resized(9, 9, Box(0.5, 0.5, 0.7, 0.6))
    assert np.array_equal(beyond, np.broadcast_to((0, 0, 255), (9, 9, 3)))
    whole = picture.resized(400, 200)
    assert np.array_equal(whole, np.asarray(quarters))
    whole[:] = 0  # fresh: the caller's own
    assert picture.pixels.any()
    for empty in (Box(0.5, 0.5, 0.0, 0.2), Box(1.2, 0.0, 0.3, 1.0)):
        with pytest.raises(ValueError, match=r"empty|less"):
            picture.resized(9, 9, empty)


def test_resized_averages() -> None:
    fine = np.random.default_rng(1).integers(0, 256, (300, 420, 3), np.uint8)
    blocks = fine.reshape(60, 5, 60, 7, 3).mean((1, 3))
    assert np.abs(decode(fine).resized(60, 60) - blocks).mean() < 6  # 64 for single pixels


def test_pixels_are_read_only_and_arrays_pass_through() -> None:
    array = np.array(photo())
    assert np.shares_memory(decode(array).pixels, array)
    for data in (array, encoded(photo(), "JPEG")):
        with pytest.raises(ValueError, match="read-only"):
            decode(data).pixels[0, 0] = 0
    assert array.flags.writeable
    for wrong in (array[..., 0], array[..., :2], array.astype(np.float32), array[:0]):
        with pytest.raises(PictureError, match="height x width x 3"):
            decode(wrong)  # type: ignore[arg-type]


def test_limits_are_the_callers() -> None:
    data = encoded(photo(), "JPEG")
    for limit in ({"bytes": 99}, {"jpeg_pixels": 6143}, {"side": 95}, {"aspect": 1}, {"scans": 0}):
        with pytest.raises(PictureError, match=r"up to|more than"):
            decode(data, **limit)
    assert decode(data, jpeg_pixels=6144, other_pixels=0, side=96, scans=1).width == 96


def test_a_pillow_without_webp_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebPImagePlugin, "SUPPORTED", False)
    monkeypatch.setattr(images, "plugin", formats.plugin.__wrapped__)  # what it remembers, off
    with pytest.raises(PictureError, match="without WEBP: send JPEG"):
        decode(encoded(photo(), "WEBP"))


def test_two_threads_see_what_one_sees() -> None:
    files = [build() for build in FINE.values()] * 5
    alone = [decode(data).resized(30, 30) for data in files]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda data: decode(data).resized(30, 30), files))
    assert all(np.array_equal(a, b) for a, b in zip(alone, both, strict=True))


def child(code: str) -> str:
    """What a process of its own prints: its memory and its modules are nobody else's."""
    whole = CHILD.format(tests=str(Path(__file__).parent)) + code
    return subprocess.check_output((sys.executable, "-W", "error", "-c", whole), text=True)


@pytest.mark.parametrize(
    ("build", "side", "most"),  # MiB beyond the file; measured 8, 174 and 155
    [("baseline_jpeg", 9999, 30), ("progressive_jpeg", 7700, 260), ("black_png", 6300, 220)],
)
def test_memory_has_bounds(build: str, side: int, most: int) -> None:
    told = child(f"""
data = hostile.{build}({side}, {side})
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
images.decode(Frame("big", "s", 0.0, data)).resized(300, 300)
print(memory("VmHWM") - before)
""")
    assert 1 < float(told) < most


def test_no_memory_is_a_sentence_too() -> None:
    assert "too large to be decoded here" in child("""
import resource
room = int(memory("VmSize") + 60) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (room, room))
try:
    images.decode(Frame("big", "s", 0.0, hostile.black_png(6300, 6300)))
except images.PictureError as error:
    print(error)
""")


def test_nothing_but_the_six_formats_is_ever_loaded() -> None:
    loaded = child("print(*(m[4:-11] for m in sys.modules if m.endswith('ImagePlugin')))").split()
    assert set(loaded) == set(formats._PLUGINS.values())
