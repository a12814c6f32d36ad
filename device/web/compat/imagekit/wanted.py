"""What a client may say of a file: read out of forms and JSON, with one sentence where it is wrong.

Every function raises ValueError, whose text begins with the name of the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from device.assets import MOST_METADATA
from device.review import LONGEST
from device.vocabulary import plain

MOST_TAGS = 500
"""Characters of all tags of a file together, as at ImageKit."""

_MOST_DESCRIPTION = 1000  # characters
_NUMBERS = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?(,-?[0-9]{1,9}(\.[0-9]{1,9})?){3}")
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def flag(fields: Mapping[str, str], name: str, default: bool) -> bool:
    """A field that is `true` or `false`."""
    text = fields.get(name, "").strip().lower()
    if text and text not in _TRUTH:
        raise ValueError(f"{name} is true or false")
    return _TRUTH[text] if text else default


def tags(names: Iterable[Any], field: str = "tags") -> tuple[str, ...]:
    """The client's own tags as it spells them, each once."""
    found: dict[str, str] = {}
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"{field} is a list of strings")
        word = " ".join(name.split())
        if not plain(word):
            continue
        if len(word) > LONGEST or not word.isprintable():
            raise ValueError(f"{field}: a tag has at most {LONGEST} letters, figures and signs")
        found.setdefault(plain(word), word)
    if sum(map(len, found.values())) > MOST_TAGS:
        raise ValueError(f"{field} may have {MOST_TAGS} characters in all")
    return tuple(found.values())


def metadata(value: Any) -> dict[str, Any]:
    """`customMetadata`: names with values that keep their type; null takes one away."""
    if not isinstance(value, dict):
        raise ValueError("customMetadata is a JSON object")
    for key, one in value.items():
        inner = one if isinstance(one, list) else [one]
        if not all(part is None or isinstance(part, (str, int, float)) for part in inner):
            raise ValueError(f"customMetadata: {key[:40]} is text, a number, a truth, or a list")
    try:
        if len(json.dumps(value, allow_nan=False)) > MOST_METADATA:
            raise ValueError(f"customMetadata may have {MOST_METADATA // 1024} kB")
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("customMetadata holds half a character") from None
    except ValueError as error:
        told = str(error)
        if not told.startswith("customMetadata"):
            told = "customMetadata holds a number that JSON does not know"
        raise ValueError(told) from None
    return value


def metadata_of_form(text: str) -> dict[str, Any]:
    """The same as a JSON string."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("customMetadata is a JSON object, as a string") from None
    return {key: one for key, one in metadata(value).items() if one is not None}


def coordinates(text: Any) -> str | None:
    """`customCoordinates`: `x,y,width,height`; nothing for an empty one."""
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not _NUMBERS.fullmatch(text.replace(" ", "")):
        raise ValueError("customCoordinates is x,y,width,height")
    return text.replace(" ", "")


def description(text: Any) -> str | None:
    """Text for people."""
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > _MOST_DESCRIPTION:
        raise ValueError(f"description is a text of at most {_MOST_DESCRIPTION} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("description holds half a character") from None
    return text
