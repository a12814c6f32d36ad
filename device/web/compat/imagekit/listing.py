"""What ImageKit's list-and-search call asks, read from its query string. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from device.library import Order, Wanted
from device.search_query import FILES, MOST_PARTS, Query, parse, values
from device.search_query.files import folder
from device.search_query.tree import And, Has, Node, Not, OfFile, Or, Word
from device.vocabulary import plain

MOST = 1000
"""Files of a page: ImageKit's own limit, and what it answers where none is given."""

_ORDERS: dict[str, Order] = {
    "NAME": "name",
    "CREATED": "made",
    "UPDATED": "updated",
    "HEIGHT": "height",
    "WIDTH": "width",
    "SIZE": "size",
    "RELEVANCE": "made",  # a file fits the query or it does not, none fits more than another
    "DURATION": "made",  # pictures have none
}
_LARGEST = 2**63 - 1  # a number that SQLite can hold


def wanted(asked: Mapping[str, str]) -> Wanted | None:
    """What the parameters mean; None: nothing that could be here.

    Raises ValueError for one that makes no sense, and `QueryError` for the `searchQuery`. Where
    that is there, `type`, `tags` and `name` say nothing.
    """
    way, _, by = (asked.get("sort") or "ASC_CREATED").upper().partition("_")
    if way not in ("ASC", "DESC") or by not in _ORDERS:
        there = ", ".join(f"ASC_{name}, DESC_{name}" for name in _ORDERS)
        raise ValueError(f"sort must be one of {there}")
    limit, skip = _number(asked, "limit", 1, MOST, MOST), _number(asked, "skip", 0, _LARGEST, 0)
    file_type = _choice(asked, "fileType", ("all", "image", "non-image"), "all")
    search = (asked.get("searchQuery") or "").strip()
    if search:
        node = parse(search, FILES).node
        files, folders = True, _asks(node, "type")
    else:
        type_ = _choice(asked, "type", ("file", "file-version", "folder", "all"), "file")
        node = And(tuple(_conditions(asked)))
        files = type_ in ("file", "all")
        folders = type_ in ("folder", "all") or _flag(asked, "includeFolder")
    if path := asked.get("path"):
        node = And((node, OfFile("path", "=", (folder(path),))))
    files = files and file_type != "non-image"
    if not files and not folders:
        return None
    return Wanted(Query(node), _ORDERS[by], way == "DESC", skip, limit, files, folders)


def _conditions(asked: Mapping[str, str]) -> list[Node]:
    """Of `tags`, one of which must be there, and `name`, which is the whole name."""
    found: list[Node] = []
    if name := asked.get("name"):
        found.append(OfFile("name", "=", (values.text(name),)))
    tags = [word for part in asked.get("tags", "").split(",") if (word := plain(part))]
    if len(tags) > MOST_PARTS:
        raise ValueError(f"tags may name {MOST_PARTS} tags")
    if tags:
        found.append(Has(tuple(Word(values.text(tag), exact=True) for tag in tags)))
    return found


def _asks(node: Node, field: str) -> bool:
    """Whether a field is asked for anywhere."""
    if isinstance(node, (And, Or)):
        return any(_asks(one, field) for one in node.nodes)
    if isinstance(node, Not):
        return _asks(node.node, field)
    return isinstance(node, OfFile) and node.field == field


def _number(asked: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    text = asked.get(name) or str(default)
    if not re.fullmatch("[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _choice(asked: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    chosen = (asked.get(name) or default).lower()
    if chosen not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}")
    return chosen


def _flag(asked: Mapping[str, str], name: str) -> bool:
    return _choice(asked, name, ("true", "false"), "false") == "true"
