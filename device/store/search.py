"""A query as parameterised SQL over the tag index, newest first. Pure but for the tag names."""

from __future__ import annotations

import sqlite3
from typing import Any

from device.search_query import Query, Term
from device.store import rows

_OPERATORS = {">": ">", ">=": ">=", "<": "<", "<=": "<=", "=": "="}
_RARE = 5000  # pictures: up to here, gathering all of a tag beats looking picture by picture
_EACH = "EXISTS (SELECT 1 FROM picture_tag WHERE picture_id = picture.id AND tag_id IN ({}){})"
_ALL = "picture.id IN (SELECT picture_id FROM picture_tag WHERE tag_id IN ({}){})"


def statement(
    db: sqlite3.Connection, query: Query, before: int | None, limit: int
) -> tuple[str, list[Any]]:
    """SQL and parameters for the newest `limit` pictures older than row `before`."""
    conditions: list[str] = []
    values: list[Any] = []
    confidence = "".join(f" AND confidence {_OPERATORS[op]} ?" for op, _ in query.confidence)
    levels = [round(level * 1000) for _, level in query.confidence]
    for term in query.terms:
        ids, pictures = _tags(db, term)
        # A dog is not wanted however sure the model was; a cat only at the asked confidence.
        limits, limit_values = ("", []) if term.negative else (confidence, levels)
        condition = (_ALL if pictures <= _RARE else _EACH).format(",".join("?" * len(ids)), limits)
        conditions.append(f"NOT {condition}" if term.negative else condition)
        values += [*ids, *limit_values]
    if query.confidence and not any(not term.negative for term in query.terms):
        anything = "SELECT 1 FROM picture_tag WHERE picture_id = picture.id" + confidence
        conditions.append(f"EXISTS ({anything})")
        values += levels
    if query.sources:
        conditions.append(f"source.name IN ({','.join('?' * len(query.sources))})")
        values += query.sources
    if before is not None:
        conditions.append("picture.id < ?")
        values.append(before)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = (
        f"SELECT {rows.COLUMNS} FROM picture JOIN source ON source.id = source_id{where}"
        " ORDER BY picture.id DESC LIMIT ?"
    )
    return sql, [*values, limit]


def _tags(db: sqlite3.Connection, term: Term) -> tuple[list[int], int]:
    """The tags a term means, and how many pictures have them.

    A phrase means the tag of that name, a bare word each tag that has the word.
    """
    if term.exact:
        found = db.execute("SELECT id, count FROM tag WHERE name = ?", (term.text,)).fetchall()
    else:
        found = db.execute(
            "SELECT id, count FROM tag WHERE ' ' || name || ' ' LIKE ? ESCAPE '\\'",
            (f"% {_escaped(term.text)} %",),
        ).fetchall()
    return [row[0] for row in found], sum(row[1] for row in found)


def _escaped(text: str) -> str:
    """For LIKE: the three characters that mean something there, taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
