"""A film of somebody who walks into the picture again and again, its frames numbered.

A photo of the samples slides over the drawn garden as fast as a person walks, rests in the
middle and goes on. The head and shoulders of 230 pixels are about 0.9 m: 1.5 m/s are 380 pixels a
second, so who comes is wholly in the picture after a third of a second.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from device import shipped
from device.film import HEIGHT, WIDTH, Film
from device.types import Pixels

RATE = 20  # frames a second
CYCLE = 16.7  # seconds between entrances: idle before each, at changing distances from keyframes
FIRST = 8.0  # seconds until the first: the camera is met before
MARK = 8  # pixels, the side of a cell of the number
BITS = 16
MASK = [[0, 0], [BITS * MARK / WIDTH, 0], [BITS * MARK / WIDTH, 0.05], [0, 0.05]]
"""Where the number is: no motion."""

_SPEED = 380.0  # pixels a second
_REST = 3.0  # seconds in the middle
_GROUND = 352
_BODY = (90, 0, 390, 512)  # left, top, right, bottom in astronaut.jpg


def entrances(seconds: float) -> list[int]:
    """The first frames that show somebody, of a film of that length."""
    count = int((seconds - FIRST) // CYCLE)
    return [round((FIRST + n * CYCLE) * RATE) + 1 for n in range(count)]


def drawing() -> Callable[[int], NDArray[np.uint8]]:
    """From a frame's number to its pixels."""
    film = Film()
    with Image.open(shipped.SAMPLES / "astronaut.jpg") as photo:
        body = photo.convert("RGB").crop(_BODY)
    body = body.resize((round(body.width * 230 / body.height), 230))
    middle = (WIDTH - body.width) // 2

    def draw(number: int) -> Pixels:
        pixels = film.frame(0.0, number)
        walked = _walked((number / RATE - FIRST) % CYCLE, middle + body.width)
        if number / RATE >= FIRST and 0 < walked < WIDTH + body.width:
            left = round(walked) - body.width
            from_, to = max(0, left), min(WIDTH, left + body.width)
            rows = slice(_GROUND - body.height, _GROUND)
            pixels[rows, from_:to] = np.asarray(body)[:, from_ - left : to - left]
        for bit in range(BITS):
            pixels[:MARK, bit * MARK : (bit + 1) * MARK] = 235 if number >> bit & 1 else 16
        return pixels

    return draw


def number_in(picture: Image.Image) -> int:
    """The number in a picture of the film, in whatever size it was kept."""
    grey = np.asarray(picture.convert("L").resize((WIDTH, HEIGHT)))
    row = grey[MARK // 2, MARK // 2 : BITS * MARK : MARK]
    return sum(1 << bit for bit, value in enumerate(row) if value > 128)


def _walked(since: float, half: float) -> float:
    """Pixels since the entrance, with a rest after `half`."""
    return min(since * _SPEED, half) + max(0.0, since - half / _SPEED - _REST) * _SPEED
