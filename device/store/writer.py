"""The one writer: picture files, then rows and events in one transaction; the index afterwards.

Lives in the write thread.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from device import ids
from device.errors import StoreDamaged, StoreError, StoreFull
from device.results import ERASING, Change, Imported, Tagged, VisitChange, bare
from device.store import (
    acts,
    checkup,
    database,
    files,
    forget,
    imports,
    index,
    mark,
    notices,
    switches,
    tombs,
)
from device.store.eraser import Eraser
from device.store.files import PictureFiles
from device.store.index_keeper import IndexKeeper
from device.store.room import Room
from device.store.scribe import Scribe
from device.types import Outcome

log = logging.getLogger(__name__)

T = TypeVar("T")


class Store:
    """Owns the data folder from construction to `close`.

    Raises `StoreBusy`, `StoreFull`, `StoreNewer` or `StoreError` when it cannot be owned or used.
    """

    def __init__(self, data_dir: Path, device: str) -> None:
        self.data_dir = data_dir
        self._path = data_dir / database.FILE_NAME
        self.files = PictureFiles(data_dir)
        self._lock = database.lock_folder(data_dir)
        try:
            self.room = Room(data_dir)
            self.room.prepare()
            opened = checkup.open_store(data_dir)
        except BaseException:
            self._lock.close()
            raise
        self.db = opened.db  # for what else is done in the write thread, too
        self.orderly = opened.run.clean or opened.run.first  # so the last run ended
        self.damaged = False  # the file is wrong: the store is to be opened anew
        self._left_open = True  # visits of the last run
        try:
            self._begin(opened, device)
        except BaseException:
            self.db.close()
            self._lock.close()
            raise

    def _begin(self, opened: checkup.Opened, device: str) -> None:
        self._mark = mark.Mark(self.data_dir, opened.run.limit)
        with database.transaction(self.db, self._path):
            anew = tombs.agree(self.db, self.data_dir) or opened.repaired is not None
            self._scribe = scribe = Scribe(self.db, device, tombs.Tombs(self.db, self.data_dir))
            if anew and tombs.keys(self.db):
                acts.add(self.db, ids.new_id(), "tombs", None, "tagd", scribe.newest)
            scribe.seq, self.notice = notices.go_on(self.db, opened, self._mark, scribe.seq, device)
        self._mark.begin(self.seq)
        self.index = IndexKeeper(self.db, self._path)
        self.index.check()
        self.eraser = Eraser(
            *(self.db, self._path, self.files, scribe, self.index, self._transaction)
        )
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

        While the disk is nearly full, pictures are left out; once it is full, the reserve goes to
        events. Raises `StoreFull` or `StoreError` when nothing was stored: try again later.
        """
        if self.room.level != "ok":
            batch = bare(batch)
        return self._mending(partial(self._commit_somehow, batch, cursors))

    def _commit_somehow(self, batch: Sequence[Change], cursors: Mapping[str, int]) -> list[Outcome]:
        try:
            return self._commit(batch, cursors)
        except StoreFull:
            if not self.room.give_up():
                raise
            return self._commit(bare(batch), cursors)

    def _mending(self, act: Callable[[], T]) -> T:
        """Reviewing, forgetting and erasing change the index: a cache, and no reason to end."""
        try:
            try:
                return act()
            except StoreDamaged:
                if self.index.check(whole=True):
                    raise
                return act()
        except StoreDamaged:
            self.found_damaged()
            raise

    def _commit(self, batch: Sequence[Change], cursors: Mapping[str, int]) -> list[Outcome]:
        scribe = self._scribe
        fresh = self._fresh(batch)
        written = self.files.write(list(fresh.values()))
        newest = scribe.newest
        try:
            with self._transaction():
                if self._left_open:
                    scribe.end_visits()
                outcomes = [scribe.write(change, fresh) for change in batch]
                for sink, cursor in cursors.items():
                    self.db.execute(
                        "UPDATE sink SET cursor = max(cursor, ?) WHERE name = ?", (cursor, sink)
                    )
        except BaseException:
            files.remove(*written)
            raise
        self._left_open = False
        self.index.waiting += scribe.newest - newest
        self.eraser.waiting |= any(isinstance(change, ERASING) for change in batch)
        if self.room.level == "full":
            database.fold_back(self.db)  # else the log takes the reserve for itself
        self.index.tend()
        return outcomes

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, also of what the scribe remembers."""
        scribe = self._scribe
        seq, newest = scribe.seq, scribe.newest
        try:
            with database.transaction(self.db, self._path):
                yield
                self._mark.cover(scribe.seq)
        except BaseException:
            scribe.begin_again(seq, newest)
            raise
        self._mark.note(scribe.seq)

    def tend(self) -> bool:
        """Do a little of what can wait; True while there is more of it. Raises `StoreDamaged`."""
        return self._mending(lambda: self.index.tend() or self.eraser.step())

    def forget(self, numbers: Sequence[int]) -> list[Path]:
        """Forget pictures by their row numbers; what is not there is no matter.

        Index, counts, visits and reviews are right afterwards, and an event that still speaks of
        such a picture keeps its bytes. Returns the files that no row names any more: unlink them.
        Raises `StoreDamaged`.
        """
        return self._mending(partial(self._forget, numbers))

    def _forget(self, numbers: Sequence[int]) -> list[Path]:
        with database.transaction(self.db, self._path):
            left = forget.forget(self.db, self._scribe.rows, numbers, self.files)
            index.set_counter(self.db, "picture", self._scribe.newest)  # maybe that has gone
            self.index.waiting = index.behind(self.db)
        return left

    def add_sink(self, name: str) -> None:
        """Note a sink; one that is new here starts with the next event."""
        with database.transaction(self.db, self._path):
            self.db.execute("INSERT OR IGNORE INTO sink VALUES (?, ?)", (name, self.seq))

    def enabled_sources(self, configured: Mapping[str, bool]) -> dict[str, bool]:
        """By source, whether it is on: as a person chose, or else as `configured`."""
        with database.transaction(self.db, self._path):
            return switches.settle(self.db, configured)

    def found_damaged(self) -> None:
        """The file was found wrong: the next opening looks through all of it."""
        self.damaged = True
        self._mark.damaged(self.seq)

    def close(self) -> None:
        """Fold the WAL back, close, and give the folder free. Twice does no harm."""
        self._mark.close(self.seq, clean=database.fold_back(self.db))
        self.db.close()
        self._lock.close()

    def _fresh(self, batch: Sequence[Change]) -> dict[str, Tagged]:
        """By frame id, what is not in the store: two copies may meet within one batch."""
        fresh: dict[str, Tagged] = {}
        contents: set[tuple[str, bytes]] = set()
        for change in batch:
            item = change.picture if isinstance(change, (VisitChange, Imported)) else change
            if not isinstance(item, Tagged):
                continue
            if isinstance(change, Imported) and not self._is_importable(change):
                continue
            content = (item.origin.source, item.origin.sha256 or b"")
            if item.origin.sha256 and (content in contents or self._is_known(item)):
                continue
            contents.add(content)
            fresh[item.origin.frame_id] = item
        return fresh

    def _is_importable(self, change: Imported) -> bool:
        with database.sqlite_errors(self._path):
            erased = self._scribe.tombs
            return imports.is_new(self.db, change) and not imports.refusal(self.db, change, erased)

    def _is_known(self, item: Tagged) -> bool:
        with database.sqlite_errors(self._path):
            return self._scribe.find(item.origin) is not None
