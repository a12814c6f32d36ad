"""The one writer: picture files, then rows and events in one transaction; the index afterwards.

Lives in the write thread.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from device.errors import StoreError
from device.results import Change, Tagged, VisitChange
from device.store import database, forget, index, switches
from device.store.files import PictureFiles
from device.store.scribe import Scribe
from device.store.tending import Tending
from device.types import Outcome

log = logging.getLogger(__name__)


class Store:
    """Owns the data folder from construction to `close`.

    Raises `StoreBusy`, `StoreFull` or `StoreError` when the folder cannot be owned or used.
    """

    def __init__(self, data_dir: Path, device: str) -> None:
        self._path = data_dir / database.FILE_NAME
        self._files = PictureFiles(data_dir)
        self._lock = database.lock_folder(data_dir)
        try:
            self._db = database.open_writer(data_dir)
        except BaseException:
            self._lock.close()
            raise
        try:
            with database.sqlite_errors(self._path):
                self._scribe = Scribe(self._db, device)
            self.index = Tending(self._db, self._path)
        except BaseException:
            self.close()
            raise
        self._left_open = True  # visits of the last run
        try:
            self.commit([], {})
        except StoreError as error:  # a full disk is no reason not to start
            log.error("visits of the last run are not closed yet: %s", error)

    @property
    def seq(self) -> int:
        """The newest event that ever was."""
        return self._scribe.seq

    def commit(self, batch: Sequence[Change], cursors: Mapping[str, int]) -> list[Outcome]:
        """Make these results durable, and note how far the sinks are; one outcome each.

        Raises `StoreFull` or `StoreError` when nothing of it was stored: try again later.
        """
        scribe = self._scribe
        fresh = self._fresh(batch)
        self._files.write(list(fresh.values()))
        seq, newest = scribe.seq, scribe.newest
        try:
            with database.transaction(self._db, self._path):
                if self._left_open:
                    scribe.end_visits()
                outcomes = [scribe.write(change, fresh) for change in batch]
                for sink, cursor in cursors.items():
                    self._db.execute(
                        "UPDATE sink SET cursor = max(cursor, ?) WHERE name = ?", (cursor, sink)
                    )
        except BaseException:
            scribe.begin_again(seq, newest)
            raise
        self._left_open = False
        self.index.added(scribe.newest - newest)
        self.tend()
        return outcomes

    def tend(self) -> bool:
        """Do a little of what can wait; True while there is more of it. Raises nothing."""
        return self.index.step()

    def forget(self, numbers: Sequence[int]) -> list[Path]:
        """Forget pictures by their row numbers; what is not there is no matter.

        Index, counts, visits and reviews are right afterwards, and an event that still speaks of
        such a picture keeps its bytes. Returns the files that no row names any more: unlink them.
        """
        with database.transaction(self._db, self._path):
            files = forget.forget(self._db, self._scribe.rows, numbers, self._files)
            index.set_counter(self._db, "picture", self._scribe.newest)  # maybe that has gone
            self.index.count()
        return files

    def add_sink(self, name: str) -> None:
        """Note a sink; one that is new here starts with the next event."""
        with database.transaction(self._db, self._path):
            self._db.execute("INSERT OR IGNORE INTO sink VALUES (?, ?)", (name, self.seq))

    def enabled_sources(self, configured: Mapping[str, bool]) -> dict[str, bool]:
        """By source, whether it is on: as a person chose, or else as `configured`."""
        with database.transaction(self._db, self._path):
            return switches.settle(self._db, configured)

    def close(self) -> None:
        """Fold the WAL back, close, and give the folder free. Twice does no harm."""
        self._db.close()
        self._lock.close()

    def _fresh(self, batch: Sequence[Change]) -> dict[str, Tagged]:
        """By frame id, what is not in the store: two copies may meet within one batch."""
        fresh: dict[str, Tagged] = {}
        contents: set[tuple[str, bytes]] = set()
        for change in batch:
            item = change.picture if isinstance(change, VisitChange) else change
            if not isinstance(item, Tagged):
                continue
            content = (item.origin.source, item.origin.sha256 or b"")
            if item.origin.sha256 and (content in contents or self._is_known(item)):
                continue
            contents.add(content)
            fresh[item.origin.frame_id] = item
        return fresh

    def _is_known(self, item: Tagged) -> bool:
        with database.sqlite_errors(self._path):
            return self._scribe.find(item.origin) is not None
