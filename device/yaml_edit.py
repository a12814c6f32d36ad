"""Changing values of a YAML file, and leaving the rest as its owner wrote it: comments, order.

ruamel.yaml does it; its round trip keeps comments and quotation marks, and what it would write
otherwise than it was (indentation of lists) is read off the file first.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError

from device.errors import ConfigError

Place = tuple[str | int, ...]
"""The keys and numbers that lead to a value."""

GONE = object()
"""As a value: take the key away."""


def edit(text: str, changes: Mapping[Place, Any]) -> str:
    """The text with these values set or taken away (`GONE`), in their order.

    Sections that lead to a value are made where they are missing; a number one beyond the end of
    a list appends to it. Raises `ConfigError` where the text is no YAML or a place leads through
    something that is neither section nor list.
    """
    yaml = _round_trip(text)
    try:
        root = yaml.load(text) or {}
    except YAMLError as error:
        raise ConfigError([f"this is not YAML: {str(error).splitlines()[0]}"]) from None
    for place, value in changes.items():
        _change(root, place, value)
    out = io.StringIO()
    yaml.dump(root, out)
    return out.getvalue()


def _change(root: Any, place: Place, value: Any) -> None:
    section = root
    for key, following in itertools.pairwise(place):
        if not _has(section, key):
            if value is GONE:
                return
            _put(section, key, [] if isinstance(following, int) else {}, place)
        section = section[key]
    if value is not GONE:
        _put(section, place[-1], value, place)
    elif _has(section, place[-1]):
        del section[place[-1]]


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
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 10_000  # never break a line that the owner did not break
    if _indented_lists(text.splitlines()):
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _indented_lists(lines: Sequence[str]) -> bool:
    """Whether the items of lists stand further right than the key above them."""
    for above, line in itertools.pairwise(lines):
        if line.lstrip().startswith("- ") and above.rstrip().endswith(":"):
            return len(line) - len(line.lstrip()) > len(above) - len(above.lstrip())
    return False
