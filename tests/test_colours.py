"""The colours of a picture, and how bright, sharp and rich in contrast it is."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor, ImageFilter

from device import colour_names
from device.colours import MOST, Quality, dominant, properties
from device.types import Box, Pixels

_PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "photos"


def _plain(colour: str, width: int = 64, height: int = 48) -> Pixels:
    return np.asarray(Image.new("RGB", (width, height), colour))


@pytest.mark.parametrize(
    ("colour", "simple"),
    [
        ("red", "red"), ("orange", "orange"), ("yellow", "yellow"), ("lime", "green"),
        ("cyan", "cyan"), ("blue", "blue"), ("purple", "purple"), ("hotpink", "pink"),
        ("saddlebrown", "brown"), ("white", "white"), ("grey", "grey"), ("black", "black"),
    ],
)  # fmt: skip
def test_one_colour_is_called_by_its_names(colour: str, simple: str) -> None:
    (found,) = dominant(_plain(colour), 5)
    rgb = ImageColor.getrgb(colour)
    assert (found.red, found.green, found.blue) == rgb
    assert found.hex == "#{:02x}{:02x}{:02x}".format(*rgb)
    assert ImageColor.getrgb(found.css) == rgb
    assert (found.simple, found.percent) == (simple, 100.0)


def test_a_dark_red_is_no_orange() -> None:
    (found,) = dominant(_plain("#c80000"), 5)
    assert found.simple == "red"


def test_every_css_colour_has_its_place_and_its_own_name() -> None:
    named = {ImageColor.getrgb(name) for name in ImageColor.colormap}
    assert len(named) == len({ImageColor.getrgb(css) for css, _ in colour_names._NAMES})
    assert len(colour_names._GROUPS) == 12


def test_lightness_is_that_of_the_standard() -> None:
    """Values of CIE 15 for sRGB: white 100, 0, 0; red 53.24, 80.09, 67.20; blue 32.30, ..."""
    rgb = np.array([[255, 255, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]], np.float64)
    known = np.array([[100, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86], [0, 0, 0]])
    assert np.allclose(colour_names.lab(rgb), known, atol=0.02)


def test_the_most_frequent_comes_first_and_the_shares_are_of_the_pixels() -> None:
    pixels = np.array(_plain("navy", 100, 100))
    pixels[:30] = ImageColor.getrgb("gold")
    pixels[30:40] = ImageColor.getrgb("white")
    found = dominant(pixels, 10)
    assert [(c.css, round(c.percent)) for c in found] == [("navy", 60), ("gold", 30), ("white", 10)]
    assert [c.css for c in dominant(pixels, 2)] == ["navy", "gold"]
    assert dominant(pixels, 0) == ()


def test_what_looks_alike_is_one_colour() -> None:
    noise = np.random.default_rng(1).integers(-6, 7, (80, 80, 3))
    found = dominant((np.array([30, 90, 200]) + noise).astype(np.uint8), 10)
    assert [c.simple for c in found] == ["blue"]


def test_quality_has_its_ends() -> None:
    assert properties(_plain("black"), 3).quality == Quality(0.0, 0.0, 0.0)
    assert properties(_plain("white"), 3).quality == Quality(100.0, 0.0, 0.0)
    half = np.array(_plain("black"))
    half[:, 32:] = 255
    assert properties(half, 3).quality.brightness == pytest.approx(50)
    assert properties(half, 3).quality.contrast == pytest.approx(100, abs=0.1)


def test_the_foreground_is_where_things_were_found() -> None:
    pixels = np.array(_plain("green", 100, 100))
    pixels[:40, :40] = 255
    found = properties(pixels, 5, [Box(0, 0, 0.4, 0.4)])
    assert [c.css for c in found.foreground.colours] == ["white"]
    assert [c.css for c in found.background.colours] == ["green"]
    assert found.foreground.quality.brightness == 100
    assert found.foreground.quality.contrast == 0


@pytest.mark.parametrize(
    "boxes", [[], [Box(0, 0, 1, 1)], [Box(0.5, 0.5, 0, 0)], [Box(-2, 3, 1, 1)]]
)
def test_without_any_it_is_the_middle(boxes: list[Box]) -> None:
    pixels = np.array(_plain("green", 100, 100))
    pixels[25:75, 25:75] = 0
    found = properties(pixels, 5, boxes)
    assert [c.css for c in found.foreground.colours] == ["black"]
    assert [c.css for c in found.background.colours] == ["green"]


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1),
    st.integers(0, MOST), st.lists(st.builds(Box, *[st.floats(-1, 2)] * 4), max_size=3),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_pixels_have_properties(
    height: int, width: int, seed: int, most: int, boxes: list[Box]
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    found = properties(pixels, most, boxes)
    assert found == properties(pixels.copy(), most, boxes)
    for part in (found, found.foreground, found.background):
        assert len(part.colours) <= most
        assert sum(c.percent for c in part.colours) <= 100.001
        shares = [c.percent for c in part.colours]
        assert shares == sorted(shares, reverse=True)
        for value in (part.quality.brightness, part.quality.sharpness, part.quality.contrast):
            assert 0 <= value <= 100


@pytest.mark.shared
@pytest.mark.skipif(not _PHOTOS.is_dir(), reason=f"needs the photos in {_PHOTOS}")
def test_real_photos_are_judged_as_a_person_would() -> None:
    took = []
    for path in sorted(_PHOTOS.glob("*.jpg")):
        image = Image.open(path).convert("RGB").resize((640, 480))
        start = time.process_time()
        sharp = properties(np.asarray(image), 10)
        took.append(time.process_time() - start)
        blurred = properties(np.asarray(image.filter(ImageFilter.GaussianBlur(3))), 10).quality
        dark = properties(np.asarray(image.point(lambda value: value // 2)), 10).quality
        assert sharp.quality.sharpness > 60 > 10 > blurred.sharpness
        assert dark.brightness < sharp.quality.brightness
        assert dark.contrast < sharp.quality.contrast
        assert len(sharp.colours) == 10
    assert min(took) < 0.1  # of the processor; 4 ms where nothing else runs
