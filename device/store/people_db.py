"""Opens `people.db`: who may come in. Any process may write, in short transactions.

Apart from `tagd.db`, which one process owns, so that `tagd user` works beside a running daemon, and
a damaged store of pictures never decides who sees them. A rollback journal: two processes share it
without a shared memory file, and it is written seldom. Everything sqlite3 raises leaves here as a
`StoreError`.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from device import age
from device.age import Age, Reading
from device.disk import flush_folder
from device.errors import StoreDamaged, StoreError, StoreNewer
from device.store import checkup, database
from device.store.people_schema import migrations

log = logging.getLogger(__name__)

FILE_NAME = "people.db"
_LOCK = "people.lock"
_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",  # what was taken back leaves no trace in the file
    "PRAGMA cache_size = -500",  # KiB
    "PRAGMA foreign_keys = ON",
)


class PeopleDb:
    """Connections to `people.db` from a small pool. Any thread."""

    def __init__(self, data_dir: Path, reading: Callable[[], Reading] = age.reading) -> None:
        """Makes the file, mode 0600, where there is none. Raises `StoreError`.

        One that is damaged is moved to `quarantine/` and begun anew: then nobody may log in.
        """
        self._data_dir = data_dir
        self._path = data_dir / FILE_NAME
        self._reading = reading
        self._idle: deque[tuple[int, sqlite3.Connection]] = deque()  # with their file's number
        self._opening = threading.Lock()
        self._closed = False
        self.notice: str | None = None  # what was done about a damaged file
        self._prepare()

    def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        self._closed = True
        self._drop_idle()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for one question or several."""
        with self._connection() as db:
            yield db

    @contextlib.contextmanager
    def write(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        """A transaction, all or nothing, and the age of the device now."""
        with self._connection() as db, database.transaction(db, self._path):
            now = self._aged(db)
            db.execute(
                "INSERT OR REPLACE INTO age (id, seconds, boot, uptime, anchor, wall)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                (now.seconds, now.boot, now.uptime, now.anchor, now.wall),
            )
            yield db, now.seconds

    def age(self, db: sqlite3.Connection) -> float:
        """The age of the device now, in seconds."""
        return self._aged(db).seconds

    def _aged(self, db: sqlite3.Connection) -> Age:
        row = db.execute("SELECT seconds, boot, uptime, anchor, wall FROM age").fetchone()
        now = self._reading()
        return age.begun(now) if row is None else age.advanced(Age(*row), now)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        inode, db = self._take()
        try:
            with database.sqlite_errors(self._path):
                yield db
        except StoreDamaged:
            db.close()
            self._drop_idle()
            self._prepare()
            raise
        except BaseException:
            self._give_back(inode, db)
            raise
        self._give_back(inode, db)

    def _take(self) -> tuple[int, sqlite3.Connection]:
        """An idle connection to the file that lies there now, or a new one."""
        there = self._inode()
        if there is None:  # somebody took it away
            self._prepare()
            there = self._inode()
        with contextlib.suppress(IndexError):
            while True:
                inode, db = self._idle.pop()
                if inode == there:
                    return inode, db
                db.close()
        return there or 0, self._opened()

    def _give_back(self, inode: int, db: sqlite3.Connection) -> None:
        self._idle.append((inode, db))
        if self._closed:  # maybe just now: whoever comes last closes it
            self._drop_idle()

    def _drop_idle(self) -> None:
        with contextlib.suppress(IndexError):  # another thread may take the last one
            while True:
                self._idle.pop()[1].close()

    def _inode(self) -> int | None:
        try:
            return os.stat(self._path).st_ino
        except FileNotFoundError:
            return None
        except OSError as error:
            raise database.folder_error(self._data_dir, error) from error

    def _opened(self) -> sqlite3.Connection:
        with database.sqlite_errors(self._path):
            db = sqlite3.connect(
                self._path, timeout=5.0, isolation_level=None, check_same_thread=False
            )
            try:
                for pragma in _PRAGMAS:
                    db.execute(pragma)
            except BaseException:
                db.close()
                raise
        return db

    def _prepare(self) -> None:
        """Have a sound file with all tables there, whoever else is about to."""
        with self._opening:
            try:
                self._data_dir.mkdir(parents=True, exist_ok=True)
                with open(self._data_dir / _LOCK, "ab") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    self._hand_over(_LOCK)
                    self._prepare_alone()
            except OSError as error:
                if isinstance(error, StoreError):
                    raise
                raise database.folder_error(self._data_dir, error) from error

    def _prepare_alone(self) -> None:
        trouble = self._trouble()
        if trouble is not None:
            place = checkup.set_aside(self._data_dir, checkup.QUARANTINE, FILE_NAME)
            self.notice = (
                f"{FILE_NAME} was damaged ({trouble}) and is kept in {place}: nobody can log in"
                " until `tagd user add` makes a new administrator"
            )
            log.error("%s", self.notice)
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            flush_folder(self._data_dir)
        self._hand_over(FILE_NAME)
        if self._path.stat().st_mode & 0o077:
            self._path.chmod(0o600)
        with contextlib.closing(self._opened()) as db, database.sqlite_errors(self._path):
            migrations.apply(Database(db))

    def _hand_over(self, name: str) -> None:
        """What root makes with a command is for the user whom the daemon runs as."""
        if os.geteuid() == 0:
            owner = self._data_dir.stat()
            os.chown(self._data_dir / name, owner.st_uid, owner.st_gid)

    def _trouble(self) -> str | None:
        """What is wrong with the file; None: nothing. Raises `StoreNewer`."""
        if not self._path.exists() or not self._path.stat().st_size:
            return None
        try:
            with contextlib.closing(self._opened()) as db, database.sqlite_errors(self._path):
                [(found,)] = db.execute("PRAGMA quick_check(1)").fetchall()
                if found == "ok":
                    self._refuse_newer(db)
        except StoreDamaged as error:
            return str(error.__cause__ or error)
        return None if found == "ok" else str(found).replace("\n", " ")

    def _refuse_newer(self, db: sqlite3.Connection) -> None:
        ours = {one.name for one in migrations.pending(Database(sqlite3.connect(":memory:")))}
        try:
            found = db.execute("SELECT name FROM _sqlite_migrations").fetchall()
        except sqlite3.OperationalError:  # none yet
            return
        newer = sorted({str(name) for (name,) in found} - ours)
        if newer:
            told = f"a newer tagd wrote it ({newer[0]}); install that one again"
            raise StoreNewer(f"{self._path}: {told}")
