"""What the store tells of itself: an event of type `health`, without a source."""

from __future__ import annotations

import logging
import sqlite3

from device import clock, ids, wire_visit
from device.store import checkup, index, mark
from device.types import HealthChange

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
    newest, seq = seq, mark.beyond(last, seq)
    if seq > newest and not lost:  # else some of them were given to events: a gap for the sinks
        db.execute("INSERT OR REPLACE INTO leap VALUES (?, ?)", (newest + 1, seq))
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
    now, event_id = clock.now(), ids.new_id()
    change = HealthChange("", "storage_damaged", active=False, since=now, detail=detail)
    body = wire_visit.health_event(seq=seq, event_id=event_id, device=device, change=change)
    db.execute("INSERT OR IGNORE INTO device (name) VALUES (?)", (device,))
    db.execute(
        "INSERT INTO event (seq, id, type, device_id, synced, body)"
        " SELECT ?, ?, 'health', id, ?, ? FROM device WHERE name = ?",
        (seq, event_id, clock.state() == "synced", body, device),
    )
