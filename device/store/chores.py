"""The store's slow work, in a thread of its own: backups on time, counting files, the ledger.

It only reads the database; what is to be written is handed to the write thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from device import clock
from device.errors import Busy, StoreDamaged, StoreError
from device.store import copies, footprint, ledger, tombs
from device.store.footprint import Footprint
from device.store.reader import Reader
from device.store.upkeep import Upkeep
from device.workers import Worker

log = logging.getLogger(__name__)

_LOOK = 5.0  # seconds between two beats
_COUNT = 6 * 3600.0  # seconds between two counts of all files, and two looks at the ledger
_RETRY = 3600.0  # seconds until a backup that failed is tried again
_PAGE = 500


class Chores:
    """`run` in its thread; `status` and `problem` from any."""

    def __init__(
        self, data_dir: Path, reader: Reader, upkeep: Upkeep, *, every: float, keep: int
    ) -> None:
        """A backup `every` so many seconds (0: none), and the newest `keep` of them stay."""
        self._data_dir = data_dir
        self._reader = reader
        self._upkeep = upkeep
        self._every = every
        self._keep = keep
        self._backup_at = time.monotonic() + self._first()
        self._count_at = 0.0
        self.newest: copies.Facts | None = None  # made by this run
        self.footprint: Footprint | None = None  # as it was counted last
        self.problem: str | None = None
        self._backing_up = threading.Lock()

    @property
    def picture_bytes(self) -> int | None:
        """Of all picture files; None: not counted yet. Any thread."""
        return self._upkeep.picture_bytes

    def run(self, worker: Worker) -> None:
        """Until told to stop."""
        while not worker.stopping.wait(_LOOK):
            worker.beat()
            if time.monotonic() >= self._count_at:
                self._count_at = time.monotonic() + _COUNT
                self._count(worker)
                self._look_through_ledger(worker)
            if self._every and time.monotonic() >= self._backup_at:
                self.back_up()

    def back_up_now(self) -> copies.Facts:
        """Make a backup, looked through. Any thread. Raises `Busy`, `StoreError`."""
        if not self._backing_up.acquire(blocking=False):
            raise Busy("a backup is being made; come back soon", retry_after=10.0)
        try:
            self.newest = copies.keep(self._data_dir, self._reader.last_seq(), self._keep)
        finally:
            self._backing_up.release()
        self.problem = None
        self._backup_at = time.monotonic() + self._every
        log.info("backup %s with %d pictures", self.newest.path.name, self.newest.pictures)
        return self.newest

    def back_up(self) -> None:
        """Make the backup that is due; a failure is told, and tried again later."""
        try:
            self.back_up_now()
        except Busy:
            return
        except StoreDamaged:
            self._reader.damaged = True
        except StoreError as error:
            self.problem = f"no backup could be made: {error}"
            self._backup_at = time.monotonic() + min(self._every, _RETRY)
            log.warning("%s", self.problem)

    def _first(self) -> float:
        """Seconds until the first one of this run is due; a minute where none is known of."""
        with contextlib.suppress(IndexError, OSError):
            newest = copies.scheduled(self._data_dir)[0].stat().st_mtime
            if clock.state() == "synced":
                return max(60.0, min(self._every, newest + self._every - clock.now()))
            return self._every
        return 60.0

    def _count(self, worker: Worker) -> None:
        def go_on() -> bool:
            worker.beat()
            return not worker.stopping.is_set()

        if (found := footprint.count(self._data_dir, go_on)) is not None:
            self._upkeep.counted(found.total)
            self.footprint = found

    def _look_through_ledger(self, worker: Worker) -> None:
        """A file that is gone from its folder need not be remembered any more."""
        after: tuple[int, bytes] = (0, b"")
        while not worker.stopping.is_set():
            rows = self._reader.ledger(after, _PAGE)
            if not rows:
                return
            after = rows[-1][:2]
            worker.beat()
            self._upkeep.gone.extend(_gone(rows))


def _gone(rows: list[ledger.Row]) -> Iterator[ledger.Row]:
    """Those whose file is not there, although the disk that it was on is.

    A folder that is not mounted looks empty; its files will be back, and not to be tagged again.
    """
    for row in rows:
        path = row[1]
        if tombs.is_hidden(path):
            continue
        try:
            os.lstat(path)
        except FileNotFoundError:
            if _device_of(path) == row[2]:
                yield row
        except OSError:
            continue


def _device_of(path: bytes) -> int | None:
    """The device of the nearest folder above that is there, as the ledger has it."""
    while path not in (b"", b"/"):
        path = os.path.dirname(path)
        try:
            number = os.stat(path or b".").st_dev
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return (number + (1 << 63)) % (1 << 64) - (1 << 63)
    return None
