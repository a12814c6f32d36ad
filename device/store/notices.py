"""What the store tells of itself: an event of type `health`, without a source."""

from __future__ import annotations

import logging
import sqlite3

from device import clock, ids, wire
from device.store import checkup, index, mark

log = logging.getLogger(__name__)


def go_on(
    db: sqlite3.Connection, opened: checkup.Opened, run: mark.Mark, seq: int, device: str
) -> tuple[int, str | None]:
    """Where `seq` goes on after what happened to the last run, and what is to be told of it.

    In a transaction, with the device noted. No number that anybody may have heard comes again:
    after a repair, a loss or a power cut it goes on beyond all that were reserved.
    """
    last = opened.run
    lost = max(0, last.seq - seq)
    if not (opened.repaired or lost or last.power_cut):
        return seq, None
    notice = opened.repaired
    if lost and notice is None:
        notice = f"the database lacks its newest events, {seq + 1} to {last.seq} or more"
    db.execute("UPDATE sink SET cursor = ?1 WHERE cursor > ?1", (seq,))
    seq = mark.beyond(last, seq)
    if notice is not None:
        seq += 1
        run.cover(seq)
        tell(db, seq, device, notice)
        log.error("%s; events go on with number %d", notice, seq)
        index.set_counter(db, "adrift", 1)  # files without rows may be all that is left of some
    index.set_counter(db, "seq", seq)
    return seq, notice


def tell(db: sqlite3.Connection, seq: int, device: str, detail: str) -> None:
    """Store the event that something happened to the store. In a transaction."""
    event_id, now, state = ids.new_id(), clock.iso(clock.now()), clock.state()
    health = {"state": "storage_repaired", "active": False, "since": now, "detail": detail}
    body = {
        "schema": wire.SCHEMA,
        "id": event_id,
        "seq": seq,
        "type": "health",
        "device": device,
        "source": "",
        "taken_at": now,
        "tagged_at": now,
        "clock": state,
        "replayed": False,
        "visit": None,
        "picture": None,
        "tags": [],
        "health": {**health, "facts": {}},
    }
    db.execute("INSERT OR IGNORE INTO device (name) VALUES (?)", (device,))
    db.execute(
        "INSERT INTO event (seq, id, type, device_id, synced, body)"
        " SELECT ?, ?, 'health', id, ?, ? FROM device WHERE name = ?",
        (seq, event_id, state == "synced", wire.dumps(body).encode(), device),
    )
