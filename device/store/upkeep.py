"""What the write thread does between commits: forget, shrink, look at the disk. In small slices."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from device import clock
from device.errors import StoreDamaged, StoreError
from device.store import database, ledger, prune, retention, rows, strays
from device.store.retention import Rules
from device.store.room import look
from device.store.writer import Store

log = logging.getLogger(__name__)

_ROUND = 3600.0  # seconds between two rounds by age
_REST = 5.0  # seconds between two looks at the room
_FREE_PAGES = 64  # of the database file: fewer than that are left to be used again
_VACUUM = 500  # pages given back to the disk at once
_HURRY = 1.0  # days that delivered events stay when room is short
_DAY_MS = 86_400_000


class Upkeep:
    """Call it after every batch; it does one slice, if it is time. One thread.

    `gone` may be filled by another thread: rows of the ledger whose file is not there any more.
    """

    def __init__(
        self,
        store: Store,
        rules: Rules,
        *,
        event_days: float = 14.0,
        max_bytes: int | None = None,
        min_free: int | None = None,
        delivered: Callable[[], int] = lambda: 0,
    ) -> None:
        """`max_bytes` of pictures and database, `min_free` bytes of the disk.

        `delivered`: up to which seq every sink has the events.
        """
        self._store = store
        self._db, self._path = store.db, store.data_dir / database.FILE_NAME
        self._rows = rows.Rows()
        self._rules = rules
        self._event_days = event_days
        self._max_bytes = max_bytes
        self._min_free = min_free
        self._delivered = delivered
        self.gone: deque[ledger.Row] = deque()
        self._counted: int | None = None  # bytes of all picture files; None: not counted yet
        self._removed = 0  # bytes of picture files, since then
        self.forgotten = 0  # pictures, since the start
        self.problem: str | None = None
        self._steps = self._endless()
        self._again_at = 0.0

    def __call__(self) -> None:
        """One slice. Raises `StoreDamaged`; anything else is told and tried again later."""
        self._store.room.check()
        if time.monotonic() < self._again_at:
            return
        try:
            pause = next(self._steps)
            self.problem = None
        except StoreDamaged:
            raise
        except (StoreError, sqlite3.Error, OSError) as error:
            if self.problem != str(error):
                log.warning("old pictures are not forgotten now: %s", error)
            self.problem = str(error)
            self._steps = self._endless()
            pause = 2 * _REST
        self._again_at = time.monotonic() + pause

    def counted(self, picture_bytes: int) -> None:
        """All picture files hold so much; what comes and goes from now on is added here."""
        self._removed, self._store.files.written = 0, 0
        self._counted = picture_bytes

    @property
    def picture_bytes(self) -> int | None:
        """Of all picture files; None: not counted yet. Any thread."""
        if self._counted is None:
            return None
        return self._counted + self._store.files.written - self._removed

    def _endless(self) -> Iterator[float]:
        """Seconds to wait after each slice."""
        if not self._store.orderly:
            yield from self._strays()
            self._store.orderly = True
        while True:
            yield from self._by_age()
            yield from self._events(self._event_days)
            end = time.monotonic() + _ROUND
            while time.monotonic() < end:
                yield from self._for_room()
                yield from self._ledger()
                yield from self._shrink()
                yield _REST

    def _strays(self) -> Iterator[float]:
        for files in strays.orphans(self._db, self._store.data_dir):
            for path in files:
                log.info("%s: removed, a crash came before its row", path.name)
                _unlink(path)
            yield 0.0
        for numbers in strays.without_file(self._db, self._store.files):
            if numbers:
                log.warning("the files of %d pictures are gone", len(numbers))
                with database.transaction(self._db, self._path):
                    strays.note_without_file(self._db, self._rows, numbers)
            yield 0.0

    def _by_age(self) -> Iterator[float]:
        if clock.state() != "synced":  # a clock that is wrong by years would take everything
            return
        now_ms = clock.milliseconds(clock.now())
        name = partial(self._rows.name, self._db)
        for numbers in retention.too_old(self._db, self._rules, now_ms, name):
            self._forget(numbers)
            yield 0.0
        for visits in retention.old_visits(self._db, self._rules, now_ms):
            prune.visits(self._db, self._path, visits)
            yield 0.0
        if self._rules.days is not None:
            before = now_ms - round(self._rules.days * _DAY_MS)
            while prune.refusals(self._db, self._path, before):
                yield 0.0

    def _for_room(self) -> Iterator[float]:
        if not self._is_too_much():
            return
        log.info("pictures are forgotten to make room")
        # An event that outlives its picture has to be written out, which takes room.
        yield from self._events(min(self._event_days, _HURRY))
        for numbers in retention.for_room(self._db, self._rules):
            self._forget(numbers)
            while visits := retention.visits_before_pictures(self._db):
                prune.visits(self._db, self._path, visits)
                yield 0.0
            yield from self._shrink()
            yield 0.0
            if not self._is_too_much():
                return

    def _is_too_much(self) -> bool:
        if self._min_free is not None and look(self._store.data_dir).free < self._min_free:
            return True
        pictures = self.picture_bytes
        if self._max_bytes is None or pictures is None:
            return False
        return pictures + self._path.stat().st_size > self._max_bytes

    def _events(self, days: float) -> Iterator[float]:
        if clock.state() != "synced":
            return
        before = clock.milliseconds(clock.now()) - round(days * _DAY_MS)
        while prune.events(self._db, self._path, before, self._delivered()):
            yield 0.0

    def _ledger(self) -> Iterator[float]:
        while self.gone:
            count = min(len(self.gone), retention.SLICE)
            gone = [self.gone.popleft() for _ in range(count)]
            prune.files(self._db, self._path, gone)
            yield 0.0

    def _shrink(self) -> Iterator[float]:
        while prune.free_pages(self._db, self._path) > _FREE_PAGES:
            prune.shrink(self._db, self._path, _VACUUM)
            yield 0.0

    def _forget(self, numbers: list[int]) -> None:
        if not numbers:
            return
        for path in self._store.forget(numbers):
            with contextlib.suppress(OSError):
                self._removed += path.stat().st_size
            _unlink(path)
        self.forgotten += len(numbers)


def _unlink(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
