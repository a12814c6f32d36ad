"""Forms of an export: JSON lines, a table for spreadsheets, COCO. Pure; each yields text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from device import wire

NAMES = {"jsonl": "pictures.jsonl", "csv": "tags.csv", "coco": "coco.json"}
"""By form, the name of its file."""

Picture = dict[str, Any]
"""As the API answers it, every tag with its state."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One picture."""

    number: int
    file: str | None  # its image in the export; None where none is kept
    picture: Picture


Look = Callable[[], Iterator[Exported]]
"""Goes through the pictures; may be asked again."""

_OF_PICTURE = ("id", "source", "name", "taken_at", "width", "height", "format", "sha256")
_OF_TAG = ("name", "confidence", "kind", "tagger", "model", "state")
_EDGES = ("x", "y", "width", "height")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_lines(look: Look) -> Iterator[str]:
    """The API's own form, a picture a line."""
    for one in look():
        yield f"{wire.dumps(one.picture)}\n"


def table(look: Look) -> Iterator[str]:
    """Comma-separated, a line a tag; a picture without one has a line, too. Boxes in 0..1."""
    head = (*_OF_PICTURE, *(f"tag_{one}" for one in _OF_TAG), *(f"box_{one}" for one in _EDGES))
    yield _row(head)
    for one in look():
        picture = one.picture
        told = [picture[key] for key in _OF_PICTURE]
        for tag in picture["tags"] or [{}]:
            box = tag.get("box") or {}
            said = [tag.get(key) for key in _OF_TAG]
            yield _row((*told, *said, *(box.get(edge) for edge in _EDGES)))


def coco(look: Look) -> Iterator[str]:
    """COCO: boxes in pixels of the original as annotations; tags without one in `tags` of images.

    What people rejected is left out. Source: the format's description at cocodataset.org.
    """
    categories: dict[str, int] = {}
    yield '{"info":{"description":"exported by tagd"},"licenses":[],"images":['
    comma = ""
    for one in look():
        yield f"{comma}{wire.dumps(_image(one))}\n"
        comma = ","
    yield '],"annotations":['
    comma, count = "", 0
    for one in look():
        for tag in one.picture["tags"]:
            if tag["box"] is None or tag["state"] == "rejected":
                continue
            count += 1
            category = categories.setdefault(tag["name"], len(categories) + 1)
            said = _annotation(count, one, category, tag)
            yield f"{comma}{wire.dumps(said)}\n"
            comma = ","
    found = [{"id": number, "name": name} for name, number in categories.items()]
    yield f'],"categories":{wire.dumps(found)}}}\n'


FORMS: dict[str, Callable[[Look], Iterator[str]]] = {
    "jsonl": json_lines,
    "csv": table,
    "coco": coco,
}


def _image(one: Exported) -> dict[str, Any]:
    picture = one.picture
    whole = [tag for tag in picture["tags"] if tag["box"] is None and tag["state"] != "rejected"]
    return {
        "id": one.number,
        "file_name": one.file or picture["name"] or picture["id"],
        "width": picture["width"],
        "height": picture["height"],
        "date_captured": picture["taken_at"],
        "tagd_id": picture["id"],
        "tags": [tag["name"] for tag in whole],
    }


def _annotation(number: int, one: Exported, category: int, tag: dict[str, Any]) -> dict[str, Any]:
    wide, high = one.picture["width"], one.picture["height"]
    x, y, width, height = (tag["box"][edge] for edge in _EDGES)
    box = [round(value, 2) for value in (x * wide, y * high, width * wide, height * high)]
    return {
        "id": number,
        "image_id": one.number,
        "category_id": category,
        "bbox": box,
        "area": round(box[2] * box[3], 2),
        "iscrowd": 0,
        "score": tag["confidence"],
        "state": tag["state"],
    }


def _row(cells: tuple[Any, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_plain(cell) for cell in cells])
    return line.getvalue()


def _plain(cell: Any) -> Any:
    """A name from outside must not become a formula of a spreadsheet."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
