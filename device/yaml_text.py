"""One value of a YAML text set or taken away where it stands; every other character stays.

What the owner wrote is never written again: the places come from the parser's marks, and whoever
calls looks whether the result says what it should.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

Place = Sequence[str | int]


def with_value(text: str, place: Place, value: Any) -> str | None:
    """The text with the value there; sections that are missing are made.

    None where it cannot be done so: the place leads into something that has no lines of its own.
    Raises `yaml.YAMLError` for a text that is no YAML.
    """
    way = _way(text, place)
    if way is None:
        return None
    if len(way) > len(place):
        node = way[-1]
        if isinstance(node, CollectionNode) and not node.flow_style:
            cut = without(text, place)
            return cut if cut is None else with_value(cut, place, value)
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return None
        space = " " if node.start_mark.index == node.end_mark.index else ""
        return text[: node.start_mark.index] + space + _spelt(value) + text[node.end_mark.index :]
    known = max(len(way), 1)  # the root counts, also where there is none yet
    for step in reversed(place[known:]):
        value = [value] if isinstance(step, int) else {step: value}
    return _added(text, way, place[known - 1], value)


def without(text: str, place: Place) -> str | None:
    """The text without that value, and without what is left empty by that; None as above."""
    way = _way(text, place)
    if way is None or len(way) <= len(place):
        return text if way is not None else None
    while len(way) > 2 and len(way[-2].value) == 1:  # its section would be empty
        way, place = way[:-1], place[:-1]
    section, node = way[-2], way[-1]
    key = _key(section, place[-1])
    start = (key or node).start_mark.index
    if section.flow_style:
        return _cut_from_flow(text, section, node, start)
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip(" ") not in ("", "-") or (key and text[line:start].strip()):
        return None  # it shares its line with the item that it begins
    return text[:line] + text[_line_end(text, _end(text, node)) :]


def _way(text: str, place: Place) -> list[Any] | None:
    """The nodes from the root towards the place, as far as there are any; None: it is blocked."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return []
    way: list[Node] = [root]
    for step in place:
        section = way[-1]
        if isinstance(section, MappingNode) and isinstance(step, str):
            found = [value for key, value in section.value if key.value == step]
        elif isinstance(section, SequenceNode) and isinstance(step, int):
            found = section.value[step : step + 1]
        else:
            return way[:-1] if _is_null(section) and len(way) > 1 else None
        if not found:
            return way
        way.append(found[0])
    return way


def _added(text: str, way: list[Any], step: str | int, value: Any) -> str | None:
    """With a new entry or item in the last node of the way."""
    if not way:  # nothing there yet but comments
        return _on_its_own_line(text) + _block(step, value, 0) + "\n"
    section = way[-1]
    found = [value for key, value in section.value if key.value == step] if _maps(section) else []
    if found:  # it is there, and null
        [null] = found
        at, end = null.start_mark.index, null.end_mark.index
        return f"{text[:at]}{' ' if at == end else ''}{_spelt(value)}{text[end:]}"
    if section.flow_style:
        inner = _spelt(value) if isinstance(step, int) else _spelt({step: value})[1:-1]
        if not section.value:
            at = section.start_mark.index + 1
            return f"{text[:at]}{inner}{text[at:]}"
        at = _end(text, _last(section))
        return f"{text[:at]}, {inner}{text[at:]}"
    column = section.start_mark.column
    at = _line_end(text, _end(text, section))
    return _on_its_own_line(text[:at]) + _block(step, value, column) + "\n" + text[at:]


def _cut_from_flow(text: str, section: CollectionNode, node: Node, start: int) -> str:
    begins = [(key if _maps(section) else value).start_mark.index for key, value in _pairs(section)]
    number = begins.index(start)
    if number + 1 < len(begins):
        return text[:start] + text[begins[number + 1] :]
    end = _end(text, node)
    if number:
        _, before = _pairs(section)[number - 1]
        return text[: _end(text, before)] + text[end:]
    return text[:start] + text[end:]


def _block(step: str | int, value: Any, column: int) -> str:
    """An entry or item on lines of its own; a whole section gets one line for each of its keys."""
    indent = " " * column
    if isinstance(step, int):
        return f"{indent}- {_spelt(value)}"
    if column == 0 and isinstance(value, dict) and value:
        inner = [f"  {_spelt({key: inner})[1:-1]}" for key, inner in value.items()]
        return "\n".join([f"{_spelt(step)}:", *inner])
    return f"{indent}{_spelt({step: value})[1:-1]}"


def _spelt(value: Any) -> str:
    """In one line; PyYAML puts in quotation marks whatever would be read as something else."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=float("inf")
    )
    return text.removesuffix("\n").removesuffix("...").removesuffix("\n")


def _end(text: str, node: Node) -> int:
    """Behind its last character; a block's own mark lies behind the comments that follow it."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        return _end(text, _last(node))
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if getattr(node, "style", None) in ("|", ">") else end


def _line_end(text: str, index: int) -> int:
    newline = text.find("\n", index)
    return len(text) if newline < 0 else newline + 1


def _on_its_own_line(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _pairs(section: CollectionNode) -> list[tuple[Node, Node]]:
    return section.value if _maps(section) else [(item, item) for item in section.value]


def _last(section: CollectionNode) -> Node:
    return _pairs(section)[-1][1]


def _key(section: CollectionNode, step: str | int) -> Node | None:
    keys = [key for key, _ in section.value if key.value == step] if _maps(section) else []
    return keys[0] if keys else None


def _maps(node: Node) -> bool:
    return isinstance(node, MappingNode)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null"
