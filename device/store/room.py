"""The room on the disk: how much there is, and a reserve for the day there is none.

A full disk cannot even delete: SQLite needs a little room to forget a row. So a file of nothing is
kept as a reserve. When the disk is full it is given up, and what it held goes to events and their
tags alone: gates and bells are told on, in order and durably, while no more pictures are kept.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

log = logging.getLogger(__name__)

RESERVE = "tagd.reserve"
_RESERVE_BYTES = 16 * 1024**2  # some 60,000 events with their tags
_RESERVE_PART = 64  # of a small disk, this part of it
_SCARCE_BYTES = 256 * 10**6
_SCARCE_PART = 50  # of a small disk, this part of it
_TO_OPEN = 256 * 1024  # bytes: SQLite's shared memory, and some pages
_FEW_FILES = 1000  # names that the file system still has
_LOOK = 5.0  # seconds between two looks

Level = Literal["ok", "scarce", "full"]


@dataclass(frozen=True, slots=True)
class Disk:
    """What `statvfs` says."""

    total: int  # bytes
    free: int  # bytes, for this user
    names: int | None  # inodes that are free; None where the file system does not count them


class Room:
    """Looked at by the write thread; `level` and `disk` may be read by any."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._reserve = data_dir / RESERVE
        self._again_at = 0.0
        self.level: Level = "ok"
        self.disk = look(data_dir)

    @property
    def problem(self) -> str | None:
        """For health and for people."""
        free = f"{self.disk.free / 10**6:.0f} MB free"
        if self.level == "scarce":
            return f"the disk is nearly full ({free}): tags only are kept, no pictures; make room"
        if self.level == "full":
            return f"the disk is full ({free}): events go on in a small reserve; make room"
        return None

    def check(self) -> None:
        """Look at the disk, at most every few seconds; hold a reserve while there is room."""
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + _LOOK
        self.disk = look(self._data_dir)
        wanted = min(_RESERVE_BYTES, self.disk.total // _RESERVE_PART)
        little = scarce(self.disk.total)
        if not self._reserve.exists():
            if self.disk.free < wanted + little:
                self._set("full" if self.level == "full" else "scarce")
                return
            self._hold(wanted)
            self.disk = look(self._data_dir)
        few = self.disk.names is not None and self.disk.names < _FEW_FILES
        # Some more than scarce before pictures are kept again: not one by one at the edge.
        least = little if self.level == "ok" else little * 5 // 4
        self._set("scarce" if few or self.disk.free < least else "ok")

    def prepare(self) -> None:
        """Before the store is opened: on a disk without any room not even that can be done."""
        if self.disk.free < _TO_OPEN and self._reserve.exists():
            self.give_up()

    def give_up(self) -> bool:
        """The disk is full: make room out of the reserve. False where there was none left."""
        with contextlib.suppress(OSError):
            self.disk = look(self._data_dir)
        self._set("full")
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def _hold(self, size: int) -> None:
        try:
            handle = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, max(size, 1))
            finally:
                os.close(handle)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._reserve.unlink()
            log.warning("%s: no reserve can be held (%s)", self._reserve, error.strerror)

    def _set(self, level: Level) -> None:
        if level != self.level:
            self.level = level
            log.warning("%s", self.problem or "the disk has room again: pictures are kept again")


def scarce(total: int) -> int:
    """Bytes that must be free for pictures to be kept, on a disk of `total` bytes."""
    return min(_SCARCE_BYTES, total // _SCARCE_PART)


def look(folder: Path) -> Disk:
    """The disk that a folder is on."""
    found = os.statvfs(folder)
    size = found.f_frsize
    names = found.f_favail if found.f_files else None
    return Disk(found.f_blocks * size, found.f_bavail * size, names)
