"""Films that the tests draw themselves: the same drawing gives the same bytes.

`render` writes H.264 with PyAV's x264. The suffix of the path chooses the container; `.h264` is
the bare stream, and two of those, one after the other, are a stream that changes.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Drawing = Callable[[int], NDArray[np.uint8]]
"""From a frame's number to its pixels, height x width x 3, RGB."""

_MARK = 8  # pixels: the side of a cell of the number in the corner
_BITS = 16


def render(
    path: Path,
    width: int,
    height: int,
    fps: int,
    seconds: float,
    draw: Drawing,
    *,
    gop: int = 30,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
) -> Path:
    """The film at `path`: `gop` frames from keyframe to keyframe, no B-frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.time_base = Fraction(1, fps)
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = 0
        stream.codec_context.thread_count = 1
        if codec == "libx264":
            fixed = {"preset": "ultrafast", "crf": "26", "sc_threshold": "0", "threads": "1"}
            stream.options = {**fixed, **(options or {})}
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbered(width: int, height: int, *, seed: int = 1, moves_from: int = 0) -> Drawing:
    """A still, grained scene with a bright thing crossing it, and the frame's number in it."""
    grain = np.random.default_rng(seed).integers(70, 110, (height // 4 + 1, width // 4 + 1, 3))
    ground = np.kron(grain, np.ones((4, 4, 1))).astype(np.uint8)[:height, :width]

    def draw(number: int) -> NDArray[np.uint8]:
        picture = ground.copy()
        side = height // 6
        if number >= moves_from:
            x = (number - moves_from) * max(2, width // 120) % (width - side)
            picture[height // 2 : height // 2 + side, x : x + side] = (230, 60, 40)
        for bit in range(_BITS):
            value = 235 if number >> bit & 1 else 16
            picture[:_MARK, bit * _MARK : (bit + 1) * _MARK] = value
        return picture

    return draw


def number_in(grey: NDArray[np.uint8]) -> int:
    """The number that `numbered` wrote into a frame, from its brightness."""
    row = grey[_MARK // 2, _MARK // 2 : _BITS * _MARK : _MARK]
    return sum(1 << bit for bit, value in enumerate(row) if value > 128)


def plain(width: int, height: int, colour: tuple[int, int, int]) -> Drawing:
    """One colour."""
    pixels = np.full((height, width, 3), colour, dtype=np.uint8)
    return lambda _: pixels
