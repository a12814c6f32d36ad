"""The catalogue of public models that can be fetched: where from, under which licence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from device.errors import ModelError
from device.inference.part import Part, read

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalogue."""

    name: str
    title: str
    url: str  # http or https, of a .tflite file
    licence: str
    sha256: str | None  # hex; None: not known for certain, its owner must give it
    size: int | None  # bytes; None: not known
    labels: Path | None  # a file beside the catalogue, for a model that has none of its own
    note: str


def read_catalog(path: Path) -> dict[str, Entry]:
    """By name. Raises `ModelError` with every problem, each with its line."""
    raw, lines = read(path)
    problems: list[str] = []
    top = Part(raw, "", problems, lines, str(path))
    entries = [_entry(part, path.parent) for part in top.parts("models")]
    if problems:
        raise ModelError("; ".join(problems))
    return {entry.name: entry for entry in entries}


def sha256_of(text: str) -> str:
    """A checksum as a person types it, in lower case. Raises ValueError for what is none."""
    if not _SHA256.fullmatch(text.strip().lower()):
        raise ValueError("a SHA-256 has 64 digits of 0-9 and a-f")
    return text.strip().lower()


def _entry(part: Part, folder: Path) -> Entry:
    url = part.get("url", str)
    if urlsplit(url).scheme not in ("http", "https"):
        part.problem("url", f"is {url!r}: it must begin with https:// or http://")
    labels = _maybe(part, "labels", str)
    return Entry(
        name=part.get("name", str),
        title=part.get("title", str),
        url=url,
        licence=part.get("licence", str),
        sha256=_checksum(part),
        size=_maybe(part, "size", int),
        labels=folder / Path(labels).name if labels else None,
        note=_maybe(part, "note", str) or "",
    )


def _maybe(part: Part, key: str, kind: Any) -> Any:
    return None if part.raw.get(key) is None else part.get(key, kind)


def _checksum(part: Part) -> str | None:
    given = _maybe(part, "sha256", str)
    try:
        return None if given is None else sha256_of(given)
    except ValueError as error:
        part.problem("sha256", f"is {given!r}: {error}")
        return None
