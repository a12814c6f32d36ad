"""The colours of a picture, and how bright, sharp and rich in contrast it is. Pure, repeatable.

Colours, of a copy of about 80 pixels: the one with the most pixels around it in L*a*b*, then the
one with the most of what is left, up to 20; every pixel goes to the nearest, whose mean is shown.
Quality, of a copy of about 640 pixels in BT.601 luma:

- brightness: its mean, 0 black to 100 white.
- contrast: its standard deviation (RMS contrast; Peli, 1990), 0 even to 100 half black, half white.
- sharpness: how much its Laplacian varies (Pech-Pacheco et al., 2000), bent to 0..100: 50 is a
  variance of 100 squared grey levels, below which a photo looks out of focus.

The foreground is where things were found, else the middle half of the picture by its sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from device import colour_names
from device.types import Box, Pixels

MOST = 20
"""Colours that can be asked for."""

_COLOURED = 80  # pixels of the longer side in which colours are counted
_JUDGED = 640  # pixels of the longer side that quality is judged by
_FINE = 4  # bits of a channel that do not count when pixels are gathered
_CANDIDATES = 192  # the most frequent gathered colours, of which the dominant ones are chosen
_ALIKE = 15.0  # distance in L*a*b* below which two of them are one
_SHARP = 100.0  # squared grey levels
_MIDDLE = Box(0.25, 0.25, 0.5, 0.5)
_TOO_LITTLE = 0.02  # of the picture: a foreground or background that says nothing

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]
Rgb = NDArray[np.float64] | Pixels


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour of many pixels that look alike."""

    red: int  # 0..255
    green: int
    blue: int
    hex: str  # "#rrggbb"
    css: str  # the CSS name that looks most like it
    simple: str  # black, white, grey, red, orange, yellow, green, cyan, blue, purple, pink, brown
    percent: float  # of the pixels, 0..100


@dataclass(frozen=True, slots=True)
class Quality:
    """Each 0..100."""

    brightness: float
    sharpness: float
    contrast: float


@dataclass(frozen=True, slots=True)
class Part:
    """Of the foreground or the background."""

    quality: Quality
    colours: tuple[Colour, ...]  # the most frequent first


@dataclass(frozen=True, slots=True)
class Properties:
    """Of a picture."""

    quality: Quality
    colours: tuple[Colour, ...]  # the most frequent first
    foreground: Part
    background: Part


def properties(pixels: Pixels, most: int, boxes: Sequence[Box] = ()) -> Properties:
    """Of upright pixels, with at most `most` colours (0..20) of each part.

    `boxes`: where things were found.
    """
    boxes = tuple(boxes)
    small, judged = _reduced(pixels, _COLOURED), _reduced(pixels, _JUDGED).convert("L")
    colours, luma = np.asarray(small), np.asarray(judged)
    edges = _laplacian(luma)
    fore = _foreground(luma.shape, boxes)
    if not _TOO_LITTLE <= fore.mean() <= 1 - _TOO_LITTLE:
        boxes = (_MIDDLE,)
        fore = _foreground(luma.shape, boxes)
    coloured = _foreground(colours.shape[:2], boxes)

    def part(judge: Mask, count: Mask) -> Part:
        quality = _quality(luma[judge], edges[judge[1:-1, 1:-1]])
        return Part(quality, _most_frequent(colours[count], most))

    return Properties(
        _quality(luma, edges),
        _most_frequent(colours.reshape(-1, 3), most),
        part(fore, coloured),
        part(~fore, ~coloured),
    )


def dominant(pixels: Pixels, most: int) -> tuple[Colour, ...]:
    """The most frequent colours of height x width x 3 pixels, such as those of one thing."""
    return _most_frequent(np.asarray(_reduced(pixels, _COLOURED)).reshape(-1, 3), most)


def _reduced(pixels: Pixels, side: int) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return image.reduce(factor) if (factor := max(image.size) // side) > 1 else image


def _foreground(shape: tuple[int, ...], boxes: Sequence[Box]) -> Mask:
    height, width = shape
    mask = np.zeros((height, width), np.bool_)
    for box in boxes:
        left, right = (round(min(max(x, 0.0), 1.0) * width) for x in (box.x, box.x + box.width))
        top, bottom = (round(min(max(y, 0.0), 1.0) * height) for y in (box.y, box.y + box.height))
        mask[top:bottom, left:right] = True
    return mask


def _laplacian(luma: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Without the border; empty of a picture of less than 3 x 3 pixels."""
    grey = luma.astype(np.int16)
    middle = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    edges: NDArray[np.int16] = around - 4 * middle
    return edges


def _quality(luma: NDArray[np.uint8], edges: NDArray[np.int16]) -> Quality:
    if not luma.size:
        return Quality(0.0, 0.0, 0.0)
    variance = float(edges.var(dtype=np.float32)) if edges.size else 0.0
    return Quality(
        brightness=float(luma.mean()) / 255 * 100,
        sharpness=100 * variance / (variance + _SHARP),
        contrast=min(100.0, float(luma.std(dtype=np.float32)) / 127.5 * 100),
    )


def _most_frequent(pixels: Pixels, most: int) -> tuple[Colour, ...]:
    """Of N x 3 pixels."""
    if not len(pixels) or most < 1:
        return ()
    cells = (pixels >> _FINE).astype(np.int64) @ np.array([1 << 2 * (8 - _FINE), 1 << 8 - _FINE, 1])
    counts, sums = _summed(cells, pixels, np.ones(len(pixels)))
    there = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    counts, sums = counts[there], sums[there]
    places = colour_names.lab(sums / counts[:, None])
    leaders = places[_leaders(places[:_CANDIDATES], counts[:_CANDIDATES])]
    nearest = colour_names.apart(places, leaders).argmin(axis=1)
    counts, sums = _summed(nearest, sums, counts)
    order = np.argsort(-counts, kind="stable")[:most]
    means = sums[order] / counts[order, None]
    called = colour_names.names(colour_names.lab(means))
    whole = [(int(r), int(g), int(b)) for r, g, b in np.rint(means)]
    return tuple(
        Colour(*rgb, "#{:02x}{:02x}{:02x}".format(*rgb), css, simple, float(share))
        for rgb, (css, simple), share in zip(
            whole, called, counts[order] / len(pixels) * 100, strict=True
        )
    )


def _summed(group: NDArray[np.int64], rgb: Rgb, counts: Values) -> tuple[Values, Values]:
    """How many there are of each group, and the sum of their colours."""
    summed = [np.bincount(group, rgb[:, channel]) for channel in range(3)]
    return np.bincount(group, counts).astype(np.float64), np.stack(summed, axis=1)


def _leaders(places: Values, counts: Values) -> list[int]:
    """The colour with the most pixels around it, then the one among what is left, and so on."""
    near = (colour_names.apart(places, places) < _ALIKE**2).astype(np.float64)
    left = counts.copy()
    found: list[int] = []
    while left.any() and len(found) < MOST:
        best = int(np.where(left > 0, near @ left, 0).argmax())
        found.append(best)
        left[near[best] > 0] = 0
    return found
