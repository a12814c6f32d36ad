"""Tries the migrations on a copy of the database, beside the daemon that writes the original."""

from __future__ import annotations

import contextlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from device.errors import StoreDamaged, StoreError
from device.store import copies, database

_WORK = "rehearsal.part"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a start of this program would do to the database."""

    migrations: tuple[str, ...]  # that it lacks, in their order
    pictures: int  # before and after
    seconds: float  # that the migrations took

    @property
    def copy(self) -> Path | None:
        """Where a start copies it to before, below the data folder; None: it changes nothing."""
        return copies.before(self.migrations[0]) if self.migrations else None


def rehearse(data_dir: Path) -> Rehearsal | None:
    """Copy, migrate the copy, look through all of it; None: there is no database yet.

    Raises `StoreNewer` for one that this program does not know, `StoreFull` without room, and
    `StoreError` for what a migration did wrong. The original is only read, the copy is let go.
    """
    if not (data_dir / database.FILE_NAME).exists():
        return None
    work = data_dir / _WORK
    path = work / database.FILE_NAME
    shutil.rmtree(work, ignore_errors=True)
    try:
        before = copies.copy(data_dir, path)
        with contextlib.closing(database.open_reader(work)) as db:
            lacking = tuple(database.pending(db, path))
        start = time.monotonic()
        with contextlib.closing(database.open_writer(work)) as db:
            broken = db.execute("PRAGMA foreign_key_check").fetchone()
            if not database.fold_back(db):
                raise StoreError(f"{path}: its log cannot be folded back; try again")
        seconds = time.monotonic() - start
        if broken is not None:
            raise StoreDamaged(f"{path}: migrated, a row of {broken[0]} refers to none")
        after = copies.verify(path)
        if after.pictures != before.pictures or after.seq < before.seq:
            told = f"{before.pictures} pictures up to {before.seq} became {after.pictures}"
            raise StoreDamaged(f"{path}: migrated, {told} up to {after.seq}")
        return Rehearsal(lacking, after.pictures, seconds)
    finally:
        shutil.rmtree(work, ignore_errors=True)
