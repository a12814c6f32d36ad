"""Read-only connections from a small pool, so that any thread may ask."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from device.errors import StoreDamaged
from device.naming import Naming
from device.store import database, rows
from device.store.tail import Tail


class Pool:
    """Connections to `tagd.db`. Raises `StoreError` where there is none."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / database.FILE_NAME
        self._rows = rows.Rows()
        self._tail = Tail()
        self._idle: deque[sqlite3.Connection] = deque([database.open_reader(data_dir)])
        self._closed = False
        self.naming: Callable[[], Naming] = Naming  # what the stored words are called today
        self.damaged = False  # SQLite has found the file wrong: the store is to be opened anew

    def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        self._closed = True
        with contextlib.suppress(IndexError):  # another thread may take the last one
            while True:
                self._idle.pop().close()

    def _all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._connection() as db:
            return db.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """One state of the database for several questions."""
        with self._connection() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.pop()
        except IndexError:
            db = database.open_reader(self._data_dir)
        try:
            with database.sqlite_errors(self._path):
                yield db
        except StoreDamaged:
            self.damaged = True
            raise
        finally:
            self._idle.append(db)
            if self._closed:  # maybe just now: whoever comes last closes it
                self.close()
