"""Acts of erasing: begun, how far they are, done. What was wanted is gone when it is done."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from device import clock
from device.results import Erase

PICTURES, VISITS, EVENTS, FILES, WORDS, INDEX, PAGES, LOG = STEPS = (
    *("pictures", "visits", "events", "files", "words"),
    *("index", "pages", "log"),
)
"""What is done, in this order. After `WORDS` nothing finds it; then its traces are wiped."""

DONE = "done"
_START = 2**62  # place of a step that goes from the newest row to the oldest
_DOWNWARD = (PICTURES, WORDS)
_COLUMNS = (
    "id, uid, kind, wanted, asked_by, asked_ms, upto, step, place, pictures, visits, bytes, done_ms"
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act, as it stands."""

    number: int  # its row
    uid: str
    kind: str
    wanted: str | None  # an id or a query, as long as it is needed
    by: str
    asked_ms: int
    upto: int  # the newest picture that it is about, by row
    step: str
    place: int  # how far the step is; what it counts is the step's own
    pictures: int  # gone so far
    visits: int
    bytes: int  # of files
    done_ms: int | None

    def as_json(self) -> dict[str, Any]:
        """For the API: who, when, how many; never what."""
        return {
            "id": self.uid,
            "by": self.by,
            "at": clock.iso(self.asked_ms / 1000),
            "step": self.step,
            "pictures": self.pictures,
            "visits": self.visits,
            "bytes": self.bytes,
            "erased": self.step in (INDEX, PAGES, LOG, DONE),
            "done_at": None if self.done_ms is None else clock.iso(self.done_ms / 1000),
        }


def begin(db: sqlite3.Connection, wanted: Erase, newest: int) -> None:
    """Note what is to be erased, up to the picture `newest`. In a transaction; once an id."""
    add(db, wanted.frame_id, wanted.kind, wanted.wanted, wanted.by, newest)


def add(
    db: sqlite3.Connection, uid: str, kind: str, wanted: str | None, by: str, newest: int
) -> None:
    """The same for what tagd itself wants. In a transaction."""
    db.execute(
        "INSERT OR IGNORE INTO erasure (uid, kind, wanted, asked_by, asked_ms, upto, step, place)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (uid, kind, wanted, by, clock.milliseconds(clock.now()), newest, PICTURES, _START),
    )


def open_one(db: sqlite3.Connection) -> Act | None:
    """The oldest that is not done."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM erasure WHERE done_ms IS NULL ORDER BY id LIMIT 1"
    ).fetchone()
    return Act(*row) if row else None


def newest(db: sqlite3.Connection, limit: int) -> list[Act]:
    """The newest acts of people, whether or not they are done."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM erasure WHERE kind <> 'tombs' ORDER BY id DESC LIMIT ?", (limit,)
    )
    return [Act(*row) for row in rows]


def one(db: sqlite3.Connection, uid: str) -> Act | None:
    """By its id."""
    row = db.execute(f"SELECT {_COLUMNS} FROM erasure WHERE uid = ?", (uid,)).fetchone()
    return Act(*row) if row else None


def move(db: sqlite3.Connection, act: Act, place: int | None) -> None:
    """Note how far it is; None: the step is over, and the next begins. In a transaction."""
    if place is not None:
        db.execute("UPDATE erasure SET place = ? WHERE id = ?", (place, act.number))
        return
    following = STEPS[STEPS.index(act.step) + 1]
    if act.step == VISITS and not any(count(db, act)):
        following = LOG  # nothing was found: only the question is to be wiped
    start = _START if following in _DOWNWARD else 0
    db.execute(
        "UPDATE erasure SET step = ?, place = ? WHERE id = ?", (following, start, act.number)
    )
    if following in (INDEX, LOG):
        db.execute("UPDATE erasure SET wanted = NULL WHERE id = ?", (act.number,))


def count(db: sqlite3.Connection, act: Act) -> tuple[int, int]:
    """Pictures and visits that it erased so far."""
    sql = "SELECT pictures, visits FROM erasure WHERE id = ?"
    pictures, visits = db.execute(sql, (act.number,)).fetchone()
    return pictures, visits


def gone(db: sqlite3.Connection, act: Act, *, pictures: int, visits: int, size: int) -> None:
    """So much more is gone. In a transaction."""
    db.execute(
        "UPDATE erasure SET pictures = pictures + ?, visits = visits + ?, bytes = bytes + ?"
        " WHERE id = ?",
        (pictures, visits, size, act.number),
    )


def finish(db: sqlite3.Connection, act: Act) -> None:
    """It is done. In a transaction."""
    db.execute(
        "UPDATE erasure SET step = ?, place = 0, done_ms = ? WHERE id = ?",
        (DONE, clock.milliseconds(clock.now()), act.number),
    )
