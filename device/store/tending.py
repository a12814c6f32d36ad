"""Keeps the index of the pictures behind them by no more than a slice. In the write thread."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from device.errors import StoreError, StoreFull
from device.store import database, index

log = logging.getLogger(__name__)


class Tending:
    """Each step is a transaction of its own, after those that it serves."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        """Looks whether the index is sound. Raises `StoreError`."""
        self._db = db
        self._path = path
        self._waiting = 0  # pictures that are not in it
        self.check()

    def added(self, pictures: int) -> None:
        """So many have become durable."""
        self._waiting += pictures

    def count(self) -> None:
        """Count anew what waits, after some were forgotten."""
        with database.sqlite_errors(self._path):
            self._waiting = index.behind(self._db)

    def step(self) -> bool:
        """Bring it one slice nearer to the pictures, once a slice waits. Raises nothing.

        True while there is more to do.
        """
        if self._waiting < index.SLICE:
            return False
        try:
            self._fold()
        except StoreFull:
            return False
        except (StoreError, *index.DAMAGED) as error:
            log.warning("the search index is made anew: %s", error)
            try:
                self.rebuild()
            except (StoreError, *index.DAMAGED) as worse:
                # What was to be stored is stored: this may not undo it. Again after a slice.
                log.error("searches stay slow, the index cannot be made: %s", worse)
                self._waiting = 0
        return self._waiting >= index.SLICE

    def rebuild(self) -> None:
        """Forget the index; `step` makes it anew, and until then searches look at the rows."""
        with database.transaction(self._db, self._path):
            index.clear(self._db)
            self._waiting = index.behind(self._db)

    def check(self, whole: bool = False) -> bool:
        """Whether it is sound; one that is not is begun anew, and `step` makes it.

        A few pages are read, or with `whole` all of the index.
        """
        sound = index.is_sound(self._db, whole)
        if not sound:
            log.warning("the search index is missing or damaged: it is made anew")
            self.rebuild()
        self.count()
        return sound

    def _fold(self) -> None:
        with database.transaction(self._db, self._path):
            index.fold(self._db)
            self._waiting = index.behind(self._db)
