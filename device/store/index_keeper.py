"""Keeps the index near to the pictures, and makes it anew when it is damaged. Write thread."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from device.errors import StoreError, StoreFull
from device.store import database, index

log = logging.getLogger(__name__)


class IndexKeeper:
    """On the store's write connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path
        self.waiting = 0  # pictures that are not in the index

    def tend(self) -> bool:
        """Bring the index one slice nearer to the pictures, once a slice waits. Raises nothing.

        True while there is more to do: call it again when there is nothing else.
        """
        if self.waiting < index.SLICE:
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
                self.waiting = 0
        return self.waiting >= index.SLICE

    def _fold(self) -> None:
        with database.transaction(self._db, self._path):
            index.fold(self._db)
            self.waiting = index.behind(self._db)

    def rebuild(self) -> None:
        """Forget the index; `tend` makes it anew, and until then searches look at the rows."""
        with database.transaction(self._db, self._path):
            index.clear(self._db)
            self.waiting = index.behind(self._db)

    def count(self) -> None:
        """How many pictures are not in it, after some have gone."""
        with database.sqlite_errors(self._path):
            self.waiting = index.behind(self._db)

    def check(self, whole: bool = False) -> bool:
        """Whether the index is sound; one that is not is begun anew, and `tend` makes it.

        A few pages are read, or with `whole` all of the index.
        """
        sound = index.is_sound(self._db, whole)
        if not sound:
            log.warning("the search index is missing or damaged: it is made anew")
            self.rebuild()
        self.count()
        return sound
