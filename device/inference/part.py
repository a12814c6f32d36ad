"""One mapping of a card.yaml, read value by value: every problem with its line, none fatal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from device.errors import ModelError

T = TypeVar("T", int, float, str, list[Any], dict[str, Any])
L = TypeVar("L", bound=str)


class Part:
    """What is wrong joins the one list of problems, and a stand-in goes on."""

    def __init__(
        self,
        raw: object,
        place: str,
        problems: list[str],
        lines: Mapping[str, int],
        file: str = "card.yaml",
    ) -> None:
        self.raw = raw if isinstance(raw, dict) else {}
        self.file = file
        self.place = place
        self.problems = problems
        self.lines = lines
        if not isinstance(raw, dict):
            name = place.rstrip(".")
            self._say(name, f"{name or 'the card'} is not a mapping")

    def problem(self, key: str, text: str) -> None:
        self._say(f"{self.place}{key}", f"{self.place}{key} {text}")

    def get(self, key: str, kind: type[T], least: float = -math.inf, most: float = math.inf) -> T:
        value = self.raw.get(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            names = {int: "a whole number", float: "a number", str: "text", list: "a list"}
            was = "is missing" if value is None else f"is {value!r}"
            self.problem(key, f"{was}: it must be {names.get(kind, 'a mapping')}")
            return kind()
        if isinstance(value, (int, float)) and not least <= value <= most:
            self.problem(key, f"is {value}: it must be from {least:g} to {most:g}")
        return value

    def choice(self, key: str, allowed: Sequence[L], default: L | None = None) -> L:
        """One of a few words; the default, where there is one, for a key that is not there."""
        value = self.raw.get(key, default)
        if value not in allowed:
            self.problem(key, f"is {value!r}: it must be {' or '.join(allowed)}")
        return next((one for one in allowed if one == value), allowed[0])

    def numbers(self, key: str, count: int | None = None) -> tuple[float, ...]:
        values = self.get(key, list)
        sound = all(type(v) in (int, float) and v > 0 for v in values)
        if sound and len(values) == (count or len(values)):
            return tuple(float(v) for v in values)
        self.problem(key, f"is {values!r}: it must be {count or 'a list of'} numbers above 0")
        return (1.0,) * (count or 0)

    def part(self, key: str) -> Part:
        return self._inner(self.raw.get(key), key)

    def parts(self, key: str) -> list[Part]:
        return [self._inner(raw, f"{key}[{i}]") for i, raw in enumerate(self.get(key, list))]

    def _inner(self, raw: object, key: str) -> Part:
        return Part(raw, f"{self.place}{key}.", self.problems, self.lines, self.file)

    def _say(self, place: str, text: str) -> None:
        self.problems.append(f"{self.file}:{line_of(place, self.lines)}: {text}")


def line_of(place: str, lines: Mapping[str, int]) -> int:
    """The line of a key such as `input.width`; where it is missing, that of what should hold it."""
    while place not in lines and place:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines.get(place, 1)


def read(path: Path) -> tuple[object, dict[str, int]]:
    """The content of a card and the line of every key. Raises `ModelError`."""
    try:
        text = path.read_text(encoding="utf-8")
        lines: dict[str, int] = {}
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _note(root, "", lines, set())
        return yaml.safe_load(text), lines
    except FileNotFoundError:
        raise ModelError(f"{path.parent} holds no model: there is no card.yaml in it") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    except (RecursionError, ValueError) as error:
        raise ModelError(f"{path} is no card: {error or 'it is nested too deeply'}") from None


def _note(node: yaml.Node, place: str, lines: dict[str, int], done: set[int]) -> None:
    """The line of every key at and below a node; an alias brings the same node only once."""
    lines.setdefault(place, node.start_mark.line + 1)
    if id(node) in done:
        return
    done.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{place}.{key.value}" if place else str(key.value)
            lines[inner] = key.start_mark.line + 1
            _note(value, inner, lines, done)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note(value, f"{place}[{index}]", lines, done)
