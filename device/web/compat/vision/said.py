"""What was found in a picture, in Google's words. Pure.

`mid` is empty: those ids are of Google's own knowledge graph, and none is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from device.colours import Colour
from device.types import Box, Tag


def labels(tags: Iterable[Tag], most: int) -> list[dict[str, Any]]:
    """`EntityAnnotation`s: each word once, the surest first; `topicality` is as the score."""
    best: dict[str, float] = {}
    for tag in tags:
        best[tag.name] = max(_score(tag), best.get(tag.name, 0.0))
    surest = sorted(best.items(), key=lambda one: (-one[1], one[0]))[:most]
    return [
        {"mid": "", "description": _spelled(name), "score": sure, "topicality": sure}
        for name, sure in surest
    ]


def objects(tags: Iterable[Tag], most: int) -> list[dict[str, Any]]:
    """`LocalizedObjectAnnotation`s: each thing with its place, the surest first."""
    placed = [(tag, tag.box) for tag in tags if tag.box is not None]
    placed.sort(key=lambda one: -one[0].confidence)
    return [
        {
            "mid": "",
            "name": _spelled(tag.name),
            "score": _score(tag),
            "boundingPoly": {"normalizedVertices": _corners(box)},
        }
        for tag, box in placed[:most]
    ]


def properties(found: Sequence[Colour]) -> dict[str, Any]:
    """`ImageProperties`: `score` is the share among these colours."""
    whole = sum(colour.percent for colour in found) or 1.0
    told = [
        {
            "color": {"red": colour.red, "green": colour.green, "blue": colour.blue},
            "score": colour.percent / whole,
            "pixelFraction": colour.percent / 100,
        }
        for colour in found
    ]
    return {"dominantColors": {"colors": told}}


def _spelled(name: str) -> str:
    """`coffee cup` as the vendor has it: `Coffee cup`."""
    return name[:1].upper() + name[1:]


def _score(tag: Tag) -> float:
    """As it is stored: whoever asks again hears the same."""
    return round(tag.confidence, 3)


def _corners(box: Box) -> list[dict[str, float]]:
    """Clockwise from the top left, as seen."""
    right, bottom = min(1.0, box.x + box.width), min(1.0, box.y + box.height)
    places = ((box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom))
    return [{"x": round(x, 4), "y": round(y, 4)} for x, y in places]
