"""A query as this database understands it: tags become numbers of labels, sources their numbers.

What is said of tags beside a wanted tag (`confidence >= 0.6`) goes to that tag here, also into
parentheses but never below a NOT; and at least one tag must fulfil all of it in any case.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from device.search_query.tree import And, Has, Node, Not, OfFile, OfPicture, OfTag, Or, Word
from device.store.terms import escaped

ANY = None
"""In place of labels: whatever it is called."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """One of these labels is said, and said so."""

    labels: tuple[int, ...] | None
    tests: tuple[OfTag, ...] = ()  # confidence and state


@dataclass(frozen=True, slots=True)
class Picture:
    """A condition on the picture; for `source` with the numbers of those that it names."""

    asked: OfPicture
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A condition on the file of a media library."""

    asked: OfFile


@dataclass(frozen=True, slots=True)
class Opposite:
    """Not that."""

    part: Part


@dataclass(frozen=True, slots=True)
class Every:
    """All of these; without any: everything."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of these at least."""

    parts: tuple[Part, ...]


Part = Mentioned | Picture | File | Opposite | Every | Some


def resolve(db: sqlite3.Connection, node: Node, beside: tuple[OfTag, ...] = ()) -> Part:
    """The node, with what is said beside it of the tags that are wanted."""
    if isinstance(node, And):
        return _every(db, node.nodes, beside)
    if isinstance(node, Or):
        return Some(tuple(resolve(db, one, beside) for one in node.nodes))
    if isinstance(node, Not):
        return Opposite(resolve(db, node.node))
    if isinstance(node, OfPicture):
        return Picture(node, _sources(db, node) if node.field == "source" else ())
    if isinstance(node, OfFile):
        return File(node)
    if isinstance(node, OfTag):
        return _mentioned(db, (), (*beside, node))
    return _mentioned(db, node.words, beside)


def _every(db: sqlite3.Connection, nodes: Sequence[Node], beside: tuple[OfTag, ...]) -> Every:
    own = tuple(node for node in nodes if isinstance(node, OfTag))
    rest = [node for node in nodes if not isinstance(node, OfTag)]
    parts = [resolve(db, node, (*beside, *own)) for node in rest]
    if own and not any(isinstance(node, Has) for node in rest):
        parts.append(_mentioned(db, (), (*beside, *own)))
    return Every(tuple(parts))


def _mentioned(
    db: sqlite3.Connection, words: Sequence[Word], tests: tuple[OfTag, ...]
) -> Mentioned:
    """What holds for a label for ever picks the labels; the rest is asked of each mention."""
    of_label = [test for test in tests if test.field in ("kind", "tagger")]
    of_mention = tuple(test for test in tests if test.field in ("confidence", "state"))
    if not words and not of_label:
        return Mentioned(ANY, of_mention)
    sql = "SELECT label.id FROM label JOIN tag ON tag.id = tag_id WHERE role <> 'near'"
    values: list[object] = []
    for test in of_label:
        negative = "NOT " if test.operator == "!=" else ""
        sql += f" AND {test.field} {negative}IN ({marks(test.values)})"
        values += test.values
    if words:
        named = [_named(word) for word in words]
        sql += f" AND ({' OR '.join(condition for condition, _ in named)})"
        values += [value for _, value in named]
    found = sorted({row[0] for row in db.execute(sql, values)})
    return Mentioned(tuple(found), of_mention)


def _named(word: Word) -> tuple[str, str]:
    if word.exact:
        return "name = ?", word.text
    return "' ' || name || ' ' LIKE ? ESCAPE '\\'", f"% {escaped(word.text)} %"


def _sources(db: sqlite3.Connection, asked: OfPicture) -> tuple[int, ...]:
    sql = f"SELECT id FROM source WHERE name IN ({marks(asked.values)})"
    return tuple(row[0] for row in db.execute(sql, asked.values))


def tags_meant(db: sqlite3.Connection, word: Word) -> list[int]:
    """The numbers of the tags that a word means."""
    condition, value = _named(word)
    return [row[0] for row in db.execute(f"SELECT id FROM tag WHERE {condition}", (value,))]


def marks(values: Sequence[object]) -> str:
    """As many question marks."""
    return ",".join("?" * len(values))
