"""Reading a mapping of a card: every problem is noted with its place, and reading goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T", int, float, str, list[Any], dict[str, Any])
L = TypeVar("L", bound=str)


class Part:
    """One mapping of the card. What is wrong joins the one list, and a stand-in goes on."""

    def __init__(self, raw: object, place: str, problems: list[str]) -> None:
        self.raw = raw if isinstance(raw, dict) else {}
        self.place = place
        self.problems = problems
        if not isinstance(raw, dict):
            problems.append(f"{place.rstrip('.') or 'the card'} is not a mapping")

    def problem(self, key: str, text: str) -> None:
        self.problems.append(f"{self.place}{key} {text}")

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

    def choice(self, key: str, allowed: Sequence[L]) -> L:
        value = self.raw.get(key)
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
        return Part(self.raw.get(key), f"{self.place}{key}.", self.problems)

    def parts(self, key: str) -> list[Part]:
        listed = enumerate(self.get(key, list))
        return [Part(raw, f"{self.place}{key}[{i}].", self.problems) for i, raw in listed]
