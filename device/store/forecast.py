"""What a retention would delete, found by its own rules without deleting anything.

The work is bounded: past so many pictures, or so much time, the answer says so.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device import ids
from device.store import database, retention, rows
from device.store.files import PictureFiles
from device.store.retention import Rules
from device.store.room import look

_TIME = 3.0  # seconds
_MOST = 200_000  # pictures
_MEASURED = 2000  # files whose size is asked for; those beyond count as their average


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would go."""

    by_age: int  # pictures whose time is over
    for_room: int  # further pictures
    bytes: int  # of their files, about
    visits: int  # whose time is over
    oldest_ms: int | None  # when the oldest picture that stays was tagged; None: none stays
    complete: bool  # False: it is at least as much


def forecast(
    data_dir: Path,
    rules: Rules,
    now_ms: int,
    *,
    max_bytes: int | None = None,
    min_free: int | None = None,
    picture_bytes: int | None = None,
) -> Forecast:
    """As `Upkeep` would do it now; `picture_bytes`: of all files, None: not counted yet."""
    end = time.monotonic() + _TIME
    db = database.open_reader(data_dir)
    try:
        with database.sqlite_errors(data_dir / database.FILE_NAME):
            db.execute("BEGIN")  # one state of it all
            look_up = _Files(db, data_dir)
            name = partial(rows.Rows().name, db)
            gone, over = _taken(retention.too_old(db, rules, now_ms, name), set(), end)
            size, by_age = look_up.bytes(gone), len(gone)
            excess = _excess(data_dir, size, max_bytes, min_free, picture_bytes)
            if excess > 0 and not over:
                more, over = _for_room(db, rules, gone, look_up, excess, end)
                gone |= more
                size = look_up.bytes(gone)
            visits = sum(map(len, itertools.islice(retention.old_visits(db, rules, now_ms), 500)))
            oldest = _oldest(db, gone)
    finally:
        db.close()
    return Forecast(by_age, len(gone) - by_age, size, visits, oldest, not over)


def _taken(slices: Iterator[list[int]], known: set[int], end: float) -> tuple[set[int], bool]:
    """Numbers that are not known yet, and whether there may be more."""
    found: set[int] = set()
    for numbers in slices:
        found.update(number for number in numbers if number not in known)
        if len(found) > _MOST or time.monotonic() > end:
            return found, True
    return found, False


def _for_room(
    db: sqlite3.Connection, rules: Rules, gone: set[int], files: _Files, excess: int, end: float
) -> tuple[set[int], bool]:
    found: set[int] = set()
    for numbers in retention.for_room(db, rules):
        new = {number for number in numbers if number not in gone}
        excess -= files.bytes(new)
        found |= new
        if excess <= 0:
            return found, False
        if len(found) > _MOST or time.monotonic() > end:
            return found, True
    return found, False


def _excess(
    data_dir: Path,
    freed: int,
    max_bytes: int | None,
    min_free: int | None,
    picture_bytes: int | None,
) -> int:
    """Bytes that are still too many."""
    wants = [0]
    if min_free is not None:
        wants.append(min_free - look(data_dir).free - freed)
    if max_bytes is not None and picture_bytes is not None:
        held = picture_bytes + (data_dir / database.FILE_NAME).stat().st_size
        wants.append(held - freed - max_bytes)
    return max(wants)


def _oldest(db: sqlite3.Connection, gone: set[int]) -> int | None:
    for number, tagged_ms in db.execute("SELECT id, tagged_ms FROM picture ORDER BY id"):
        if number not in gone:
            return int(tagged_ms)
    return None


class _Files:
    """How large the files of pictures are."""

    def __init__(self, db: sqlite3.Connection, data_dir: Path) -> None:
        self._db = db
        self._files = PictureFiles(data_dir)
        self._sizes: dict[int, int] = {}

    def bytes(self, numbers: set[int]) -> int:
        """Of them all; some are measured, the others estimated."""
        for number in numbers:
            if len(self._sizes) >= _MEASURED:
                break
            if number not in self._sizes:
                self._sizes[number] = self._measure(number)
        known = [self._sizes[number] for number in numbers if number in self._sizes]
        rest = len(numbers) - len(known)
        average = sum(self._sizes.values()) / len(self._sizes) if self._sizes else 0.0
        return sum(known) + round(rest * average)

    def _measure(self, number: int) -> int:
        sql = "SELECT uid, tagged_ms, format, kept FROM picture WHERE id = ?"
        uid, tagged_ms, format_, kept = self._db.execute(sql, (number,)).fetchone()
        name, tagged_at = ids.from_bytes(uid), tagged_ms / 1000
        places = [] if kept == "none" else [self._files.thumbnail(name, tagged_at)]
        if kept == "full":
            places.append(self._files.original(name, tagged_at, format_))
        size = 0
        for place in places:
            with contextlib.suppress(OSError):
                size += place.stat().st_size
        return size
