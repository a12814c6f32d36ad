"""Opens `tagd.db`: one writer that owns the data folder, and read-only connections.

WAL with synchronous=FULL: NORMAL lost up to 31 s of commits in a power cut, FULL none, at the
same number of bytes. Everything sqlite3 raises leaves here as a `StoreError` that says what
to do.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from device.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreNewer
from device.store.migrations import migrations

FILE_NAME = "tagd.db"
_PRAGMAS = (
    "PRAGMA auto_vacuum = INCREMENTAL",  # of a new database; an old one keeps what it has
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_size_limit = 4194304",  # bytes: a long reader once grew the WAL to 415 MB
    "PRAGMA cache_size = -8000",  # KiB
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = FAST",  # zeros over what goes, in pages that are written anyway
)


def lock_folder(data_dir: Path) -> IO[bytes]:
    """Make the folder and own it for as long as the returned file is open.

    Raises `StoreBusy` while another process owns it, `StoreError` when it cannot be used.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = open(data_dir / "tagd.lock", "ab")  # noqa: SIM115 - open as long as it is owned
    except OSError as error:
        raise folder_error(data_dir, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        told = "another tagd is using it; stop that one, or name another data_dir"
        raise StoreBusy(f"{data_dir}: {told}") from None
    except OSError as error:
        lock.close()
        raise folder_error(data_dir, error) from error
    return lock


def open_writer(data_dir: Path) -> sqlite3.Connection:
    """The one write connection, migrated. Transactions are begun by hand."""
    path = data_dir / FILE_NAME
    with sqlite_errors(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            lacking = pending(connection, path)
            if lacking:
                migrations.apply(Database(connection))
            if lacking and "m001_first" not in lacking:  # it was there: much of it is free now
                connection.execute("VACUUM")
            # After the migrations, which may put a new table in an old one's place.
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    return connection


def open_reader(data_dir: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises `StoreError` where there is no database yet."""
    path = data_dir / FILE_NAME
    if not path.exists():
        raise StoreError(f"{path}: there is no database yet; start tagd, or check data_dir")
    with sqlite_errors(path):
        connection = sqlite3.connect(
            f"file:{_uri_path(path)}?mode=ro", uri=True, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("PRAGMA cache_size = -4000")  # reads the schema: it may be damaged
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing. A failed commit is rolled back and raised as a `StoreError`."""
    with sqlite_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back by itself
                connection.execute("ROLLBACK")
            raise


def fold_back(connection: sqlite3.Connection) -> bool:
    """Bring all of the WAL into the database file; whether it is all there now."""
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:  # closed before, or the disk is full or damaged
        return False
    return not busy


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """sqlite3's errors as ours.

    Those about a value pass: they are a bug or one bad picture, and will not be better later.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise _store_error(path, str(error)) from error


def folder_error(data_dir: Path, error: OSError) -> StoreError:
    """What is wrong with the data folder, and what to do."""
    reason = (error.strerror or str(error)).lower()
    if isinstance(error, PermissionError):
        told = f"this user ({os.geteuid()}) may not write there; chown it, or set data_dir"
        return StoreError(f"{data_dir}: {told}")
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return StoreError(f"{data_dir}: a file is in the way; remove it, or set data_dir elsewhere")
    return _store_error(data_dir, reason)


def _store_error(path: Path, reason: str) -> StoreError:
    if "disk is full" in reason or "no space" in reason or "quota" in reason:
        return StoreFull(f"{path}: the disk is full; make room and tagd goes on by itself")
    if "readonly" in reason or "read-only" in reason:
        return StoreError(f"{path}: read-only; remount it for writing, or set data_dir elsewhere")
    if "malformed" in reason or "not a database" in reason:
        return StoreDamaged(f"{path}: damaged ({reason}); tagd repairs it when it starts")
    return StoreError(f"{path}: {reason}")


def pending(connection: sqlite3.Connection, path: Path) -> list[str]:
    """The migrations that it lacks; all of them for an empty one. Raises `StoreNewer`."""
    ours = _names()
    try:
        rows = connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = 'tagd'"
        ).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        rows = []
    applied = {name for (name,) in rows}
    if unknown := applied.difference(ours):
        told = f"written by a newer tagd (it has {max(unknown)}, this one ends at {ours[-1]})"
        raise StoreNewer(f"{path}: {told}; install that version, or restore an older backup")
    return [name for name in ours if name not in applied]


def _names() -> list[str]:
    """All our migrations, in their order: those that an empty database still lacks."""
    fresh = sqlite3.connect(":memory:")
    try:
        return [migration.name for migration in migrations.pending(Database(fresh))]
    finally:
        fresh.close()


def _uri_path(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
