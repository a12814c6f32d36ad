"""Picture files and rows that do not belong together, after a run that did not end in order."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from device import ids
from device.store import forget, index, rows
from device.store.files import ORIGINALS, THUMBNAILS, PictureFiles

_CHUNK = 500
_MARGIN_MS = 600_000  # how long before the newest row a picture may have been seen by its camera
_NEWEST = 2000  # rows among which the newest id surely is


def orphans(db: sqlite3.Connection, data_dir: Path) -> Iterator[list[Path]]:
    """Slices of files that no row names: what a crash left between a file and its row.

    Only what is about as new as the newest row, so that never a picture is taken for one that
    lost its row in another way; nothing at all once rows were lost in a repair or a restore.
    """
    if index.counter(db, "adrift"):
        return
    sql = "SELECT max(uid) FROM (SELECT uid FROM picture ORDER BY id DESC LIMIT ?)"
    [(newest,)] = db.execute(sql, (_NEWEST,))
    since = max(0, int.from_bytes(newest[:6], "big") - _MARGIN_MS) if newest else 0
    first = ids.from_bytes(since.to_bytes(6, "big") + bytes(10))
    for root in (data_dir / THUMBNAILS, data_dir / ORIGINALS):
        for folder in sorted(root.glob("*/*/*"))[-2:]:
            files = iter(sorted(folder.iterdir()))
            while chunk := list(islice(files, _CHUNK)):
                yield [file for file in chunk if _is_orphan(db, file, first)]


def _is_orphan(db: sqlite3.Connection, file: Path, first: str) -> bool:
    if file.suffix == ".part":
        return True
    return ids.is_id(file.stem) and file.stem >= first and rows.number_of(db, file.stem) is None


def without_file(db: sqlite3.Connection, files: PictureFiles) -> Iterator[list[int]]:
    """Slices of pictures whose file is gone; an empty one: it goes on later."""
    before = 2**62
    sql = (
        "SELECT id, uid, tagged_ms, format, kept FROM picture"
        " WHERE id < ? AND kept <> 'none' ORDER BY id DESC LIMIT ?"
    )
    while found := db.execute(sql, (before, _CHUNK)).fetchall():
        before = found[-1][0]
        yield [row[0] for row in found if not _has_file(files, row)]


def note_without_file(db: sqlite3.Connection, reader: rows.Rows, numbers: Sequence[int]) -> None:
    """Say that no image of these is kept; what was told of them stays. In a transaction."""
    sql = (
        f"SELECT {rows.COLUMNS}, seq FROM picture JOIN source ON source.id = source_id"
        " WHERE picture.id = ?"
    )
    for number in numbers:
        row = db.execute(sql, (number,)).fetchone()
        if row is not None:
            forget.freeze(db, reader, row, row[-1])
            db.execute("UPDATE picture SET kept = 'none' WHERE id = ?", (number,))


def _has_file(files: PictureFiles, row: tuple[Any, ...]) -> bool:
    _, uid, tagged_ms, format_, kept = row
    name, tagged_at = ids.from_bytes(uid), tagged_ms / 1000
    with contextlib.suppress(OSError):
        if kept == "full" and not files.original(name, tagged_at, format_).exists():
            return False
        return files.thumbnail(name, tagged_at).exists()
    return True  # it cannot be looked at, which says nothing
