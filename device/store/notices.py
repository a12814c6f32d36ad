"""What the store tells of itself: an event of type `health`, without a source."""

from __future__ import annotations

import sqlite3

from device import clock, ids, wire


def tell(db: sqlite3.Connection, seq: int, device_id: int, device: str, detail: str) -> None:
    """Store the event that something happened to the store. In a transaction."""
    event_id, now = ids.new_id(), clock.iso(clock.now())
    body = {
        "schema": wire.SCHEMA,
        "id": event_id,
        "seq": seq,
        "type": "health",
        "device": device,
        "source": "",
        "taken_at": now,
        "tagged_at": now,
        "clock": clock.state(),
        "replayed": False,
        "visit": None,
        "picture": None,
        "tags": [],
        "health": {
            "state": "storage_repaired",
            "active": False,
            "since": now,
            "detail": detail,
            "facts": {},
        },
    }
    db.execute(
        "INSERT INTO event (seq, id, type, device_id, synced, body)"
        " VALUES (?, ?, 'health', ?, ?, ?)",
        (seq, event_id, device_id, clock.state() == "synced", wire.dumps(body).encode()),
    )
