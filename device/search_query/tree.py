"""What a query says, as a tree of frozen conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", "<", "<=", ">", ">=", ":", "has", "exists"]
"""`:` is "begins with" and `has` "has these words" where the field is a text."""

Field = Literal[
    "source",
    "name",
    "format",
    "path",
    "width",
    "height",
    "size",
    "createdAt",
    "updatedAt",
    "reviewed",
]
"""What is said of a picture as a whole."""

TagField = Literal["confidence", "kind", "tagger", "state"]
"""What is said of a tag."""


@dataclass(frozen=True, slots=True)
class Word:
    """The name of a tag, in plain form."""

    text: str
    exact: bool  # the whole name; otherwise each tag that has it as a word


@dataclass(frozen=True, slots=True)
class Has:
    """One of these tags is there; without a word: any tag."""

    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class OfTag:
    """What must hold for every tag that is wanted beside it, and for at least one in any case."""

    field: TagField
    operator: Operator
    values: tuple[str | float, ...]  # `=`: one of them; `!=`: none of them


@dataclass(frozen=True, slots=True)
class Age:
    """A time in the past, so many seconds before the question."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Time:
    """A time, and how long what was named lasts: a day, a second."""

    at: float  # UTC seconds since the epoch
    lasts: float  # seconds


Value = str | float | Age | Time


@dataclass(frozen=True, slots=True)
class OfPicture:
    """What must hold for the picture."""

    field: Field
    operator: Operator
    values: tuple[Value, ...]  # `=`: one of them; `!=`: none of them


@dataclass(frozen=True, slots=True)
class OfFile:
    """What must hold for the file of a drop-in media library; `files` has the fields."""

    field: str
    operator: Operator
    values: tuple[Value, ...] = ()  # `=`: one of them; `!=`: none of them; `exists`: no value


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of them; without any: everything."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """One of them at least."""

    nodes: tuple[Node, ...]


Node = Has | OfTag | OfPicture | OfFile | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; an empty one finds everything."""

    node: Node = And()


def wants(node: Node) -> bool:
    """Whether a tag is named that should be there."""
    if isinstance(node, (And, Or)):
        return any(map(wants, node.nodes))
    return isinstance(node, Has)
