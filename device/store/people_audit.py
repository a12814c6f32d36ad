"""Who did what, from where: the audit log in `people.db`.

Requests only put a note into a bounded queue; a thread writes what has gathered in one
transaction. When the queue is full a note is dropped and counted, and health says so: a flood of
requests must neither wait for the card nor stop. What happens often (thumbnails, refused logins)
is folded into one row a minute, with the number of times.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from device import clock
from device.errors import StoreError
from device.store.people_db import PeopleDb
from device.workers import Worker, join_all

log = logging.getLogger(__name__)

MOST_ROWS = 100_000
"""The oldest go first."""

MOST_DAYS = 400
"""After so many days of the device's age a row goes."""

_WAITING = 1000  # notes
_GATHER = 2.0  # s until what was noted is on the disk
_FOLD = 60.0  # s
_MOST_FOLDED = 500  # kinds of notes being counted at the same time
_PRUNE_EVERY = 500  # rows
_LONGEST = 300  # characters of what somebody sent


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was done."""

    who: str
    address: str  # where they asked from; empty: a command on the device
    what: str  # login, logout, picture, review, ...
    about: str = ""  # what it was done to
    folds: bool = False  # into one row a minute
    at_ms: int = 0  # UTC; 0: now
    times: int = 1


class Audit:
    """`note` from any thread; `start` and `close` the one that writes."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db
        self._queue: queue.Queue[Note] = queue.Queue(_WAITING)
        self._folded: dict[tuple[str, str, str], Note] = {}
        self._folding_since = 0.0  # monotonic
        self._unpruned = _PRUNE_EVERY
        self._worker = Worker("audit", self._run)
        self.dropped = 0
        self.problem: str | None = None

    def start(self) -> None:
        """Write from now on."""
        self._worker.start()

    def close(self) -> None:
        """Write what is left. Twice does no harm."""
        join_all([self._worker], 3.0)

    def note(self, note: Note) -> None:
        """Remember this; returns at once."""
        if not note.at_ms:
            note = replace(note, at_ms=clock.milliseconds(clock.now()))
        try:
            self._queue.put_nowait(replace(note, about=note.about[:_LONGEST]))
        except queue.Full:
            self.dropped += 1

    def page(
        self, before: int | None, limit: int, who: str | None = None, what: str | None = None
    ) -> list[dict[str, Any]]:
        """Rows as the API tells them, newest first, those older than row `before`."""
        sql = "SELECT id, at_ms, who, address, what, about, times FROM audit WHERE id < ?"
        values: list[Any] = [2**62 if before is None else before]
        for column, wanted in (("who", who), ("what", what)):
            if wanted is not None:
                sql += f" AND {column} = ?"
                values.append(wanted)
        with self._db.read() as db:
            found = db.execute(f"{sql} ORDER BY id DESC LIMIT ?", (*values, limit)).fetchall()
        keys = ("who", "address", "what", "about", "times")
        return [
            {"id": row[0], "at": clock.iso(row[1] / 1000), **dict(zip(keys, row[2:], strict=True))}
            for row in found
        ]

    def write(self, notes: Iterable[Note]) -> None:
        """At once, for commands. Raises `StoreError`."""
        now_ms = clock.milliseconds(clock.now())
        with self._db.write() as (db, age):
            rows = [
                (one.at_ms or now_ms, age, one.who, one.address, one.what, one.about, one.times)
                for one in notes
            ]
            db.executemany(
                "INSERT INTO audit (at_ms, age, who, address, what, about, times)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._unpruned += len(rows)
            if self._unpruned >= _PRUNE_EVERY:
                self._unpruned = 0
                db.execute(
                    "DELETE FROM audit WHERE age < ? OR id <= (SELECT max(id) FROM audit) - ?",
                    (age - MOST_DAYS * 86400.0, MOST_ROWS),
                )

    def _run(self, worker: Worker) -> None:
        while not worker.stopping.wait(_GATHER):
            self._turn(last=False)
        self._turn(last=True)

    def _turn(self, *, last: bool) -> None:
        due: list[Note] = []
        with contextlib.suppress(queue.Empty):
            while len(due) < _WAITING:
                note = self._queue.get_nowait()
                due += self._fold(note) if note.folds else [note]
        if self._folded and (last or time.monotonic() - self._folding_since >= _FOLD):
            due += self._folded.values()
            self._folded.clear()
        if not due:
            return
        try:
            self.write(due)
            self.problem = None
        except StoreError as error:
            self.dropped += len(due)
            if self.problem is None:
                log.error("what is done is not recorded now: %s", error)
            self.problem = str(error)

    def _fold(self, note: Note) -> list[Note]:
        """Count it; what has to make room for it is answered."""
        key = note.who, note.address, note.what
        before = self._folded.get(key)
        if before is not None:
            self._folded[key] = replace(before, about=note.about, times=before.times + note.times)
            return []
        if not self._folded:
            self._folding_since = time.monotonic()
        self._folded[key] = note
        return (
            [self._folded.pop(next(iter(self._folded)))] if len(self._folded) > _MOST_FOLDED else []
        )
