"""Between rows and the words of the house."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

from device import ids, wire
from device.hearing import Alternative
from device.results import Tagged
from device.review import PERSON
from device.store import packed
from device.store.labels import LabelReader
from device.types import FileKey, PictureRef, Tag

HEAD = (
    "picture.id, picture.uid, source.name, picture.name, taken_ms, tagged_ms, width, height,"
    " format, size, sha256, kept"
)
"""What `head` reads, from picture JOIN source."""

COLUMNS = f"{HEAD}, tags, boxes, reviewed_ms, version"
"""What `Rows` reads; what a query has beside it comes after."""

BY_CONTENT = (
    f"SELECT {COLUMNS} FROM picture JOIN source ON source.id = source_id"
    " WHERE source.name = ? AND sha256 = ?"
)


def key_numbers(key: FileKey) -> tuple[int, int, int, int]:
    """Device, inode, size, mtime, fit for SQLite: a 64-bit number is signed there.

    File systems know times that 64 bits of nanoseconds do not; those wrap around.
    """
    return _signed(key.device), _signed(key.inode), key.size, _signed(key.mtime_ns)


def picture_of(item: Tagged) -> PictureRef:
    """The picture that a result becomes."""
    origin = item.origin
    return PictureRef(
        id=origin.frame_id,
        source=origin.source,
        taken_at=origin.taken_at,
        tagged_at=item.tagged_at,
        width=item.width,
        height=item.height,
        format=item.format,
        size=origin.size,
        sha256=origin.sha256.hex() if origin.sha256 else None,
        name=origin.name,
        tags=item.tags,
        has_image=item.thumbnail is not None,
    )


def number_of(db: sqlite3.Connection, uid: str) -> int | None:
    """The row number of a picture, by its id.

    Newer ones than are in the index are looked at row by row, the newest first: what is asked for
    in a commit has mostly just come.
    """
    if not ids.is_id(uid):
        return None
    data = ids.to_bytes(uid)
    row = db.execute(
        "SELECT id FROM uid_index JOIN picture ON id = picture_id WHERE ms = ?1 AND uid = ?2"
        " UNION ALL SELECT id FROM (SELECT id FROM picture WHERE uid = ?2 AND"
        " id > (SELECT value FROM counter WHERE name = 'folded') ORDER BY id DESC LIMIT 1) LIMIT 1",
        (int.from_bytes(data[:6], "big"), data),
    ).fetchone()
    return int(row[0]) if row else None


class Rows:
    """Rows of `COLUMNS` as pictures. Any thread, each with a connection of its own."""

    def __init__(self) -> None:
        self._labels = LabelReader()

    def picture(self, db: sqlite3.Connection, row: tuple[Any, ...]) -> PictureRef:
        """As the words of the house; what a person has rejected is left out."""
        said = [(tag, one.state) for tag, one in self.said(db, row) if one.state != "rejected"]
        tags, states = tuple(tag for tag, _ in said), tuple(state for _, state in said)
        fresh = all(state == "proposed" for state in states)
        return replace(_reviewed(row), tags=tags, states=() if fresh else states)

    def text(self, db: sqlite3.Connection, row: tuple[Any, ...], *, rejected: bool = False) -> str:
        """As the API's JSON, tags with their state; those that were rejected only if asked for."""
        tags = []
        mentions = [m for m in packed.unpack(row[12]) if self._is_said(db, m.label)]
        boxes = packed.unpack_boxes(row[13], len(mentions))
        for one, box in zip(mentions, boxes, strict=True):
            if rejected or one.state != "rejected":
                tags.append(self._labels.text(db, one.label, one.confidence, box, one.state))
        return wire.picture_json(_reviewed(row), f"[{','.join(tags)}]")

    def event(
        self, db: sqlite3.Connection, row: tuple[Any, ...], seq: int, device: str, synced: bool
    ) -> bytes:
        """The event that it was tagged, as told the first time: without what people said later."""
        said = (tag for tag, _ in self.said(db, row))
        tags = [tag for tag in said if tag.tagger != PERSON or tag.model]
        picture = head(row)
        return wire.picture_event(
            seq=seq,
            event_id=picture.id,
            device=device,
            clock_state="synced" if synced else "untrusted",
            picture=picture,
            tags=wire.tags_json(tags),
        )

    def said(
        self, db: sqlite3.Connection, row: tuple[Any, ...]
    ) -> list[tuple[Tag, packed.Mention]]:
        """The tags of a row, with their states."""
        mentions = [m for m in packed.unpack(row[12]) if self._is_said(db, m.label)]
        boxes = packed.unpack_boxes(row[13], len(mentions))
        return [
            (self._labels.label(db, one.label).tag(one.confidence, box), one)
            for one, box in zip(mentions, boxes, strict=True)
        ]

    def alternatives(self, db: sqlite3.Connection, near: str) -> str:
        """What was nearly said, as JSON."""
        found = []
        for one in packed.unpack(near):
            label = self._labels.label(db, one.label)
            found.append(Alternative(label.name, one.confidence / 1000, label.tagger))
        return wire.alternatives_json(found)

    def name(self, db: sqlite3.Connection, label: int) -> str:
        """The name of a label."""
        return self._labels.label(db, label).name

    def _is_said(self, db: sqlite3.Connection, label: int) -> bool:
        return self._labels.label(db, label).role == "said"


def head(row: tuple[Any, ...], tags: tuple[Tag, ...] = ()) -> PictureRef:
    """A row that begins with `HEAD` as a picture, with the tags given."""
    return PictureRef(
        id=ids.from_bytes(row[1]),
        source=row[2],
        name=row[3],
        taken_at=row[4] / 1000,
        tagged_at=row[5] / 1000,
        width=row[6],
        height=row[7],
        format=row[8],
        size=row[9],
        sha256=row[10].hex() if row[10] else None,
        tags=tags,
        has_image=row[11] != "none",
    )


def _reviewed(row: tuple[Any, ...]) -> PictureRef:
    """A row of `COLUMNS` as a picture, without its tags."""
    reviewed_at = None if row[14] is None else row[14] / 1000
    return replace(head(row), reviewed_at=reviewed_at, version=row[15])


def _signed(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
