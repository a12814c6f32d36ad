"""A small film made of a drawing and sample photos: a garden, who walks by, what is put down.

Deterministic: the same moment always looks the same, but for the noise of a sensor, which comes
from the number of the frame. The built-in detector sees a person and a coffee cup, and nothing in
the empty garden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from device import shipped
from device.types import Pixels

WIDTH, HEIGHT = 640, 360
LENGTH = 40.0
"""Seconds until it begins again."""

_GROUND = 352  # pixels from the top: where things stand
_NOISE = 3  # grey levels, so that no two frames are the same


@dataclass(frozen=True, slots=True)
class Walk:
    """A photo that slides through the picture, with a rest on its way."""

    sample: str
    height: int  # pixels
    starts: float  # s, at the left edge, still outside
    rests: float  # s, from here on it stands ...
    goes: float  # s, ... until here
    ends: float  # s, at the right edge, outside again
    place: float  # of the width, where it rests

    def left(self, at: float, width: int) -> int | None:
        """Its left edge in pixels; None while it is not there."""
        if not self.starts <= at < self.ends:
            return None
        rest = self.place * WIDTH
        if at < self.rests:
            return round(-width + (rest + width) * (at - self.starts) / (self.rests - self.starts))
        if at < self.goes:
            return round(rest)
        return round(rest + (WIDTH - rest) * (at - self.goes) / (self.ends - self.goes))


WALKS = (
    Walk("astronaut.jpg", 230, starts=6.0, rests=11.0, goes=11.0, ends=16.0, place=0.4),
    Walk("coffee.jpg", 150, starts=22.0, rests=24.0, goes=30.0, ends=33.0, place=0.3),
)


class Film:
    """Draws its frames. One thread."""

    def __init__(self) -> None:
        self._garden = _garden()
        self._actors = [(walk, _photo(walk)) for walk in WALKS]

    def frame(self, at: float, number: int = 0) -> Pixels:
        """The picture `at` seconds: height x width x 3, RGB; `number` seeds its noise."""
        picture = self._garden.copy()
        for walk, photo in self._actors:
            left = walk.left(at % LENGTH, photo.width)
            if left is not None:
                picture.paste(photo, (left, _GROUND - photo.height))
        pixels = np.array(picture)
        chance = np.random.default_rng(number)
        noise = chance.integers(-_NOISE, _NOISE, (HEIGHT, WIDTH, 1), dtype=np.int8, endpoint=True)
        # Nothing in it is darker or lighter than the noise reaches: no sum leaves 0..255.
        return (pixels.clip(_NOISE, 255 - _NOISE) + noise).astype(np.uint8)


def _photo(walk: Walk) -> Image.Image:
    with Image.open(shipped.SAMPLES / walk.sample) as photo:
        width = round(photo.width * walk.height / photo.height)
        small: Image.Image = photo.convert("RGB").resize((width, walk.height))
    return small


def _garden() -> Image.Image:
    """Sky, lawn, a house and a fence."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (96, 142, 74))
    draw = ImageDraw.Draw(picture)
    for row in range(200):
        draw.line((0, row, WIDTH, row), fill=(150 + row // 8, 186 + row // 10, 228))
    draw.rectangle((420, 90, 560, 204), fill=(172, 122, 90))
    draw.polygon(((408, 92), (490, 38), (572, 92)), fill=(122, 60, 52))
    draw.rectangle((472, 140, 502, 204), fill=(82, 52, 40))
    draw.rectangle((0, 200, WIDTH, 206), fill=(228, 228, 222))
    for post in range(0, WIDTH, 40):
        draw.rectangle((post, 188, post + 6, 232), fill=(228, 228, 222))
    return picture
