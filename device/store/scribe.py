"""What the write thread takes, as rows and events. All of it inside the writer's transaction.

Pictures and events get their numbers here, not from SQLite, so a rolled-back transaction leaves no
hole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from device import clock, ids, wire, wire_erase, wire_visit
from device.assets import Called, Edited, Filed, Unfiled
from device.results import (
    ERASED,
    Change,
    Erase,
    Gap,
    Imported,
    Known,
    Origin,
    Refused,
    Reviewed,
    Settled,
    Switched,
    Tagged,
    Unreviewed,
    VisitChange,
)
from device.store import acts, imports, index, pictures, rows, switches, tombs, visits
from device.store.asset_words import AssetWords
from device.store.filing import Filing
from device.store.labels import LabelWriter
from device.store.reviews import Reviews
from device.store.tombs import Tombs
from device.types import HealthChange, Outcome, PictureRef


class Scribe:
    """`seq` and `newest` are the last event and picture that ever were: neither comes again."""

    def __init__(self, db: sqlite3.Connection, device: str, erased: Tombs) -> None:
        self._db = db
        self._device = device
        self._ids: dict[tuple[str, str], int] = {}
        self.labels = LabelWriter(db)
        self.tombs = erased
        self._remember_nothing()
        self.seq, self.newest = self._last_numbers()

    def begin_again(self, seq: int, newest: int) -> None:
        """After a rollback: some of what is remembered may have been made in what is gone."""
        self.seq, self.newest = seq, newest
        self._forget_made()
        self._remember_nothing()

    def _forget_made(self) -> None:
        self._ids.clear()
        self.labels.forget()

    def _remember_nothing(self) -> None:
        self.rows = rows.Rows()
        person = partial(self._id, "person")
        self._reviews = Reviews(self._db, self.labels, self.rows, person, self._tell)
        words = AssetWords(self._db, self.labels, self._reviews.review)
        self._filing = Filing(self._db, words, lambda: self.newest, self._forget_made)

    def write(self, change: Change, fresh: Mapping[str, Tagged]) -> Outcome:
        """`fresh`: by frame id, the pictures that are not in the store yet."""
        if isinstance(change, VisitChange):
            self._visit(change)
        elif isinstance(change, HealthChange):
            self._tell("health", partial(wire_visit.health_event, change=change))
        elif isinstance(change, Gap):
            self._tell("gap", partial(wire.gap_event, gap=change))
        elif isinstance(change, Switched):
            switches.save(self._db, change)
        elif isinstance(change, Reviewed):
            return self._reviews.review(change)
        elif isinstance(change, Unreviewed):
            return self._reviews.undo(change)
        elif isinstance(change, Erase):
            acts.begin(self._db, change, self.newest)
        elif isinstance(change, (Filed, Edited, Unfiled, Called)):
            return self._filing.write(change)
        elif isinstance(change, Imported):
            return self._import(change, fresh)
        else:
            return self._settle(change, fresh)
        return Outcome(change.frame_id)

    def end_visits(self) -> None:
        """Nobody saw how the visits of the last run ended; they end at their last sight."""
        for visit in visits.left_open(self._db):
            self._visit(VisitChange(visit, "visit_end"))

    def find(self, origin: Origin) -> PictureRef | None:
        """The picture that its source brought with this content."""
        row = self._db.execute(rows.BY_CONTENT, (origin.source, origin.sha256)).fetchone()
        return self.rows.picture(self._db, row) if row else None

    def _last_numbers(self) -> tuple[int, int]:
        seq, number = self._db.execute(
            "SELECT (SELECT max(seq) FROM event), (SELECT max(id) FROM picture)"
        ).fetchone()
        kept = [index.counter(self._db, name) for name in ("seq", index.FOLDED, "picture")]
        return max(seq or 0, kept[0]), max(number or 0, *kept[1:])

    # -- pictures

    def _settle(self, item: Settled, fresh: Mapping[str, Tagged]) -> Outcome:
        origin = item.origin
        source_id = self._id("source", origin.source)
        if origin.file is not None:
            key = origin.file
            self._db.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)",
                (source_id, self._path(item, key.path), *rows.key_numbers(key)),
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
        self.seq += 1
        picture = self._insert(item, source_id, self.seq)
        self._event(self.seq, "picture", picture_id=self.newest)
        return Outcome(origin.frame_id, picture=picture)

    def _path(self, item: Settled, path: bytes) -> bytes:
        """As it is remembered: that of a content that was erased does not tell."""
        sha256 = item.origin.sha256
        if isinstance(item, Known) and sha256 and self.tombs.has(tombs.content(sha256)):
            return self.tombs.hidden(path)
        return path

    def _known(self, origin: Origin) -> Outcome:
        """What this content became before: its picture, or the reason of its refusal."""
        if (picture := self.find(origin)) is not None:
            return Outcome(origin.frame_id, picture=picture, duplicate=True)
        row = self._db.execute(
            "SELECT reason FROM refusal JOIN source ON source.id = source_id"
            " WHERE source.name = ? AND sha256 = ? ORDER BY refusal.id DESC",
            (origin.source, origin.sha256),
        ).fetchone()
        return Outcome(origin.frame_id, error=row[0] if row else ERASED, duplicate=True)

    def _insert(self, item: Tagged, source_id: int, seq: int | None) -> PictureRef:
        self.newest += 1
        return pictures.insert(self._db, self.newest, source_id, item, seq, self.labels)

    def _import(self, change: Imported, fresh: Mapping[str, Tagged]) -> Outcome:
        item = change.picture
        if item.frame_id not in fresh or not imports.is_new(self._db, change):
            reason = imports.refusal(self._db, change, self.tombs)
            return Outcome(change.frame_id, error=reason, duplicate=reason is None)
        if change.even_erased:
            self.tombs.lift(imports.things(item))
        picture = self._insert(item, self._id("source", item.origin.source), None)
        imports.restate(self._db, self.newest, change)
        return Outcome(change.frame_id, picture=picture)

    # -- visits

    def _visit(self, change: VisitChange) -> None:
        """A visit's row with the picture that is kept of it, and its event."""
        visit = change.visit
        if self.tombs.has(tombs.visit(visit.id)):
            return  # erased while it went on: nothing more is told of it
        source_id = self._id("source", visit.source)
        if change.picture is not None:
            self._insert(change.picture, source_id, None)
        picture = visits.save(self._db, visit, source_id)
        if (type_ := change.event) is not None:
            body = partial(wire_visit.visit_event, visit=visit, picture=picture, tags=change.tags)
            self._tell(type_, partial(body, type_=type_))

    # -- events

    def tell_erased(self, pictures: Sequence[str], visits: Sequence[str]) -> None:
        """That these ids are gone, for whoever has copies."""
        gone = partial(wire_erase.erased_event, pictures=pictures, visits=visits)
        self._tell(wire_erase.ERASED, gone)

    def _tell(self, type_: str, body: Callable[..., bytes]) -> None:
        """Give the next event its number and id, and write down what it says."""
        self.seq += 1
        event_id = ids.new_id()
        text = body(seq=self.seq, event_id=event_id, device=self._device)
        self._event(self.seq, type_, event_id, body=text)

    def _event(
        self,
        seq: int,
        type_: str,
        event_id: str | None = None,
        picture_id: int | None = None,
        body: bytes | None = None,
    ) -> None:
        """A picture's own has neither id nor body: it is told from the picture's row."""
        device_id, synced = self._id("device", self._device), clock.state() == "synced"
        values = (seq, event_id, type_, picture_id, device_id, synced, body)
        self._db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _id(self, table: str, name: str) -> int:
        """The number of a source, a device or a person, made when it is new."""
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
