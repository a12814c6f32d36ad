"""Which taggers answer for the extensions that a client asks for, and with which limits."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from device.types import Limits

_MOST = 20  # extensions of a request
_MOST_TAGS = 100


@dataclass(frozen=True, slots=True)
class Extension:
    """One that is asked for."""

    name: str
    taggers: tuple[str, ...]  # that answer for it; none: nothing here does
    min_confidence: float | None  # 0..1
    max_tags: int | None

    def entry(self, taggers: Sequence[str]) -> dict[str, Any]:
        """What is kept of it with the file, once these taggers have answered."""
        return {"taggers": list(taggers), "status": "success" if taggers else "failed"}


def asked(
    value: Any, mapped: Mapping[str, Sequence[str]], there: Collection[str]
) -> tuple[Extension, ...]:
    """From the list of a request: `minConfidence` and `min_confidence` are the same.

    `mapped`: by extension, its taggers in the config; the taggers that are `there` answer by their
    own names, too. Raises ValueError.
    """
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(f"extensions is a list of at most {_MOST} objects")
    found: dict[str, Extension] = {}
    for item in value:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"]:
            raise ValueError('each of the extensions is an object as {"name": "aws-auto-tagging"}')
        name = item["name"][:100]
        sure = _number(item, "minConfidence", "min_confidence", 100)
        most = _number(item, "maxTags", "max_tags", _MOST_TAGS)
        taggers = mapped.get(name, (name,))
        known = tuple(one for one in taggers if one in there)
        floor = None if sure is None else sure / 100
        found[name] = Extension(name, known, floor, None if most is None else int(most))
    return tuple(found.values())


def of_form(text: str) -> Any:
    """The JSON of a form's field. Raises ValueError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("extensions is a JSON list of objects, as a string") from None


def limits(extensions: Sequence[Extension]) -> Limits:
    """Only their taggers. One that answers for several says what any of them wants to hear."""
    by_tagger: dict[str, Limits] = {}
    for one in extensions:
        for tagger in one.taggers:
            nearer = Limits(one.min_confidence, max_tags=one.max_tags)
            before = by_tagger.get(tagger)
            by_tagger[tagger] = nearer if before is None else _wider(before, nearer)
    return Limits(taggers=tuple(by_tagger), by_tagger=by_tagger)


def _wider(one: Limits, other: Limits) -> Limits:
    floors, most = (one.min_confidence, other.min_confidence), (one.max_tags, other.max_tags)
    return Limits(
        None if None in floors else min(floor for floor in floors if floor is not None),
        max_tags=None if None in most else max(count for count in most if count is not None),
    )


def _number(item: Mapping[str, Any], name: str, other: str, most: int) -> float | None:
    value = item.get(name, item.get(other))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise ValueError(f"{name} is a number from 0 to {most}")
    return float(value)
