"""Erasing as others see it: what it would take, how far it is, which copies still hold it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device import clock, ids
from device.search_query import Query
from device.store import acts, checkup, copies, database, likeness, search, visits
from device.store.files import PictureFiles
from device.store.reader import Reader
from device.store.resolve import resolve

_MEASURED = 500  # files of pictures; the others are taken to be as large
_WINDOW = 50_000  # rows counted at once
_VISITS = 2000
_REPLACED = "replaced"  # as in `restore`


@dataclass(frozen=True, slots=True)
class Size:
    """How much it is."""

    pictures: int
    visits: int
    bytes: int  # of files; estimated beyond some hundred pictures

    def as_json(self) -> dict[str, int]:
        """For the API."""
        return {"pictures": self.pictures, "visits": self.visits, "bytes": self.bytes}


def preview(reader: Reader, query: Query) -> Size:
    """What an erasing of this query would take now."""
    query = reader.naming().meant(query)
    with reader.snapshot() as db:
        now = clock.now()
        pictures = _count(db, query, now)
        newest = search.find(db, query, None, _MEASURED, "uid, tagged_ms, format, kept")
        measured = sum(_bytes(PictureFiles(reader.data_dir), row) for row in newest)
        whole = round(measured * pictures / len(newest)) if newest else 0
        return Size(pictures, _visits(db, query, now), whole)


def knows(db: sqlite3.Connection, tag: str) -> bool:
    """Whether anything has this tag, or had it and was not erased."""
    sql = "SELECT 1 FROM tag WHERE name = ?1 UNION ALL SELECT 1 FROM visit WHERE tag = ?1 LIMIT 1"
    return db.execute(sql, (tag,)).fetchone() is not None


def newest(reader: Reader, limit: int = 20) -> list[acts.Act]:
    """The newest acts."""
    with reader.snapshot() as db:
        return acts.newest(db, limit)


def one(reader: Reader, uid: str) -> acts.Act | None:
    """An act by its id."""
    with reader.snapshot() as db:
        return acts.one(db, uid)


def stale_copies(data_dir: Path, acts_: list[acts.Act]) -> list[dict[str, Any]]:
    """Copies of the database from before the newest erasing: they hold what was erased since.

    By the time of the file: a copy that was carried elsewhere and back says nothing else.
    """
    last = max((a.done_ms or a.asked_ms for a in acts_ if a.pictures or a.visits), default=None)
    if last is None:
        return []
    places = [
        *(data_dir / copies.FOLDER).glob("*.db"),
        *(data_dir / checkup.QUARANTINE).glob(f"*/{database.FILE_NAME}*"),
        *(data_dir / _REPLACED).glob(f"*/{database.FILE_NAME}*"),
    ]
    found = []
    for path in sorted(places):
        status = path.stat()
        if status.st_mtime * 1000 < last:
            name = path.relative_to(data_dir).as_posix()
            found.append({"name": name, "at": clock.iso(status.st_mtime), "bytes": status.st_size})
    return found


def remove_copies(reader: Reader) -> None:
    """Away with those, once there is a new one. Raises `StoreError` and its kin."""
    stale = stale_copies(reader.data_dir, newest(reader))
    if any(Path(one["name"]).parts[0] == copies.FOLDER for one in stale):
        name = f"tagd-{reader.last_seq():012d}.db"
        copies.copy(reader.data_dir, reader.data_dir / copies.FOLDER / name)
        stale = [one for one in stale if Path(one["name"]).name != name]
    try:
        for one in stale:
            (reader.data_dir / one["name"]).unlink(missing_ok=True)
    except OSError as error:
        raise database.folder_error(reader.data_dir, error) from error


def _count(db: sqlite3.Connection, query: Query, now: float) -> int:
    part = resolve(db, query.node)
    words = search.tokens(db, part, now)
    [(newest_, folded)] = db.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM picture),"
        " (SELECT coalesce(max(value), 0) FROM counter WHERE name = 'folded')"
    )
    total, low = 0, 0
    while low < newest_:
        high = min(low + _WINDOW, folded) if low < folded else low + _WINDOW
        sql, values = search.statement(part, "picture.id", words if high <= folded else None, now)
        sql = f"SELECT count(*) FROM ({sql})"
        total += db.execute(sql, [*values, low, high + 1, -1]).fetchone()[0]
        low = high
    return total


def _visits(db: sqlite3.Connection, query: Query, now: float) -> int:
    if not likeness.speaks_of_visits(query):
        return 0
    total, place = 0, 0
    while found := visits.after(db, place, _VISITS):
        place = found[-1][0]
        total += len(likeness.meant(query, [visit for _, visit in found], now, db))
    return total


def _bytes(files: PictureFiles, row: tuple[Any, ...]) -> int:
    uid, tagged_ms, format_, kept = row
    name, at = ids.from_bytes(uid), tagged_ms / 1000
    paths = [] if kept == "none" else [files.thumbnail(name, at)]
    paths += [files.original(name, at, format_)] if kept == "full" else []
    return sum(path.stat().st_size for path in paths if path.exists())
