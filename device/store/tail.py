"""What the pictures count that are not in the index yet, kept in memory and brought up to date."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from dataclasses import dataclass, field

from device.store import index

_MOST = 5 * index.SLICE  # read at once


@dataclass(slots=True)
class Counts:
    """Numbers of pictures."""

    by_tag: Counter[int] = field(default_factory=Counter)
    by_tag_day: Counter[tuple[int, int]] = field(default_factory=Counter)  # tag, day
    by_source_day: Counter[tuple[int, int]] = field(default_factory=Counter)  # source, day


class Tail:
    """Counts of the unfolded pictures. Any thread, each with a snapshot of the database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = (-1, -1)  # what was folded, and how often something was forgotten
        self._last = 0
        self._counts = Counts()
        self._tag_of: dict[int, int] = {}

    def counts(self, db: sqlite3.Connection) -> Counts:
        """As of now; while the index is made anew, of no more than `_MOST` pictures."""
        state = index.counter(db, index.FOLDED), index.counter(db, "generation")
        with self._lock:
            if state != self._state:
                self._state, self._last, self._counts = state, state[0], Counts()
            for one in index.after(db, self._last, _MOST):
                self._add(db, one)
            now = self._counts
            return Counts(now.by_tag.copy(), now.by_tag_day.copy(), now.by_source_day.copy())

    def _add(self, db: sqlite3.Connection, one: index.Entry) -> None:
        counts = self._counts
        for tag in {self._tag(db, mention.label) for mention in one.mentions if mention.counts}:
            counts.by_tag[tag] += 1
            counts.by_tag_day[tag, one.day] += 1
        counts.by_source_day[one.source_id, one.day] += 1
        self._last = one.number

    def _tag(self, db: sqlite3.Connection, label: int) -> int:
        if label not in self._tag_of:
            row = db.execute("SELECT tag_id FROM label WHERE id = ?", (label,)).fetchone()
            self._tag_of[label] = int(row[0])
        return self._tag_of[label]
