"""What several looks at parts of one picture found, each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from device.hearing import overlap
from device.types import Box, Tag

_SAME = 0.5  # intersection over union
_WITHIN = 0.7  # of the smaller box inside the other: a face of a part that the whole shows
_CUT_WITHIN = 0.3  # the same for what the edge of its part cuts: half a car beside the whole one
_AT_EDGE = 0.02  # of the part


@dataclass(frozen=True, slots=True)
class Found:
    """A tag with its box in 0..1 of the whole picture."""

    tag: Tag
    part: int  # in which look; within one the model has removed doubles itself
    cut: bool = False  # by an edge of its part that is none of the picture


def placed(tag: Tag, part: Box, number: int) -> Found:
    """A tag found in a part of the picture, with its box moved to the whole."""
    if tag.box is None:
        return Found(tag, number)
    x, y, width, height = tag.box.x, tag.box.y, tag.box.width, tag.box.height
    cut = (
        (x < _AT_EDGE and part.x > 0)
        or (y < _AT_EDGE and part.y > 0)
        or (x + width > 1 - _AT_EDGE and part.x + part.width < 1)
        or (y + height > 1 - _AT_EDGE and part.y + part.height < 1)
    )
    box = Box(
        part.x + x * part.width,
        part.y + y * part.height,
        width * part.width,
        height * part.height,
    )
    return Found(replace(tag, box=box), number, cut)


def merged(found: Sequence[Found]) -> list[Tag]:
    """Without doubles, the surest first. Of two that are one thing, a whole one stays."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.cut, -one.tag.confidence)):
        if not any(_is_one(other, one) for other in kept):
            kept.append(one)
    return sorted((one.tag for one in kept), key=lambda tag: -tag.confidence)


def _is_one(kept: Found, other: Found) -> bool:
    one, two = kept.tag.box, other.tag.box
    if kept.part == other.part or kept.tag.name != other.tag.name or not (one and two):
        return False
    within = _CUT_WITHIN if other.cut else _WITHIN
    return overlap(one, two) > _SAME or inside(one, two) > within


def inside(one: Box, other: Box) -> float:
    """How much of the smaller box lies in the other, 0..1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, width) * max(0.0, height) / smaller if smaller > 0 else 0.0
