"""Forgetting pictures, so that all that was counted and told of them stays right."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from device import ids
from device.store import index, rows
from device.store.files import PictureFiles

Keep = Callable[[sqlite3.Connection, rows.Rows, tuple[object, ...], int | None], None]
"""What becomes of the events of a row of `rows.COLUMNS`, whose own event has that `seq`."""


def forget(
    db: sqlite3.Connection,
    reader: rows.Rows,
    numbers: Sequence[int],
    files: PictureFiles,
    keep: Keep | None = None,
) -> list[Path]:
    """Forget these rows, in a transaction; the files that were theirs.

    Their events are written out, so that they read the same, or are what `keep` makes of them.
    """
    index.remove(db, list(index.entries(db, numbers)))
    left: list[Path] = []
    for number in numbers:
        row = db.execute(
            f"SELECT {rows.COLUMNS}, seq FROM picture JOIN source ON source.id = source_id"
            " WHERE picture.id = ?",
            (number,),
        ).fetchone()
        if row is None:
            continue
        left += files_of(row, files)
        (keep or freeze)(db, reader, row, row[-1])
        for statement in (
            "UPDATE event SET picture_id = NULL WHERE picture_id = ? AND type <> 'picture'",
            "DELETE FROM review WHERE picture_id = ?",
            "DELETE FROM picture WHERE id = ?",
        ):
            db.execute(statement, (number,))
    return left


def freeze(
    db: sqlite3.Connection, reader: rows.Rows, row: tuple[object, ...], seq: int | None
) -> None:
    """What the picture's own event says is written down, as long as somebody may ask for it."""
    found = db.execute(
        "SELECT device.name, synced FROM event JOIN device ON device.id = device_id"
        " WHERE seq = ? AND body IS NULL",
        (seq,),
    ).fetchone()
    if found is not None and seq is not None:
        body = reader.event(db, row, seq, found[0], bool(found[1]))
        assert isinstance(row[1], bytes)
        db.execute(
            "UPDATE event SET id = ?, body = ?, picture_id = NULL WHERE seq = ?",
            (ids.from_bytes(row[1]), body, seq),
        )


def files_of(row: tuple[object, ...], files: PictureFiles) -> list[Path]:
    """The files of a row of `rows.COLUMNS`."""
    uid, tagged_ms, format_, kept = row[1], row[5], row[8], row[11]
    assert isinstance(uid, bytes)
    assert isinstance(tagged_ms, int)
    found = []
    if kept != "none":
        found.append(files.thumbnail(ids.from_bytes(uid), tagged_ms / 1000))
    if kept == "full":
        found.append(files.original(ids.from_bytes(uid), tagged_ms / 1000, str(format_)))
    return found
