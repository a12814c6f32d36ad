"""What is asked of the files of a drop-in media library, as ImageKit documents its `searchQuery`.

Grammar, tags, times and sizes are those of tagd's own language; fields are of the file.
"""

from __future__ import annotations

from device.search_query import values
from device.search_query.dialect import Dialect
from device.search_query.fields import TAGS, FieldRule
from device.search_query.tree import OfFile
from device.vocabulary import plain

OWN = "customMetadata."
"""What the client keeps with a file: each name is a field of its own."""

EMBEDDED = "embeddedMetadata."
"""What stands in the file itself. Nothing of it is kept, so no file has any."""

_FORMATS = {"JPG": "JPEG"}


def _format(value: str) -> str:
    name = values.text(value).upper()
    return _FORMATS.get(name, name)


def folder(value: str) -> str:
    """The path of a folder as it is kept: `/` or `/a/b`."""
    return "/" + values.text(value).strip("/")


def _own(value: str) -> str:
    return value if value == "" else values.text(value)


_MOMENT = FieldRule(values.moment, ordered=True)
_PIXELS = FieldRule(values.pixels, ordered=True)
_FLAG = FieldRule(values.choice(("true", "false")))

RULES: dict[str, FieldRule] = {
    "name": FieldRule(values.text, text=True),
    "type": FieldRule(values.choice(("file", "file-version", "folder"))),
    "id": FieldRule(values.text),
    "createdAt": _MOMENT,
    "updatedAt": _MOMENT,
    "width": _PIXELS,
    "height": _PIXELS,
    "size": FieldRule(values.size, ordered=True),
    "format": FieldRule(_format),
    "private": _FLAG,
    "published": _FLAG,
    "transparency": _FLAG,
    "createdBy": FieldRule(values.text),
    "path": FieldRule(folder, text=True),
    OWN: FieldRule(_own, ordered=True, text=True, exists=True),
    f"{EMBEDDED}DateTimeOriginal": FieldRule(values.moment, ordered=True, exists=True),
    EMBEDDED: FieldRule(values.text, ordered=True, text=True, exists=True),
}

FILES = Dialect(RULES, {name.lower(): name for name in (TAGS, *RULES)}, OfFile, plain, stray=True)
"""Strict: each condition names its field, and AND or OR stands between two of them."""
