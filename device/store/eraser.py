"""Erases in the write thread, a slice between two commits, and goes on after whatever ends it.

The order of a slice makes it safe to be killed in: tombstones to the disk, files away, and then
rows, events and how far it is in one transaction. Nothing is told of an erased picture any more:
its event keeps its number and has no content.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from device import ids
from device.disk import flush_folder
from device.errors import StoreDamaged, StoreError
from device.naming import Naming
from device.search_query import parse
from device.store import acts, database, erase_traces, forget, likeness, select, tombs, visits
from device.store.acts import Act
from device.store.files import PictureFiles
from device.store.index_keeper import IndexKeeper
from device.store.scribe import Scribe
from device.store.select import Selection

log = logging.getLogger(__name__)

SLICE = 100
"""Pictures erased in one transaction: some 20 to 100 ms."""

_VISITS = 500  # looked at in one go
_RETRY = 5.0  # seconds after which what failed is tried again

Gone = Callable[[Collection[str], Collection[str]], None]
"""Hears which pictures and visits are gone, once that is durable."""


class Eraser:
    """One slice a `step`, on the store's write connection. One thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        path: Path,
        files: PictureFiles,
        scribe: Scribe,
        index: IndexKeeper,
        change: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """`change` makes a transaction in which events may be told."""
        self._db = db
        self._path = path
        self._files = files
        self._scribe = scribe
        self._index = index
        self._change = change
        self._selection: tuple[int, Selection] | None = None  # of an act
        self._traces = erase_traces.Traces(db, path, scribe)
        self._heard: tuple[list[str], list[str]] = [], []  # pictures and visits of a slice
        self._again_at = 0.0  # monotonic
        self.gone: Gone = lambda _pictures, _visits: None
        self.naming: Callable[[], Naming] = Naming  # what the stored words are called today
        self.done = 0  # how often something was erased, since the start
        self.problem: str | None = None
        self.waiting = True  # there may be something to do

    def step(self) -> bool:
        """Do a slice, if there is one; True while there is more. Raises `StoreDamaged`.

        What else goes wrong is told, and tried again later.
        """
        if not self.waiting or time.monotonic() < self._again_at:
            return False
        try:
            more = self._step()
            self.problem = None
        except StoreDamaged:
            raise
        except (StoreError, sqlite3.Error, OSError) as error:
            if self.problem != str(error):
                log.error("erasing waits: %s", error)
            self.problem = str(error)
            self._again_at = time.monotonic() + _RETRY
            return False
        return more

    def _step(self) -> bool:
        with database.sqlite_errors(self._path):
            act = acts.open_one(self._db)
            # Costs a little more at each commit: only while it matters.
            self._db.execute(f"PRAGMA secure_delete = {'ON' if act else 'FAST'}")
        if act is None:
            self.waiting = False
            return False
        if act.step == acts.PAGES:
            return self._in_turn(act, self._traces.pages())
        if act.step == acts.LOG:
            return self._finish(act) if database.fold_back(self._db) else self._later()
        work = {
            acts.PICTURES: self._pictures,
            acts.VISITS: self._visits,
            acts.EVENTS: self._traces.events,
            acts.FILES: self._traces.files,
            acts.WORDS: self._traces.words,
            acts.INDEX: self._traces.index,
        }[act.step]
        self._heard = [], []
        with self._change():
            acts.move(self._db, act, work(act))
            if any(self._heard) and act.kind != "tombs":
                self._scribe.tell_erased(*self._heard)
        if act.step == acts.WORDS:
            self.done += 1
        if any(self._heard):
            self._index.count()
            self.gone(*self._heard)
        return True

    def _in_turn(self, act: Act, place: int | None) -> bool:
        with database.transaction(self._db, self._path):
            acts.move(self._db, act, place)
        return True

    def _later(self) -> bool:
        """Somebody reads what is to be wiped: soon again."""
        self._again_at = time.monotonic() + 0.2
        return False

    def _finish(self, act: Act) -> bool:
        with database.transaction(self._db, self._path):
            acts.finish(self._db, act)
        log.info(
            "%s erased %d pictures (%d bytes) and %d visits",
            *(act.by, act.pictures, act.bytes, act.visits),
        )
        return True

    # -- pictures and visits

    def _pictures(self, act: Act) -> int | None:
        if self._selection is None or self._selection[0] != act.number:
            chosen = select.selection(self._db, act, self._scribe.tombs, self.naming())
            self._selection = act.number, chosen
        place = min(act.place, act.upto + 1)
        numbers, place = self._selection[1](place, SLICE)
        if numbers:
            self._erase(act, numbers)
        return place if place > 1 else None

    def _erase(self, act: Act, numbers: list[int]) -> None:
        found = [row for number in numbers if (row := select.row(self._db, number)) is not None]
        uids = [row[1] for row in found]
        things = [tombs.picture(uid) for uid in uids]
        things += [tombs.content(row[10]) for row in found if row[10]]
        self._scribe.tombs.add(things)
        erase_traces.remember(self._db, found)
        size = self._unlink([file for row in found for file in forget.files_of(row, self._files)])
        forget.forget(self._db, self._scribe.rows, numbers, self._files, erase_traces.silence)
        acts.gone(self._db, act, pictures=len(found), visits=0, size=size)
        self._heard[0].extend(ids.from_bytes(uid) for uid in uids)

    def _unlink(self, files: list[Path]) -> int:
        """Before the rows go: a file without a row would never be found again. Bytes."""
        size = 0
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                size += file.stat().st_size
                file.unlink()
        for folder in {file.parent for file in files}:
            with contextlib.suppress(FileNotFoundError):
                flush_folder(folder)
        return size

    def _visits(self, act: Act) -> int | None:
        found = visits.after(self._db, act.place, _VISITS)
        if not found or act.kind == "picture":
            return None
        chosen = self._meant(act, found)
        uids = [visit.id for _, visit in chosen]
        if uids:
            self._scribe.tombs.add(tombs.visit(uid) for uid in uids)
            numbers = ((number,) for number, _ in chosen)
            self._db.executemany("DELETE FROM visit WHERE id = ?", numbers)
            acts.gone(self._db, act, pictures=0, visits=len(uids), size=0)
            self._heard[1].extend(uids)
        return found[-1][0]

    def _meant(self, act: Act, found: list[visits.Row]) -> list[visits.Row]:
        if act.kind == "visit":
            return [one for one in found if one[1].id == act.wanted]
        if act.kind == "tombs":
            return [one for one in found if self._scribe.tombs.has(tombs.visit(one[1].id))]
        query = self.naming().meant(parse(act.wanted or ""))
        if not likeness.speaks_of_visits(query):
            return []
        before = [one for one in found if one[1].id < act.uid]  # ids grow with time
        seen = [visit for _, visit in before]
        places = likeness.meant(query, seen, act.asked_ms / 1000, self._db)
        return [before[place] for place in places]
