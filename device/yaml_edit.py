"""Changing values of a YAML file, and leaving the rest as its owner wrote it: comments, order.

Lines are changed where they stand (`yaml_text`). Where that does not give what was asked for,
ruamel.yaml writes the file anew: its round trip keeps comments, though not always their place.
"""

from __future__ import annotations

import copy
import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError

from device import yaml_text
from device.errors import ConfigError

Place = tuple[str | int, ...]
"""The keys and numbers that lead to a value."""

GONE = object()
"""As a value: take the key away, and every section that is empty without it."""


def edit(text: str, changes: Mapping[Place, Any]) -> str:
    """The text with these values set or taken away (`GONE`), in their order.

    Sections that lead to a value are made where they are missing; a number one beyond the end of
    a list appends to it. Raises `ConfigError` where the text is no YAML or a place leads through
    something that is neither section nor list.
    """
    try:
        data = yaml.safe_load(text) or {}
    except (yaml.YAMLError, RecursionError) as error:
        told = (str(error).splitlines() or ["it is nested too deeply"])[0]
        raise ConfigError([f"this is not YAML: {told}"]) from None
    for place, value in changes.items():
        data = copy.deepcopy(data)
        _change(data, place, value)
        text = _written(text, place, value, data)
    return text


def _written(text: str, place: Place, value: Any, wanted: Any) -> str:
    """The text with one change, which must then say `wanted`."""
    new = (
        yaml_text.without(text, place)
        if value is GONE
        else yaml_text.with_value(text, place, value)
    )
    if new is None or not _says(new, wanted):
        new = _anew(text, place, value)
    if not _says(new, wanted):
        told = "this cannot be changed without touching the rest; edit the file by hand"
        raise ConfigError([f"{'.'.join(map(str, place))}: {told}"])
    return new


def _says(text: str, wanted: Any) -> bool:
    try:
        return bool((yaml.safe_load(text) or {}) == wanted)
    except yaml.YAMLError:
        return False


def _anew(text: str, place: Place, value: Any) -> str:
    round_trip = _round_trip(text)
    out = io.StringIO()
    try:
        root = round_trip.load(text) or {}
        _change(root, place, value)
        round_trip.dump(root, out)
    except YAMLError as error:
        raise ConfigError([f"this is not YAML: {str(error).splitlines()[0]}"]) from None
    return out.getvalue()


def _change(root: Any, place: Place, value: Any) -> None:
    section = root
    sections = []
    for key, following in itertools.pairwise(place):
        if not _has(section, key):
            if value is GONE:
                return
            _put(section, key, [] if isinstance(following, int) else {}, place)
        sections.append((section, key))
        section = section[key]
    if value is not GONE:
        _put(section, place[-1], value, place)
    elif _has(section, place[-1]):
        del section[place[-1]]
        for outer, key in reversed(sections):
            if outer[key]:
                break
            del outer[key]


def _has(section: Any, key: str | int) -> bool:
    if isinstance(section, list) or isinstance(key, int):
        return isinstance(section, list) and isinstance(key, int) and key < len(section)
    return isinstance(section, dict) and section.get(key) is not None


def _put(section: Any, key: str | int, value: Any, place: Place) -> None:
    if isinstance(section, list) and isinstance(key, int) and key == len(section):
        section.append(_styled(value))
    elif (isinstance(section, list) and isinstance(key, int) and key < len(section)) or (
        isinstance(section, dict) and isinstance(key, str)
    ):
        section[key] = _styled(value)  # type: ignore[index]
    else:
        raise ConfigError([f"{'.'.join(map(str, place))}: nothing can be set there"])


def _styled(value: Any) -> Any:
    """As a person would write it: what has no sections inside on one line, the rest on lines."""
    if isinstance(value, list):
        items = CommentedSeq(_styled(one) for one in value)
        if not any(isinstance(one, dict) for one in value):
            items.fa.set_flow_style()
        return items
    return {key: _styled(one) for key, one in value.items()} if isinstance(value, dict) else value


def _round_trip(text: str) -> YAML:
    round_trip = YAML(typ="rt", pure=True)
    round_trip.preserve_quotes = True
    round_trip.width = 10_000  # never break a line that the owner did not break
    if _indented_lists(text.splitlines()):
        round_trip.indent(mapping=2, sequence=4, offset=2)
    return round_trip


def _indented_lists(lines: Sequence[str]) -> bool:
    """Whether the items of lists stand further right than the key above them."""
    for above, line in itertools.pairwise(lines):
        if line.lstrip().startswith("- ") and above.rstrip().endswith(":"):
            return len(line) - len(line.lstrip()) > len(above) - len(above.lstrip())
    return False
