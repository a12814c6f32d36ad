"""What speaks of erased pictures elsewhere: events, the ledger of files, words, freed pages."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from device import ids, wire_erase
from device.names import display_name
from device.store import index, packed, prune, rows, tombs
from device.store.acts import Act
from device.store.scribe import Scribe
from device.types import Event

_EVENTS = 5000  # numbers looked at in one go
_FILES = 2000  # rows of the ledger
_PICTURES = 2000  # looked through for words
_LABELS = 20  # taken away at once: each is looked for in what people said
_MERGED = 200  # pages of the index
_VACUUM = 500  # pages given back to the disk
_LABEL = re.compile(r"[,;]([0-9]+):")
_JUDGED = (
    "INSERT OR IGNORE INTO erasing_label SELECT label_id FROM verdict"
    " JOIN review ON review.id = review_id WHERE picture_id = ?"
)
# A review that was undone leaves no word in the picture, and nothing says which followed from it.
_TAKEN_BACK = (
    "INSERT OR IGNORE INTO erasing_label SELECT id FROM label WHERE role = 'implied' AND"
    " EXISTS (SELECT 1 FROM review WHERE picture_id = ? AND undone_ms NOTNULL)"
)
_UPDATE = "UPDATE event SET id = ?, type = ?, body = ?, picture_id = NULL WHERE seq = ?"


def remember(db: sqlite3.Connection, found: Iterable[tuple[Any, ...]]) -> None:
    """Before rows of `select.row` go: the words that they had, and the files that they were."""
    for row in found:
        labels = {one.label for text in (row[12], row[16]) for one in packed.unpack(text)}
        db.executemany("INSERT OR IGNORE INTO erasing_label VALUES (?)", ((n,) for n in labels))
        for sql in (_JUDGED, _TAKEN_BACK):
            db.execute(sql, row[:1])
        if row[3] is not None:
            file = row[17], row[3], row[9]
            db.execute("INSERT OR IGNORE INTO erasing_file VALUES (?, ?, ?)", file)


def silence(db: sqlite3.Connection, _: rows.Rows, row: tuple[object, ...], seq: int | None) -> None:
    """A picture's own event says nothing any more, and keeps its number. A `forget.Keep`."""
    if seq is not None:
        assert isinstance(row[1], bytes)
        fresh = ids.another(ids.from_bytes(row[1]))  # the body is told from it
        db.execute(_UPDATE, (fresh, wire_erase.ERASED, None, seq))


class Traces:
    """Each method is a step of an act: from its place to the next, None at the end."""

    def __init__(self, db: sqlite3.Connection, path: Path, scribe: Scribe) -> None:
        self._db = db
        self._path = path
        self._scribe = scribe
        self._file: tuple[int, bytes] = (0, b"")  # how far in the ledger
        self._swept = 0  # from this picture on words were looked for in all older ones

    def events(self, act: Act) -> int | None:
        """Events that were written down: of visits, reviews, of pictures forgotten since."""
        sql = (
            "SELECT seq, event.id, type, body, device.name FROM event"
            " JOIN device ON device.id = device_id WHERE seq > ? AND seq <= ? AND body NOTNULL"
        )
        # The oldest may be far from 0, and nothing lies before it.
        [(first, last)] = self._db.execute(
            "SELECT (SELECT min(seq) FROM event), (SELECT max(seq) FROM event)"
        )
        if last is None or act.place >= last:
            return None
        begin = max(act.place, first - 1)
        for seq, uid, type_, body, device in self._db.execute(sql, (begin, begin + _EVENTS)):
            fresh = wire_erase.without(Event(seq, uid, type_, body), device, self._is_erased)
            if fresh is not None:
                self._db.execute(_UPDATE, (fresh.id, fresh.type, fresh.body, seq))
        return int(begin + _EVENTS)

    def _is_erased(self, kind: str, uid: str) -> bool:
        thing = tombs.visit(uid) if kind == "visit" else tombs.picture(ids.to_bytes(uid))
        return self._scribe.tombs.has(thing)

    def files(self, act: Act) -> int | None:
        """The ledger of folders: a file stays known, and its path does not stand there."""
        if act.place == 0:
            self._file = (0, b"")
        rows_ = self._db.execute(
            "SELECT source_id, path, size FROM file WHERE (source_id, path) > (?, ?)"
            " AND source_id IN (SELECT source_id FROM erasing_file)"
            " ORDER BY source_id, path LIMIT ?",
            (*self._file, _FILES),
        ).fetchall()
        asked = "SELECT 1 FROM erasing_file WHERE source_id = ? AND name = ? AND size = ?"
        for source, path, size in rows_:
            name = display_name(path.rpartition(b"/")[2])
            if self._db.execute(asked, (source, name, size)).fetchone():
                sql = "UPDATE OR REPLACE file SET path = ? WHERE source_id = ? AND path = ?"
                self._db.execute(sql, (self._scribe.tombs.hidden(path), source, path))
        if len(rows_) == _FILES:
            self._file = rows_[-1][:2]
            return act.place + 1
        self._db.execute("DELETE FROM erasing_file")
        return None

    def words(self, act: Act) -> int | None:
        """Labels that nothing has any more: a name may say as much as a picture."""
        newest = self._scribe.newest
        place = act.place
        if not self._swept or place > newest:
            self._swept, place = newest, newest + 1
            self._keep(self._in_index())
        sql = "SELECT id, tags || near FROM picture WHERE id < ? ORDER BY id DESC LIMIT ?"
        found = self._db.execute(sql, (place, _PICTURES)).fetchall() if self._left() else []
        self._keep(_labels(found))
        if len(found) == _PICTURES:
            return int(found[-1][0])
        since = "SELECT id, tags || near FROM picture WHERE id > ?"
        self._keep(_labels(self._db.execute(since, (self._swept,))))
        if left := self._left()[:_LABELS]:
            self._take_away(left)
            return 1
        self._swept = 0
        return None

    def index(self, _: Act) -> int | None:
        """Merged into one, the index has nothing left of what was taken out of it."""
        before = self._db.total_changes
        sql = "INSERT INTO picture_index (picture_index, rank) VALUES ('merge', ?)"
        self._db.execute(sql, (-_MERGED,))
        return 0 if self._db.total_changes - before >= 2 else None

    def pages(self) -> int | None:
        """Free pages go back to the disk: they may hold what was forgotten before. Their own."""
        if prune.free_pages(self._db, self._path):
            prune.shrink(self._db, self._path, _VACUUM)
            return 0
        return None

    def _left(self) -> list[int]:
        return [number for (number,) in self._db.execute("SELECT label_id FROM erasing_label")]

    def _keep(self, labels: Iterable[int]) -> None:
        used = ((number,) for number in labels)
        self._db.executemany("DELETE FROM erasing_label WHERE label_id = ?", used)

    def _in_index(self) -> list[int]:
        sql = "SELECT 1 FROM picture_index WHERE picture_index MATCH ? LIMIT 1"
        return [n for n in self._left() if self._db.execute(sql, (f"t{n}",)).fetchone()]

    def _take_away(self, labels: Sequence[int]) -> None:
        for table in ("label", "tag"):  # their numbers never come again
            [(newest,)] = self._db.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            if newest > index.counter(self._db, table):
                index.set_counter(self._db, table, newest)
        for number in labels:
            row = self._db.execute("SELECT tag_id FROM label WHERE id = ?", (number,)).fetchone()
            try:
                self._db.execute("DELETE FROM label WHERE id = ?", (number,))
            except sqlite3.IntegrityError:  # a review of another picture speaks of it
                row = None
            if row is not None:
                self._db.execute(
                    "DELETE FROM tag WHERE id = ?1"
                    " AND NOT EXISTS (SELECT 1 FROM label WHERE tag_id = ?1)",
                    row,
                )
        self._keep(labels)
        self._scribe.labels.forget()


def _labels(found: Iterable[tuple[int, str]]) -> set[int]:
    return {int(number) for _, text in found for number in _LABEL.findall(text)}
