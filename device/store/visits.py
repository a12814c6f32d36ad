"""The rows of visits: written by the store's transactions, read as pages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from device import clock, wire, wire_visit
from device.store import rows
from device.types import Box, PictureRef, Visit

_COLUMNS = (
    "visit.id, visit.uid, source.name, tag, visit.kind, started_ms, seen_ms, ended_ms, duration_ms,"
    f" confidence, box, zones, actions, path, interrupted, {rows.HEAD}"
)
_FROM = (
    "FROM visit JOIN source ON source.id = visit.source_id"
    " LEFT JOIN picture ON picture.id = visit.best_id"
)
_PICTURE = 15  # the first column of the picture

Ask = Callable[[str, tuple[Any, ...]], list[Any]]
"""Runs a query."""

Row = tuple[int, Visit]
"""A visit with the number of its row."""


def save(db: sqlite3.Connection, visit: Visit, source_id: int) -> PictureRef | None:
    """Write the visit as it is from now on; its best picture, where that is stored."""
    best_id = visit.best_picture and rows.number_of(db, visit.best_picture)
    ended_ms = None if visit.ended_at is None else clock.milliseconds(visit.ended_at)
    db.execute(
        "INSERT INTO visit (uid, source_id, tag, kind, started_ms, seen_ms, ended_ms, duration_ms,"
        " confidence, best_id, box, zones, actions, path, interrupted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (uid) DO UPDATE SET kind = excluded.kind,"
        " started_ms = excluded.started_ms, seen_ms = excluded.seen_ms,"
        " duration_ms = excluded.duration_ms, confidence = excluded.confidence,"
        " box = excluded.box, zones = excluded.zones, actions = excluded.actions,"
        " path = excluded.path, interrupted = excluded.interrupted",
        (
            visit.id,
            source_id,
            visit.tag,
            visit.kind,
            clock.milliseconds(visit.started_at),
            clock.milliseconds(visit.seen_at),
            ended_ms,
            clock.milliseconds(visit.duration),
            wire.per_mille(visit.best_confidence),
            best_id,
            wire.dumps(wire.box_object(visit.box)),
            wire.dumps(list(visit.zones)),
            wire.dumps(list(visit.actions)),
            wire.dumps(wire_visit.path_list(visit.path)),
            visit.interrupted,
        ),
    )
    # Only where they differ: SQLite writes a page of the index of each, were it the same again.
    for column, value in (("tag", visit.tag), ("ended_ms", ended_ms), ("best_id", best_id)):
        sql = f"UPDATE visit SET {column} = ?1 WHERE uid = ?2 AND {column} IS NOT ?1"
        db.execute(sql, (value, visit.id))
    row = db.execute(f"SELECT {_COLUMNS} {_FROM} WHERE visit.uid = ?", (visit.id,)).fetchone()
    return _picture(row)


def left_open(db: sqlite3.Connection) -> list[Visit]:
    """The visits that nobody ended, closed at their last sight, the oldest first."""
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE ended_ms IS NULL ORDER BY visit.id"
    found = [_visit(row) for row in db.execute(sql)]
    return [replace(one, ended_at=one.seen_at, interrupted=True) for one in found]


def after(db: sqlite3.Connection, number: int, limit: int) -> list[Row]:
    """The next visits after the row `number`, with their own."""
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE visit.id > ? ORDER BY visit.id LIMIT ?"
    return [(row[0], _visit(row)) for row in db.execute(sql, (number, limit))]


def page(
    ask: Ask,
    *,
    source: str | None,
    sources: Collection[str] | None,
    tag: str | None,
    open_: bool | None,
    since: float | None,
    before: int | None,
    limit: int,
) -> tuple[list[str], int | None]:
    """Visits as the API's JSON, newest first, and where the next page begins.

    `sources`: only of these, None of all; `since`: UTC, only those that were seen at or after it;
    `before`: older than this row.
    """
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (
        ("source.name = ?", source),
        ("tag = ?", tag),
        ("seen_ms >= ?", None if since is None else clock.milliseconds(since)),
        ("visit.id < ?", before),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if sources is not None:
        conditions.append(f"source.name IN ({','.join('?' * len(sources))})")
        values += sorted(sources)
    if open_ is not None:
        conditions.append("ended_ms IS NULL" if open_ else "ended_ms IS NOT NULL")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = f"SELECT {_COLUMNS} {_FROM}{where} ORDER BY visit.id DESC LIMIT ?"
    found = ask(sql, (*values, limit + 1))
    texts = [_text(row) for row in found[:limit]]
    return texts, found[limit - 1][0] if len(found) > limit else None


def one(ask: Ask, uid: str) -> str | None:
    """A visit as the API's JSON."""
    found = ask(f"SELECT {_COLUMNS} {_FROM} WHERE visit.uid = ?", (uid,))
    return _text(found[0]) if found else None


def _text(row: tuple[Any, ...]) -> str:
    return wire_visit.visit_json(_visit(row), _picture(row))


def _visit(row: tuple[Any, ...]) -> Visit:
    box = json.loads(row[10])
    return Visit(
        id=row[1],
        source=row[2],
        tag=row[3],
        kind=row[4],
        started_at=row[5] / 1000,
        seen_at=row[6] / 1000,
        ended_at=None if row[7] is None else row[7] / 1000,
        duration=row[8] / 1000,
        best_confidence=row[9] / 1000,
        best_picture=picture.id if (picture := _picture(row)) else None,
        box=Box(**box) if box else None,
        zones=tuple(json.loads(row[11])),
        actions=tuple(json.loads(row[12])),
        path=tuple((x, y) for x, y in json.loads(row[13])),
        interrupted=bool(row[14]),
    )


def _picture(row: tuple[Any, ...]) -> PictureRef | None:
    return None if row[_PICTURE] is None else rows.head(row[_PICTURE:])
