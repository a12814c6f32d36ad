"""What is said of a picture as Rekognition's labels: ancestors too, each with its own line. Pure.

A label's categories are the topmost words above it: there is no other list of categories that the
owner would have to keep, and words of their own have one at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from device import wire
from device.colours import Colour
from device.types import Box, Tag
from device.vocabulary import Vocabulary
from device.web.compat.desk import Seen
from device.web.compat.rekognition.wanted import Filters, Wanted

Colours = Callable[[Box], Sequence[Colour]]
"""The dominant colours of a thing in the picture."""

_INITIAL = re.compile(r"(?:^|[\s(/-])\w")


@dataclass(slots=True)
class _Label:
    confidence: float = 0.0  # 0..100
    parents: tuple[str, ...] = ()
    instances: list[Tag] = field(default_factory=list)


def spelled(name: str) -> str:
    """A word as Rekognition spells labels: `coffee cup` is `Coffee Cup`."""
    return _INITIAL.sub(lambda found: found[0].upper(), name)


def listed(seen: Seen, words: Vocabulary, wanted: Wanted, colours: Colours) -> list[dict[str, Any]]:
    """`Labels`: those that are wanted, the surest first; of two equally sure by name."""
    found = _gathered(seen, words)
    passed = [
        (name, label)
        for name, label in found.items()
        if label.confidence >= wanted.least and _passes(name, label, words, wanted.filters)
    ]
    passed.sort(key=lambda one: (-one[1].confidence, one[0]))
    return [
        _object(name, label, words, wanted.least, colours) for name, label in passed[: wanted.most]
    ]


def _gathered(seen: Seen, words: Vocabulary) -> dict[str, _Label]:
    """By name, the tags and all above them."""
    found: dict[str, _Label] = {}
    implied = dict(seen.implied)
    for tag in seen.tags:
        own = found.setdefault(tag.name, _Label())
        own.parents = own.parents or tag.parents
        own.confidence = max(own.confidence, _percent(tag.confidence))
        own.instances += [tag] if tag.box else []
        for name in tag.parents:
            above = found.setdefault(name, _Label())
            above.parents = above.parents or words.parents(name)
            sure = max(tag.confidence, implied.get(name, 0.0))
            above.confidence = max(above.confidence, _percent(sure))
    return found


def _categories(name: str, parents: tuple[str, ...], words: Vocabulary) -> list[str]:
    tops = [one for one in (name, *parents) if not words.parents(one)]
    return [one for one in tops if one != name] or [parents[-1] if parents else name]


def _passes(name: str, label: _Label, words: Vocabulary, filters: Filters) -> bool:
    """By its name, a synonym or a name that it had."""
    names = {name, *_synonyms(name, words), *(o for o, n in words.renamed.items() if n == name)}
    categories = set(_categories(name, label.parents, words))
    if names & filters.not_labels or categories & filters.not_categories:
        return False
    if not (filters.labels or filters.categories):
        return True
    return bool(names & filters.labels or categories & filters.categories)


def _object(
    name: str, label: _Label, words: Vocabulary, least: float, colours: Colours
) -> dict[str, Any]:
    sure = sorted(label.instances, key=lambda tag: -tag.confidence)
    return {
        "Name": spelled(name),
        "Confidence": label.confidence,
        "Instances": [
            _instance(tag, tag.box, colours)
            for tag in sure
            if tag.box and _percent(tag.confidence) >= least
        ],
        "Parents": _named(label.parents),
        "Aliases": _named(_synonyms(name, words)),
        "Categories": _named(_categories(name, label.parents, words)),
    }


def _instance(tag: Tag, box: Box, colours: Colours) -> dict[str, Any]:
    ratio = wire.box_object(box) or {}
    return {
        "BoundingBox": {
            "Width": ratio["width"],
            "Height": ratio["height"],
            "Left": ratio["x"],
            "Top": ratio["y"],
        },
        "Confidence": _percent(tag.confidence),
        "DominantColors": [colour_object(one) for one in colours(box)],
    }


def colour_object(colour: Colour) -> dict[str, Any]:
    """One of `DominantColors`."""
    return {
        "Red": colour.red,
        "Green": colour.green,
        "Blue": colour.blue,
        "HexCode": colour.hex,
        "CSSColor": colour.css,
        "SimplifiedColor": colour.simple,
        "PixelPercent": colour.percent,
    }


def _synonyms(name: str, words: Vocabulary) -> tuple[str, ...]:
    word = words.words.get(name)
    return word.synonyms if word else ()


def _named(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"Name": spelled(name)} for name in names]


def _percent(confidence: float) -> float:
    """To a tenth, as it is stored: the same picture has the same answer, kept or not."""
    return wire.per_mille(confidence) / 10
