"""What the search language means, in plain Python over pictures: the measure for the SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from device.search_query.tree import (
    Age,
    And,
    Has,
    Node,
    Not,
    OfPicture,
    OfTag,
    Or,
    Time,
    Value,
    Word,
)

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Said:
    """A word that a picture is found by."""

    name: str
    confidence: int  # per mille, of its best mention
    kind: str
    tagger: str
    state: str = "proposed"


@dataclass(frozen=True)
class Shot:
    """A picture."""

    number: int
    said: tuple[Said, ...]
    source: str
    name: str
    format: str
    width: int
    height: int
    size: int
    taken_at: float
    updated_at: float


def finds(node: Node, shot: Shot, now: float, beside: tuple[OfTag, ...] = ()) -> bool:
    """Whether the picture is meant."""
    if isinstance(node, And):
        own = tuple(one for one in node.nodes if isinstance(one, OfTag))
        rest = [one for one in node.nodes if not isinstance(one, OfTag)]
        asked = (*beside, *own)
        fits = any(all(test(one, said) for one in asked) for said in counted(shot, asked))
        return (not own or fits or any(isinstance(one, Has) for one in rest)) and all(
            finds(one, shot, now, (*beside, *own)) for one in rest
        )
    if isinstance(node, Or):
        return any(finds(one, shot, now, beside) for one in node.nodes)
    if isinstance(node, Not):
        return not finds(node.node, shot, now)
    if isinstance(node, OfTag):
        return finds(And((node,)), shot, now, beside)
    if isinstance(node, Has):
        return any(
            all(test(one, said) for one in beside)
            for said in counted(shot, beside)
            if not node.words or any(named(word, said.name) for word in node.words)
        )
    return of_picture(node, shot, now)


def counted(shot: Shot, beside: tuple[OfTag, ...]) -> list[Said]:
    """What was rejected is not there, unless states are asked for."""
    asked = any(one.field == "state" for one in beside)
    return [said for said in shot.said if asked or said.state != "rejected"]


def named(word: Word, name: str) -> bool:
    return name == word.text if word.exact else f" {word.text} " in f" {name} "


def test(asked: OfTag, said: Said) -> bool:
    have = {"kind": said.kind, "tagger": said.tagger, "state": said.state}.get(asked.field)
    if have is not None:
        return (have in asked.values) == (asked.operator == "=")
    levels = [round(float(level) * 1000, 6) for level in asked.values]
    if asked.operator == "!=":
        return said.confidence not in levels
    return any(COMPARE[asked.operator](said.confidence, level) for level in levels)


def of_picture(asked: OfPicture, shot: Shot, now: float) -> bool:
    one = any(compared(asked, value, shot, now) for value in asked.values)
    return one != (asked.operator == "!=")


def compared(asked: OfPicture, value: Value, shot: Shot, now: float) -> bool:
    have = {
        "source": shot.source,
        "name": shot.name,
        "path": f"{shot.source}/{shot.name}",
        "format": shot.format,
        "width": shot.width,
        "height": shot.height,
        "size": shot.size,
        "createdAt": shot.taken_at,
        "updatedAt": shot.updated_at,
    }[asked.field]
    sign = "=" if asked.operator == "!=" else asked.operator
    if isinstance(value, (Age, Time)):
        at = now - value.seconds if isinstance(value, Age) else value.at
        assert isinstance(have, float)
        if sign == "=":
            assert isinstance(value, Time)
            return at <= have < at + value.lasts
        return COMPARE[sign](have, at)
    if asked.field == "path":
        value = str(value).lstrip("/")
    if isinstance(have, str):
        text = str(value)
        if sign == "has":
            return text.lower() in have.lower()
        return have.startswith(text) if sign == ":" else have == text
    return COMPARE[sign](have, float(str(value)))
