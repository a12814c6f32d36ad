"""The fields of the language: which operators each knows, and how its values are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from device.search_query import values
from device.search_query.tree import Value
from device.types import Kind, State


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What can be asked of a field."""

    read: Callable[[str], Value]  # raises ValueError with what to write
    ordered: bool = False  # knows < <= > >=
    text: bool = False  # knows : as "begins with", and HAS
    exists: bool = False  # knows EXISTS


TAGS = "tags"

RULES: dict[str, FieldRule] = {
    "confidence": FieldRule(values.confidence, ordered=True),
    "kind": FieldRule(values.choice(get_args(Kind))),
    "tagger": FieldRule(values.text),
    "state": FieldRule(values.choice(get_args(State))),
    "source": FieldRule(values.text),
    "name": FieldRule(values.text, text=True),
    "path": FieldRule(values.text, text=True),
    "format": FieldRule(lambda value: values.text(value).upper()),
    "width": FieldRule(values.pixels, ordered=True),
    "height": FieldRule(values.pixels, ordered=True),
    "size": FieldRule(values.size, ordered=True),
    "createdAt": FieldRule(values.moment, ordered=True),
    "updatedAt": FieldRule(values.moment, ordered=True),
    "reviewed": FieldRule(values.reviewed),
}
"""Each field as it is spelt; its name may be written in any case."""

OF_TAGS = ("confidence", "kind", "tagger", "state")
BY_NAME = {name.lower(): name for name in (TAGS, *RULES)}
