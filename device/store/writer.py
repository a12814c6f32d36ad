"""The one writer: picture files, then rows and event in one transaction; the index afterwards.

Lives in the write thread. `seq` is given out here, so a rolled-back transaction leaves no hole.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from device import clock
from device.errors import StoreDamaged, StoreFull
from device.results import Known, Origin, Refused, Settled, Tagged, bare
from device.store import checkup, database, files, forget, index, mark, notices, pictures, rows
from device.store.files import PictureFiles
from device.store.index_keeper import IndexKeeper
from device.store.labels import LabelWriter
from device.store.room import Room
from device.types import Outcome, PictureRef

log = logging.getLogger(__name__)


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
        self._ids: dict[tuple[str, str], int] = {}
        self._labels = LabelWriter(self.db)
        self._rows = rows.Rows()
        self.seq, self._newest = self._last_numbers()
        try:
            self._mark = mark.Mark(data_dir, opened.run.limit)
            with database.transaction(self.db, self._path):
                self._device_id = self._id("device", device)
                self.seq, self.notice = notices.go_on(self.db, opened, self._mark, self.seq, device)
            self._mark.begin(self.seq)
            self.index = IndexKeeper(self.db, self._path)
            self.check_index()
        except BaseException:
            self.db.close()
            self._lock.close()
            raise

    def commit(self, batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        """Make these results durable, and note how far the sinks are; one outcome each.

        While the disk is nearly full, pictures are left out; once it is full, the reserve goes to
        events. Raises `StoreFull` or `StoreError` when nothing was stored: try again later.
        """
        if self.room.level != "ok":
            batch = bare(batch)
        try:
            return self._commit(batch, cursors)
        except StoreFull:
            if not self.room.give_up():
                raise
            return self._commit(bare(batch), cursors)

    def _commit(self, batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        fresh = self._fresh(batch)
        written = self.files.write(list(fresh.values()))
        before = self.seq, self._newest
        try:
            with database.transaction(self.db, self._path):
                outcomes = [self._settle(item, fresh) for item in batch]
                for sink, cursor in cursors.items():
                    self.db.execute(
                        "UPDATE sink SET cursor = max(cursor, ?) WHERE name = ?", (cursor, sink)
                    )
                self._mark.cover(self.seq)
        except BaseException as error:
            files.remove(*written)
            if isinstance(error, StoreDamaged):
                self.found_damaged()
            self.seq, self._newest = before
            self._ids.clear()  # some may have been made in what was rolled back
            self._labels.forget()
            raise
        self._mark.note(self.seq)
        self.index.waiting += self._newest - before[1]
        if self.room.level == "full":
            database.fold_back(self.db)  # else the log takes the reserve for itself
        self.tend()
        return outcomes

    def tend(self) -> bool:
        """Bring the index nearer to the pictures; True while there is more to do."""
        return self.index.tend()

    def rebuild_index(self) -> None:
        """Forget the index; `tend` makes it anew, and until then searches look at the rows."""
        self.index.rebuild()

    def check_index(self, whole: bool = False) -> bool:
        """Whether the index is sound; one that is not is begun anew, and `tend` makes it."""
        return self.index.check(whole)

    def forget(self, numbers: Sequence[int]) -> list[Path]:
        """Forget pictures by their row numbers; what is not there is no matter.

        Index, counts and reviews are right afterwards, and an event that still speaks of such a
        picture keeps its bytes. Returns the files that no row names any more: unlink them.
        """
        with database.transaction(self.db, self._path):
            left = forget.forget(self.db, self._rows, numbers, self.files)
            index.set_counter(self.db, "picture", self._newest)  # maybe the newest has gone
            self.index.waiting = index.behind(self.db)
        return left

    def add_sink(self, name: str) -> None:
        """Note a sink; one that is new here starts with the next event."""
        with database.transaction(self.db, self._path):
            self.db.execute("INSERT OR IGNORE INTO sink VALUES (?, ?)", (name, self.seq))

    def found_damaged(self) -> None:
        """The file was found wrong: the next opening looks through all of it."""
        self.damaged = True
        self._mark.damaged(self.seq)

    def close(self) -> None:
        """Fold the WAL back, close, and give the folder free. Twice does no harm."""
        self._mark.close(self.seq, clean=database.fold_back(self.db))
        self.db.close()
        self._lock.close()

    def _last_numbers(self) -> tuple[int, int]:
        """The newest seq and picture that ever were: neither comes again."""
        with database.sqlite_errors(self._path):
            seq, number = self.db.execute(
                "SELECT (SELECT max(seq) FROM event), (SELECT max(id) FROM picture)"
            ).fetchone()
            kept = [index.counter(self.db, name) for name in ("seq", index.FOLDED, "picture")]
        return max(seq or 0, kept[0]), max(number or 0, *kept[1:])

    def _fresh(self, batch: Sequence[Settled]) -> dict[str, Tagged]:
        """By frame id, what is not in the store: two copies may meet within one batch."""
        fresh: dict[str, Tagged] = {}
        contents: set[tuple[str, bytes]] = set()
        for item in batch:
            if not isinstance(item, Tagged):
                continue
            content = (item.origin.source, item.origin.sha256 or b"")
            if item.origin.sha256 and (content in contents or self._find(item.origin)):
                continue
            contents.add(content)
            fresh[item.origin.frame_id] = item
        return fresh

    def _settle(self, item: Settled, fresh: Mapping[str, Tagged]) -> Outcome:
        origin = item.origin
        source_id = self._id("source", origin.source)
        if origin.file is not None:
            key = origin.file
            self.db.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)",
                (source_id, key.path, *rows.key_numbers(key)),
            )
        if isinstance(item, Refused):
            now = clock.milliseconds(clock.now())
            self.db.execute(
                "INSERT INTO refusal (source_id, name, sha256, reason, refused_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                (source_id, origin.name, origin.sha256, item.reason, now),
            )
            return Outcome(origin.frame_id, error=item.reason)
        if isinstance(item, Known) or origin.frame_id not in fresh:
            return self._known(origin)
        return Outcome(origin.frame_id, picture=self._insert(item, source_id))

    def _insert(self, item: Tagged, source_id: int) -> PictureRef:
        """The picture's row, and its event, which is told from that row."""
        self._newest += 1
        self.seq += 1
        picture = pictures.insert(self.db, self._newest, source_id, item, self.seq, self._labels)
        self.db.execute(
            "INSERT INTO event (seq, type, picture_id, device_id, synced)"
            " VALUES (?, 'picture', ?, ?, ?)",
            (self.seq, self._newest, self._device_id, clock.state() == "synced"),
        )
        return picture

    def _known(self, origin: Origin) -> Outcome:
        """What this content became before: its picture, or the reason of its refusal."""
        if (picture := self._find(origin)) is not None:
            return Outcome(origin.frame_id, picture=picture, duplicate=True)
        row = self.db.execute(
            "SELECT reason FROM refusal JOIN source ON source.id = source_id"
            " WHERE source.name = ? AND sha256 = ? ORDER BY refusal.id DESC",
            (origin.source, origin.sha256),
        ).fetchone()
        return Outcome(origin.frame_id, error=row[0] if row else "unknown", duplicate=True)

    def _find(self, origin: Origin) -> PictureRef | None:
        with database.sqlite_errors(self._path):
            row = self.db.execute(rows.BY_CONTENT, (origin.source, origin.sha256)).fetchone()
        return self._rows.picture(self.db, row) if row else None

    def _id(self, table: str, name: str) -> int:
        """The number of a source or device, made when it is new."""
        number = self._ids.get((table, name))
        if number is None:
            find = f"SELECT id FROM {table} WHERE name = ?"
            row = self.db.execute(find, (name,)).fetchone()
            if row is None:
                add = f"INSERT INTO {table} (name) VALUES (?)"
                number = self.db.execute(add, (name,)).lastrowid or 0
            else:
                number = int(row[0])
            self._ids[table, name] = number
        return number
