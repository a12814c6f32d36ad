"""Where in a picture a detector looks beside the whole: round what moves, or tile by tile.

A model of 300 x 300 pixels sees a 4K picture at a thirteenth of its width: a person who is 130
pixels tall there has 18 left. A square of 300 to 600 pixels round the motion shows all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from device.merge import inside
from device.types import Box, Look, Picture, Pixels, Tag

CROPS = 3
"""Round motion, a look. With the whole that is four runs of a model: 40 ms here, 200 ms on a small
board, which still is five looks a second."""
TILES = 8
"""Of a look that is taken every few minutes or asked for: it may cost twice as much."""

_CONTEXT = 1.5  # side of a crop over the longer side of what moves: a model wants surroundings
_NEARLY_ALL = 0.6  # of the shorter side: a larger crop shows little more than the whole does
_LARGE = 3  # times the model's side: a smaller picture's tiles found a second cat and little else
_TILE = 2  # times the model's side, at least
_OVERLAP = 0.2  # of a tile: what is smaller than that is whole in one of them
_SURE = 0.5  # confidence from which a tag explains why something moves there
_EXPLAINED = 0.5  # of what moves, inside a sure tag's box


class Part:
    """A region of a picture, as a `Picture` of its own for a tagger."""

    def __init__(self, picture: Picture, region: Box) -> None:
        self._picture, self._region = picture, region
        self.frame_id, self.format = picture.frame_id, picture.format
        self.width = max(1, round(region.width * picture.width))
        self.height = max(1, round(region.height * picture.height))

    @property
    def pixels(self) -> Pixels:
        """Read-only, of whatever size the picture was decoded in."""
        pixels, region = self._picture.pixels, self._region
        height, width = pixels.shape[:2]
        rows = slice(int(region.y * height), math.ceil((region.y + region.height) * height))
        columns = slice(int(region.x * width), math.ceil((region.x + region.width) * width))
        return pixels[rows, columns]

    def resized(self, width: int, height: int, region: Box | None = None) -> Pixels:
        """As of any picture; `region` is in 0..1 of this part."""
        return self._picture.resized(width, height, _within(self._region, region))

    def reduced(self, side: int) -> Pixels:
        """As of any picture, though not by a whole factor."""
        scale = min(1.0, side / max(self.width, self.height))
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return self.resized(*size)


def in_parts(look: Look) -> bool:
    """Whether a detector may be shown parts of the picture at this look."""
    return bool(look.moved) or _is_timely(look)


def regions(look: Look, tags: Sequence[Tag], size: tuple[int, int], least: int) -> list[Box]:
    """Where to look again, after `tags` were found in the whole picture.

    `size`: width and height of the picture in pixels; `least`: the model's longer side.
    """
    explained = [tag.box for tag in tags if tag.box and tag.confidence >= _SURE]
    open_ = [m for m in look.moved if not any(_explains(box, m) for box in explained)]
    found = crops(open_, size, least)
    large = min(size) >= _LARGE * least
    return [*found, *tiles(size, _TILE * least, TILES)] if large and _is_timely(look) else found


def crops(moved: Sequence[Box], size: tuple[int, int], least: int) -> list[Box]:
    """Squares round what moves, the largest first, at most `CROPS`."""
    width, height = size
    found: list[Box] = []
    for box in moved:
        side = max(least, _CONTEXT * max(box.width * width, box.height * height))
        if side > _NEARLY_ALL * min(width, height) or any(inside(one, box) > 0.99 for one in found):
            continue
        x = min(max((box.x + box.width / 2) * width - side / 2, 0), width - side)
        y = min(max((box.y + box.height / 2) * height - side / 2, 0), height - side)
        found.append(Box(x / width, y / height, side / width, side / height))
        if len(found) == CROPS:
            break
    return found


def tiles(size: tuple[int, int], least: int, most: int) -> list[Box]:
    """Squares that cover the picture and overlap by a fifth: as small as `least` and `most` let.

    None for a picture that one of them would nearly cover.
    """
    width, height = size
    chosen: list[Box] = []
    for rows in range(1, most + 1):
        side = min(height / (rows - (rows - 1) * _OVERLAP), width)
        columns = math.ceil(round((width / side - _OVERLAP) / (1 - _OVERLAP), 6))
        if side < least or rows * columns > most:
            break
        if rows * columns > 1:
            w, h = side / width, side / height
            chosen = [
                Box(_place(i, columns, w), _place(j, rows, h), w, h)
                for j in range(rows)
                for i in range(columns)
            ]
    return chosen


def _is_timely(look: Look) -> bool:
    """One in minutes, or one that somebody waits for."""
    return look.reason in ("interval", "asked")


def _place(index: int, count: int, length: float) -> float:
    return index * (1 - length) / (count - 1) if count > 1 else (1 - length) / 2


def _explains(box: Box, moved: Box) -> bool:
    area = moved.width * moved.height
    width = min(box.x + box.width, moved.x + moved.width) - max(box.x, moved.x)
    height = min(box.y + box.height, moved.y + moved.height) - max(box.y, moved.y)
    return max(0.0, width) * max(0.0, height) >= _EXPLAINED * area


def _within(part: Box, region: Box | None) -> Box:
    if region is None:
        return part
    return Box(
        part.x + region.x * part.width,
        part.y + region.y * part.height,
        region.width * part.width,
        region.height * part.height,
    )
