"""Opens the store, whatever happened to it: looks, repairs what can be, and says what was done.

The ladder: read the rows out of the damaged database into a new one; else the newest good backup;
else a new database. The damaged files are never written to and never deleted: they stay in
`quarantine/`. Nothing here waits for a person, because a camera does not either.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from device.disk import flush_folder
from device.errors import StoreDamaged, StoreError, StoreNewer
from device.store import copies, database, mark
from device.store.salvage import salvage

log = logging.getLogger(__name__)

QUARANTINE = "quarantine"
_TRIES, _WAIT = 3, 0.2  # one opening in 300 failed after a power cut, and then never again
_NEW = "tagd.db.new"
_FOREIGN = "SELECT 1 FROM sqlite_master WHERE tbl_name NOT IN ('_sqlite_migrations')"
_DAMAGE = ("malformed", "not a database", "disk I/O error", "file is encrypted")


@dataclass(frozen=True, slots=True)
class Opened:
    """The store's one write connection, and what had to be done for it."""

    db: sqlite3.Connection
    run: mark.LastRun
    repaired: str | None  # what was found and done, in a sentence; None: nothing had to be


def open_store(data_dir: Path) -> Opened:
    """Open, and repair if need be. The folder must be owned.

    Raises `StoreNewer`, `StoreFull`, or `StoreError` for what no repair can help against.
    """
    path = data_dir / database.FILE_NAME
    run = mark.last_run(data_dir)
    trouble = _patiently(path, run)
    repaired = None
    if trouble is not None:
        log.error("%s: %s; it is repaired", path, trouble)
        try:
            repaired = f"the database was damaged ({trouble}): {_repair(data_dir)}"
        except OSError as error:
            raise database.folder_error(data_dir, error) from error
        log.error("%s", repaired)
    return Opened(_migrated(data_dir), run, repaired)


def _patiently(path: Path, run: mark.LastRun) -> str | None:
    for _ in range(_TRIES - 1):
        trouble = _trouble(path, run)
        if trouble is None or not path.exists():
            return trouble
        threading.Event().wait(_WAIT)
    return _trouble(path, run)


def _trouble(path: Path, run: mark.LastRun) -> str | None:
    """What is wrong with the file, as far as this run wants to look; None: nothing."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None if run.first else "it is gone"
    if not size:
        return None if run.first else "it is empty"
    try:
        _roll_back(path)
        with contextlib.closing(database.open_reader(path.parent)) as db:
            lacking = database.pending(db, path)
            if "m001_first" in lacking and db.execute(_FOREIGN).fetchone():
                return "it is another program's"
            if run.clean:
                return None
            # The log beside it is read back here, too.
            depth = "integrity_check(1)" if run.damaged else "quick_check(1)"
            [(found,)] = db.execute(f"PRAGMA {depth}").fetchall()
    except StoreNewer:
        raise
    except (sqlite3.DatabaseError, StoreDamaged) as error:
        if not any(words in str(error) for words in _DAMAGE):  # locked, or no rights
            with database.sqlite_errors(path):
                raise
        return str(error.__cause__ or error)
    return None if found == "ok" else str(found).replace("\n", " ")


def _roll_back(path: Path) -> None:
    """Before it has a WAL a database is made with a journal, which only a writer can undo."""
    if path.with_name(f"{path.name}-journal").exists():
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _repair(data_dir: Path) -> str:
    """Put a sound database in its place; what was done."""
    path, new = data_dir / database.FILE_NAME, data_dir / _NEW
    backup = copies.newest_good(data_dir)
    new.unlink(missing_ok=True)
    done = _salvaged(path, new, backup)
    if done is None and backup is not None:
        shutil.copyfile(backup.path, new)
        done = f"the backup {backup.path.name} with {backup.pictures} pictures took its place"
    if done is None:
        done = "nothing could be read and there is no backup, so it begins anew"
    kept = set_aside(data_dir, QUARANTINE)
    if new.exists():
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    flush_folder(data_dir)
    return f"{done}; {f'the damaged one is kept in {kept}' if kept else 'nothing was left of it'}"


def _salvaged(path: Path, new: Path, backup: copies.Facts | None) -> str | None:
    """Make `new` from the rows; None where that gives less than the backup has."""
    try:
        found = salvage(path, new, backup.path if backup else None)
        facts = copies.verify(new)
    except (sqlite3.DatabaseError, StoreError) as error:
        log.error("%s: its rows cannot be read: %s", path, error)
        new.unlink(missing_ok=True)
        return None
    if backup is not None and facts.pictures < backup.pictures // 2:
        new.unlink(missing_ok=True)
        return None
    if not found.gaps:
        return f"all of its {facts.pictures} pictures could be read"
    where = ", ".join(found.gaps)
    return f"{facts.pictures} pictures could be read, some rows are lost (in {where})"


def set_aside(data_dir: Path, place: str, name: str = database.FILE_NAME) -> str | None:
    """Move the files of a database to `place/<n>`; where to, if there were any.

    The log goes first: it must never lie beside another database.
    """
    there = [
        data_dir / f"{name}{end}"
        for end in ("-wal", "-journal", "")
        if (data_dir / f"{name}{end}").exists()
    ]
    (data_dir / f"{name}-shm").unlink(missing_ok=True)
    if not there:
        return None
    number = 1
    while (folder := data_dir / place / str(number)).exists():
        number += 1
    folder.mkdir(parents=True)
    for file in there:
        file.replace(folder / file.name)
        flush_folder(folder)
    return f"{place}/{number}"


def _migrated(data_dir: Path) -> sqlite3.Connection:
    """Opened for writing; a copy is made before the schema of what is there changes."""
    path = data_dir / database.FILE_NAME
    if path.exists() and path.stat().st_size:
        with contextlib.closing(database.open_reader(data_dir)) as db, database.sqlite_errors(path):
            lacking = database.pending(db, path)
        if lacking and "m001_first" not in lacking:
            facts = copies.copy(data_dir, data_dir / copies.before(lacking[0]))
            log.info("before the database is brought up to date it was copied to %s", facts.path)
    return database.open_writer(data_dir)
