"""Which pictures an act of erasing is about: by window of rows, so that no look takes long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from device.naming import Naming
from device.search_query import parse
from device.search_query.tree import And, Has, Node, OfPicture, Time, Word
from device.store import index, rows, search, tombs
from device.store.acts import Act
from device.store.resolve import resolve
from device.store.tombs import Tombs

_BREATH = 0.03  # seconds for a look; commits come in between
_NARROW, _WIDE = 4000, 100_000  # rows looked at one by one, or found by the index

Selection = Callable[[int, int], tuple[list[int], int]]
"""`(place, limit)`: row numbers below `place`, and where it goes on; 1 or less: that was all."""


def selection(db: sqlite3.Connection, act: Act, erased: Tombs, naming: Naming) -> Selection:
    """What this act wants; `naming` says which words are the same."""
    if act.kind == "picture":
        number = rows.number_of(db, act.wanted or "")
        return lambda _place, _limit: ([] if number is None else [number], 0)
    if act.kind == "tombs":
        return partial(_buried, db, erased)
    now = act.asked_ms / 1000
    if act.kind == "query":
        return partial(matching, db, naming.meant(parse(act.wanted or "")).node, now)
    return partial(_of_visit, db, act.wanted or "", now)


def matching(
    db: sqlite3.Connection, node: Node, now: float, place: int, limit: int
) -> tuple[list[int], int]:
    """The newest that match, below `place`; ages count from `now`."""
    found, place = _window(db, node, now, place, limit)
    return [number for number, _ in found], place


def row(db: sqlite3.Connection, number: int) -> tuple[Any, ...] | None:
    """`rows.COLUMNS`, `near`, `source_id` of a picture."""
    sql = (
        f"SELECT {rows.COLUMNS}, near, source_id FROM picture"
        " JOIN source ON source.id = source_id WHERE picture.id = ?"
    )
    found: tuple[Any, ...] | None = db.execute(sql, (number,)).fetchone()
    return found


def _window(
    db: sqlite3.Connection, node: Node, now: float, place: int, limit: int
) -> tuple[list[tuple[int, int | None]], int]:
    """Row numbers with the `seq` of their event."""
    part, folded = resolve(db, node), index.counter(db, index.FOLDED)
    words = search.tokens(db, part, now)
    end = time.monotonic() + _BREATH
    while True:
        expression = words if place <= folded + 1 else None
        low = max(place - 1 - (_WIDE if expression else _NARROW), 0)
        low = max(low, folded) if place > folded + 1 else low
        sql, values = search.statement(part, "picture.id, picture.seq", expression, now)
        found = db.execute(sql, [*values, low, place, limit]).fetchall()
        place = found[-1][0] if len(found) == limit else low + 1
        if found or place <= 1 or time.monotonic() > end:
            return found, place


def _buried(db: sqlite3.Connection, erased: Tombs, place: int, limit: int) -> tuple[list[int], int]:
    """Those that were erased before they came back."""
    sql = "SELECT id, uid FROM picture WHERE id < ? ORDER BY id DESC LIMIT ?"
    found = db.execute(sql, (place, _NARROW)).fetchall()
    numbers: list[int] = []
    for number, uid in found:
        if erased.has(tombs.picture(uid)):
            numbers.append(number)
            if len(numbers) == limit:
                return numbers, number
    return numbers, found[-1][0] if len(found) == _NARROW else 0


def _of_visit(
    db: sqlite3.Connection, uid: str, now: float, place: int, limit: int
) -> tuple[list[int], int]:
    """The best picture of a visit and those kept of it before: none that others have, too."""
    visit = db.execute(
        "SELECT source.name, tag, started_ms, seen_ms, best_id FROM visit"
        " JOIN source ON source.id = source_id WHERE uid = ?",
        (uid,),
    ).fetchone()
    if visit is None:
        return [], 0
    source, tag, started_ms, seen_ms, best = visit
    node = And(
        (
            OfPicture("source", "=", (source,)),
            OfPicture("createdAt", ">=", (Time(started_ms / 1000, 0.0),)),
            OfPicture("createdAt", "<=", (Time(seen_ms / 1000, 0.0),)),
            Has((Word(tag, exact=True),)),
        )
    )
    found, place = _window(db, node, now, place, limit)
    # What has an event of its own was not kept for a visit.
    own = {number for number, seq in found if seq is None}
    own |= {best} if best is not None and place <= best else set()
    shared = "SELECT 1 FROM visit WHERE best_id = ? AND uid <> ?"
    return [n for n in sorted(own) if db.execute(shared, (n, uid)).fetchone() is None], place
