"""Pictures that a query finds, the newest first, without sorting.

Newer pictures than the index knows are looked at row by row, the others only where the index says
that they may match; the condition on the row decides in both. Within one snapshot, so that a fold
in between moves nothing.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from device import clock
from device.errors import QueryError
from device.search_query import Query
from device.store import index, rows
from device.store.condition import condition
from device.store.match import match
from device.store.resolve import Part, resolve

log = logging.getLogger(__name__)
_MOST_SECONDS = 5.0  # that a search may take from the others
_STEPS = 20_000  # of SQLite between two looks at the clock, some 2 ms
_LARGEST = 2**63 - 1


def find(
    db: sqlite3.Connection, query: Query, before: int | None, limit: int, columns: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of `rows.COLUMNS` (or `columns`) of the newest pictures older than row `before`.

    A limit below 0 is none.
    Raises `QueryError` when it takes too long. In a snapshot.
    """
    part = resolve(db, query.node)
    with deadline(db):
        now, folded = clock.now(), index.counter(db, index.FOLDED)
        top = _LARGEST if before is None else before
        found: list[tuple[Any, ...]] = []
        if top > folded + 1:
            sql, values = statement(part, columns or rows.COLUMNS, None, now)
            found = db.execute(sql, [*values, folded, top, limit]).fetchall()
        left = limit - len(found)
        if left and folded:
            expression = tokens(db, part, now)
            span = 0, min(top, folded + 1), left
            try:
                sql, values = statement(part, columns or rows.COLUMNS, expression, now)
                found += db.execute(sql, [*values, *span]).fetchall()
            except index.DAMAGED as error:
                if expression is None or str(error) == "interrupted":
                    raise
                log.warning("the search index cannot be read (%s); the rows can", error)
                sql, values = statement(part, columns or rows.COLUMNS, None, now)
                found += db.execute(sql, [*values, *span]).fetchall()
    return found


def statement(
    part: Part, columns: str, expression: str | None, now: float
) -> tuple[str, list[Any]]:
    """Lacks three parameters: after which row, before which, and how many."""
    test, values = condition(part, now)
    number, sources = "picture.id", "picture JOIN source ON source.id = source_id"
    if expression is not None:
        # CROSS: the index leads, in its own order.
        number, sources = (
            "found.rowid",
            (
                "picture_index AS found CROSS JOIN picture ON picture.id = found.rowid"
                " JOIN source ON source.id = source_id"
            ),
        )
        test, values = f"picture_index MATCH ? AND {test}", [expression, *values]
    sql = (
        f"SELECT {columns} FROM {sources} WHERE {test} AND {number} > ? AND {number} < ?"
        f" ORDER BY {number} DESC LIMIT ?"
    )
    return sql, values


def tokens(db: sqlite3.Connection, part: Part, now: float) -> str | None:
    """What the index is asked for; None where it cannot help."""
    words = match(part, now, _days(db))
    return words.sql if not words.opposite else None


def _days(db: sqlite3.Connection) -> tuple[int, int]:
    # Each on its own: together they would read the whole table.
    ends = ("SELECT min(day) FROM source_day", "SELECT max(day) FROM source_day")
    first, last = (db.execute(sql).fetchone()[0] or 0 for sql in ends)
    return first, last


@contextmanager
def deadline(db: sqlite3.Connection) -> Iterator[None]:
    """Whoever asks for a needle in a million rows must not keep the others from reading.

    Raises `QueryError` after some seconds.
    """
    end = time.monotonic() + _MOST_SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        told = f"this search would take longer than {_MOST_SECONDS:.0f} s"
        raise QueryError(told, 1, "add a tag, a source or createdAt to it") from None
    finally:
        db.set_progress_handler(None, 0)
