"""Copies of the database, each verified by opening it before it has its name.

A copy is made page by page over a read-only connection, in one piece: the writer goes on meanwhile,
the copy is one state, and its check is a check of every page of the original. A connection that
cannot write cannot checkpoint either, so that this is safe from another process with every SQLite
(those before 3.51.3 may lose a WAL when two connections reset it at once).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from device.disk import flush_folder
from device.errors import BackupRefused, StoreDamaged, StoreFull
from device.store import database

FOLDER = "backups"
_NAME = re.compile(r"tagd-(\d{12})\.db")
_SPARE = 16 * 1024**2  # bytes that a copy must leave free


@dataclass(frozen=True, slots=True)
class Facts:
    """What a copy holds, found by looking through all of it."""

    path: Path
    seq: int  # the newest event that it knows of
    pictures: int
    bytes: int


def copy(data_dir: Path, target: Path) -> Facts:
    """Copy the database to `target`, which may be replaced. Beside a running daemon, too.

    Raises `StoreFull` without room for it, `StoreDamaged` when the original is not sound.
    """
    original = data_dir / database.FILE_NAME
    reader = database.open_reader(data_dir)
    part = target.with_name(f".{target.name}.part")
    try:
        with database.sqlite_errors(original):
            target.parent.mkdir(parents=True, exist_ok=True)
            _require_room(reader, target)
            part.unlink(missing_ok=True)
            made = sqlite3.connect(part, isolation_level=None)
            try:
                made.execute("PRAGMA synchronous = OFF")  # it is flushed below
                reader.backup(made)
                made.execute("PRAGMA journal_mode = DELETE")  # one file
            finally:
                made.close()
        try:
            facts = verify(part)
        except BackupRefused as error:
            raise StoreDamaged(f"{original}: damaged, as its copy shows: {error}") from None
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        flush_folder(target.parent)
    except OSError as error:
        raise database.folder_error(target.parent, error) from error
    finally:
        reader.close()
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return Facts(target, facts.seq, facts.pictures, facts.bytes)


def verify(path: Path, called: Path | None = None) -> Facts:
    """Look through a whole database file, which is `called` so where it came from.

    Raises `BackupRefused` for what is no sound database of ours, `StoreNewer` for one that
    this program does not know.
    """
    called = called or path
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            problems = db.execute("PRAGMA integrity_check(3)").fetchall()
            if problems != [("ok",)]:
                raise BackupRefused(f"{called}: damaged ({problems[0][0]}); take another one")
            lacking = database.pending(db, called)
            if "m001_first" in lacking:
                raise BackupRefused(f"{called}: this is no database of tagd")
            [(seq, pictures)] = db.execute(
                "SELECT (SELECT coalesce(max(seq), 0) FROM event), (SELECT count(*) FROM picture)"
            )
            with contextlib.suppress(sqlite3.OperationalError):  # before m005 there was none
                [(noted,)] = db.execute(
                    "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'seq'"
                )
                seq = max(seq, noted)
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{called}: no sound database ({error}); take another one") from None
    return Facts(path, seq, pictures, path.stat().st_size)


def scheduled(data_dir: Path) -> list[Path]:
    """Those made on schedule, the newest first: their names grow with `seq`, whatever the clock."""
    found = [p for p in (data_dir / FOLDER).glob("tagd-*.db") if _NAME.fullmatch(p.name)]
    return sorted(found, reverse=True)


def before(migration: str) -> Path:
    """The copy that is made before a migration, below the data folder."""
    return Path(FOLDER, f"before-{migration}.db")


def newest_good(data_dir: Path) -> Facts | None:
    """The newest of them that is sound."""
    for path in scheduled(data_dir):
        with contextlib.suppress(BackupRefused, OSError):
            return verify(path)
    return None


def keep(data_dir: Path, seq: int, most: int) -> Facts:
    """Make the one for now, and let go of all but the newest `most`. Raises as `copy` does."""
    facts = copy(data_dir, data_dir / FOLDER / f"tagd-{seq:012d}.db")
    for path in scheduled(data_dir)[most:]:
        with contextlib.suppress(OSError):
            path.unlink()
    return facts


def _require_room(reader: sqlite3.Connection, target: Path) -> None:
    [(pages,)] = reader.execute("PRAGMA page_count")
    [(page,)] = reader.execute("PRAGMA page_size")
    if shutil.disk_usage(target.parent).free < pages * page + _SPARE:
        need = (pages * page + _SPARE) / 1024**2
        raise StoreFull(f"{target.parent}: no room for a copy of {need:.0f} MB; make some")
