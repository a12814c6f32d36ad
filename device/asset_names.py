"""Names and folders of files in the media library, cleaned as ImageKit does. Pure.

A name has letters and figures of any language, `.`, `_` and `-`; whatever else becomes `_`. They
are shown and searched, and never a path on the disk.
"""

from __future__ import annotations

import secrets
import string
import unicodedata

_LONGEST = 200  # characters of a name, or of a part of a folder
_DEEPEST = 50  # folders inside each other, as ImageKit allows
_LETTERS = string.ascii_letters + string.digits
_SUFFIX = 9  # characters


def file_name(text: str) -> str:
    """The name that a file gets for one that was asked for. Raises ValueError for an empty one."""
    if not text.strip():
        raise ValueError("a file needs a name")
    return _part(text)


def folder_name(text: str) -> str:
    """`/` or `/a/b`, without a slash at the end. Raises ValueError where it is too deep."""
    parts = [_part(part) for part in text.split("/") if part.strip()]
    if len(parts) > _DEEPEST:
        raise ValueError(f"there are at most {_DEEPEST} folders inside each other")
    return "/" + "/".join(parts)


def unique(name: str) -> str:
    """The name with a random part before its suffix: `a_x7Gh2kLm9.jpg`."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    chance = "".join(secrets.choice(_LETTERS) for _ in range(_SUFFIX))
    return f"{stem}_{chance}{dot}{suffix}"


def _part(text: str) -> str:
    known = unicodedata.normalize("NFC", text)
    found = "".join(letter if _fits(letter) else "_" for letter in known)
    if not found.strip("."):
        found = "_" * len(found)
    if len(found) > _LONGEST:
        stem, dot, suffix = found.rpartition(".")
        kept = f"{dot}{suffix}" if stem and len(suffix) < 20 else ""
        found = found[: _LONGEST - len(kept)] + kept
    return found


def _fits(letter: str) -> bool:
    return letter in "._-" or unicodedata.category(letter)[0] in "LMN"
