"""Events as they are told: a picture's own from its row, any other as it was written down."""

from __future__ import annotations

import sqlite3
from typing import Any

from device import ids, wire_erase
from device.store import rows
from device.types import Event

_NEXT = (
    "SELECT seq, event.id, type, body, picture_id, device.name, synced FROM event"
    " JOIN device ON device.id = device_id WHERE seq > ? ORDER BY seq LIMIT ?"
)
_PICTURE = (
    f"SELECT {rows.COLUMNS} FROM picture JOIN source ON source.id = source_id WHERE picture.id = ?"
)


def after(db: sqlite3.Connection, reader: rows.Rows, seq: int, limit: int) -> list[Event]:
    """The next events after `seq`, oldest first. In a snapshot."""
    return [_event(db, reader, row) for row in db.execute(_NEXT, (seq, limit)).fetchall()]


def _event(db: sqlite3.Connection, reader: rows.Rows, row: tuple[Any, ...]) -> Event:
    seq, uid, type_, body, number, device, synced = row
    if body is None and type_ == wire_erase.ERASED:
        body = wire_erase.blank_body(seq, uid, device)
    elif body is None:  # the picture's own: its id is the picture's
        picture = db.execute(_PICTURE, (number,)).fetchone()
        uid = ids.from_bytes(picture[1])
        body = reader.event(db, picture, seq, device, bool(synced))
    return Event(seq, uid, type_, body)
