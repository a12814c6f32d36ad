"""Puts a backup in the place of what is there, which is kept."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from functools import partial
from pathlib import Path

from device import ids
from device.disk import flush_folder
from device.errors import BackupRefused, StoreError
from device.store import acts, archive, checkup, copies, database, index, mark, notices, tombs
from device.store.eraser import Eraser
from device.store.files import ORIGINALS, THUMBNAILS, PictureFiles
from device.store.index_keeper import IndexKeeper
from device.store.scribe import Scribe

_WORK = "restore.part"
_REPLACED = "replaced"


def restore(source: Path, data_dir: Path, device: str, *, replace: bool) -> copies.Facts:
    """Verify all of `source`, then put it in place; what it replaces is kept in `replaced/<n>`.

    A zip of `tagd backup`, or a bare database such as those in `backups/`. Raises `StoreBusy` while
    a daemon runs, `BackupRefused` without `replace` where there is a database already, and for a
    backup that is not whole; nothing is changed then.
    """
    if not source.is_file():
        raise BackupRefused(f"{source}: there is no such file")
    lock = database.lock_folder(data_dir)
    work = data_dir / _WORK
    try:
        path = data_dir / database.FILE_NAME
        if path.exists() and not replace:
            told = (
                "there is a database already; --replace puts the backup in its place and keeps it"
            )
            raise BackupRefused(f"{path}: {told}")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        facts = _unpack(source, work)
        _renumber(work / database.FILE_NAME, data_dir, device, source.name)
        _put(work, data_dir)
    except OSError as error:
        raise database.folder_error(data_dir, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.close()
    return facts


def _unpack(source: Path, work: Path) -> copies.Facts:
    free = shutil.disk_usage(work).free
    with source.open("rb") as file:
        is_zip = file.read(2) == b"PK"
    if is_zip:
        return archive.unpack(source, work, free)
    if source.stat().st_size > free:
        raise BackupRefused(f"{source}: there is no room for it; make some")
    shutil.copyfile(source, work / database.FILE_NAME)
    return copies.verify(work / database.FILE_NAME, source)


def _renumber(path: Path, data_dir: Path, device: str, name: str) -> None:
    """Let `seq` go on beyond every number that was given out here, and say what happened."""
    run = mark.last_run(data_dir)
    with contextlib.closing(database.open_writer(path.parent)) as db:
        with database.transaction(db, path):
            [(newest,)] = db.execute("SELECT coalesce(max(seq), 0) FROM event")
            known = max(newest, index.counter(db, "seq"), _last_seq(data_dir))
            seq = mark.beyond(run, known) + 1
            mark.put_limit(data_dir, seq + mark.BLOCK)
            notices.tell(db, seq, device, f"the backup {name} was restored; events go on at {seq}")
            index.set_counter(db, "seq", seq)
            index.set_counter(db, "adrift", 1)
        _erase_again(db, path, data_dir, device)
        if not database.fold_back(db):
            raise StoreError(f"{path}: it could not be written; try again")
        db.execute("PRAGMA journal_mode = DELETE")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _erase_again(db: sqlite3.Connection, path: Path, data_dir: Path, device: str) -> None:
    """What was erased here, or where the backup comes from, is not in what is put in place."""
    tombs.save_beside(data_dir)
    keeper = IndexKeeper(db, path)
    keeper.check()
    with database.transaction(db, path):
        tombs.agree(db, data_dir)
        scribe = Scribe(db, device, tombs.Tombs(db, data_dir))
        if tombs.keys(db):
            acts.add(db, ids.new_id(), "tombs", None, "tagd", scribe.newest)
    change = partial(database.transaction, db, path)
    eraser = Eraser(db, path, PictureFiles(path.parent), scribe, keeper, change)
    while eraser.step():
        pass
    if eraser.waiting:
        raise StoreError(f"{path}: what was erased cannot be left out: {eraser.problem}")


def _last_seq(data_dir: Path) -> int:
    """Of the database that goes, as far as it can be read."""
    with (
        contextlib.suppress(StoreError, sqlite3.Error),
        contextlib.closing(database.open_reader(data_dir)) as db,
    ):
        return int(db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])
    return 0


def _put(work: Path, data_dir: Path) -> None:
    """Pictures first: a row must not name a file that is not there yet."""
    for root in (THUMBNAILS, ORIGINALS):
        for file in sorted((work / root).glob("*/*/*/*")):
            final = data_dir / file.relative_to(work)
            final.parent.mkdir(parents=True, exist_ok=True)
            file.replace(final)
            flush_folder(final.parent)
    checkup.set_aside(data_dir, _REPLACED)
    (work / database.FILE_NAME).replace(data_dir / database.FILE_NAME)
    flush_folder(data_dir)
