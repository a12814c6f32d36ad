"""The one writer: picture files, then rows, tags and event in one transaction.

Lives in the write thread. `seq` is given out here, so a rolled-back transaction leaves no hole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from device import clock, ids, wire, wire_visit
from device.errors import StoreError
from device.results import (
    Change,
    Gap,
    Known,
    Origin,
    Refused,
    Settled,
    Switched,
    Tagged,
    VisitChange,
)
from device.store import database, rows, switches, visits
from device.store.files import PictureFiles
from device.types import HealthChange, Outcome, PictureRef

log = logging.getLogger(__name__)


class Store:
    """Owns the data folder from construction to `close`.

    Raises `StoreBusy`, `StoreFull` or `StoreError` when the folder cannot be owned or used.
    """

    def __init__(self, data_dir: Path, device: str) -> None:
        self._path = data_dir / database.FILE_NAME
        self._device = device
        self._files = PictureFiles(data_dir)
        self._lock = database.lock_folder(data_dir)
        try:
            self._db = database.open_writer(data_dir)
        except BaseException:
            self._lock.close()
            raise
        self._ids: dict[tuple[str, str], int] = {}
        self.seq = self._last_seq()
        self._left_open = True  # visits of the last run
        try:
            self.commit([], {})
        except StoreError as error:  # a full disk is no reason not to start
            log.error("visits of the last run are not closed yet: %s", error)

    def commit(self, batch: Sequence[Change], cursors: Mapping[str, int]) -> list[Outcome]:
        """Make these results durable, and note how far the sinks are; one outcome each.

        Raises `StoreFull` or `StoreError` when nothing of it was stored: try again later.
        """
        fresh = self._fresh(batch)
        self._files.write(list(fresh.values()))
        seq = self.seq
        try:
            with database.transaction(self._db, self._path):
                if self._left_open:
                    self._end_visits()
                outcomes = [self._store(item, fresh) for item in batch]
                for sink, cursor in cursors.items():
                    self._db.execute(
                        "UPDATE sink SET cursor = max(cursor, ?) WHERE name = ?", (cursor, sink)
                    )
        except BaseException:
            self.seq = seq
            self._ids.clear()  # some may have been made in what was rolled back
            raise
        self._left_open = False
        return outcomes

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

    def _last_seq(self) -> int:
        with database.sqlite_errors(self._path):
            sql = "SELECT seq FROM sqlite_sequence WHERE name = 'event'"
            row = self._db.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _fresh(self, batch: Sequence[Change]) -> dict[str, Tagged]:
        """By frame id, what is not in the store: two copies may meet within one batch."""
        fresh: dict[str, Tagged] = {}
        contents: set[tuple[str, bytes]] = set()
        for change in batch:
            item = change.picture if isinstance(change, VisitChange) else change
            if not isinstance(item, Tagged):
                continue
            content = (item.origin.source, item.origin.sha256 or b"")
            if item.origin.sha256 and (content in contents or self._find(item.origin)):
                continue
            contents.add(content)
            fresh[item.origin.frame_id] = item
        return fresh

    def _store(self, change: Change, fresh: Mapping[str, Tagged]) -> Outcome:
        if isinstance(change, VisitChange):
            self._visit(change)
        elif isinstance(change, HealthChange):
            self._tell("health", partial(wire_visit.health_event, change=change))
        elif isinstance(change, Gap):
            self._tell("gap", partial(wire.gap_event, gap=change))
        elif isinstance(change, Switched):
            switches.save(self._db, change)
        else:
            return self._settle(change, fresh)
        return Outcome(change.frame_id)

    def _visit(self, change: VisitChange) -> None:
        """A visit's row with the picture that is kept of it, and its event."""
        visit = change.visit
        source_id = self._id("source", visit.source)
        if change.picture is not None:
            self._insert(change.picture, source_id)
        picture = visits.save(self._db, visit, source_id)
        if (type_ := change.event) is not None:
            body = partial(wire_visit.visit_event, visit=visit, picture=picture, tags=change.tags)
            self._tell(type_, partial(body, type_=type_))

    def _end_visits(self) -> None:
        """Nobody saw how the visits of the last run ended; they end at their last sight."""
        for visit in visits.left_open(self._db):
            self._visit(VisitChange(visit, "visit_end"))

    def _tell(self, type_: str, body: Callable[..., bytes], picture_id: int | None = None) -> None:
        """Give the next event its number and id, and store it."""
        self.seq += 1
        event_id = ids.new_id()
        text = body(seq=self.seq, event_id=event_id, device=self._device)
        values = (self.seq, event_id, type_, picture_id, text)
        self._db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", values)

    def _settle(self, item: Settled, fresh: Mapping[str, Tagged]) -> Outcome:
        origin = item.origin
        source_id = self._id("source", origin.source)
        if origin.file is not None:
            key = origin.file
            self._db.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)",
                (source_id, key.path, *rows.key_numbers(key)),
            )
        if isinstance(item, Refused):
            now = clock.milliseconds(clock.now())
            self._db.execute(
                "INSERT INTO refusal (source_id, name, sha256, reason, refused_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                (source_id, origin.name, origin.sha256, item.reason, now),
            )
            return Outcome(origin.frame_id, error=item.reason)
        if isinstance(item, Known) or origin.frame_id not in fresh:
            return self._known(origin)
        row, picture, tags = self._insert(item, source_id)
        body = partial(wire.picture_event, clock_state=clock.state(), picture=picture, tags=tags)
        self._tell("picture", body, row)
        return Outcome(origin.frame_id, picture=picture)

    def _insert(self, item: Tagged, source_id: int) -> tuple[int, PictureRef, str]:
        """The picture's row and its tags: row number, picture, tags as JSON."""
        picture = rows.picture_of(item)
        tags = wire.tags_json(item.tags)
        kept = "full" if item.original else "thumbnail" if picture.has_image else "none"
        values = (
            picture.id,
            source_id,
            picture.name,
            clock.milliseconds(picture.taken_at),
            clock.milliseconds(picture.tagged_at),
            picture.width,
            picture.height,
            picture.format,
            picture.size,
            item.origin.sha256,
            kept,
            tags,
            wire.alternatives_json(item.alternatives),
        )
        sql = (
            "INSERT INTO picture (uid, source_id, name, taken_ms, tagged_ms, width, height, format,"
            " size, sha256, kept, tags, alternatives)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        row = self._db.execute(sql, values).lastrowid or 0
        best = dict(item.implied)
        for tag in item.tags:
            best[tag.name] = max(best.get(tag.name, 0.0), tag.confidence)
        numbers = [(self._id("tag", name), row, round(c * 1000)) for name, c in best.items()]
        self._db.executemany("INSERT INTO picture_tag VALUES (?, ?, ?)", numbers)
        self._db.executemany(
            "UPDATE tag SET count = count + 1 WHERE id = ?", [(number[0],) for number in numbers]
        )
        return row, picture, tags

    def _known(self, origin: Origin) -> Outcome:
        """What this content became before: its picture, or the reason of its refusal."""
        if (picture := self._find(origin)) is not None:
            return Outcome(origin.frame_id, picture=picture, duplicate=True)
        row = self._db.execute(
            "SELECT reason FROM refusal JOIN source ON source.id = source_id"
            " WHERE source.name = ? AND sha256 = ? ORDER BY refusal.id DESC",
            (origin.source, origin.sha256),
        ).fetchone()
        return Outcome(origin.frame_id, error=row[0] if row else "unknown", duplicate=True)

    def _find(self, origin: Origin) -> PictureRef | None:
        with database.sqlite_errors(self._path):
            row = self._db.execute(rows.BY_CONTENT, (origin.source, origin.sha256)).fetchone()
        return rows.picture(row) if row else None

    def _id(self, table: str, name: str) -> int:
        """The number of a source or tag, made when it is new."""
        number = self._ids.get((table, name))
        if number is None:
            find = f"SELECT id FROM {table} WHERE name = ?"
            row = self._db.execute(find, (name,)).fetchone()
            if row is None:
                add = f"INSERT INTO {table} (name) VALUES (?)"
                number = self._db.execute(add, (name,)).lastrowid or 0
            else:
                number = int(row[0])
            self._ids[table, name] = number
        return number
