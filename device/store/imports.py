"""Pictures that come from an export: which are new here, and how their states are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace

from device import clock, ids
from device.results import Imported, Tagged
from device.store import packed, rows, tombs
from device.store.tombs import Tombs
from device.types import State, Tag


def is_new(db: sqlite3.Connection, change: Imported) -> bool:
    """Whether neither its id nor its content is here, of any source."""
    sha256 = change.picture.origin.sha256
    sql = "SELECT 1 FROM picture WHERE source_id IN (SELECT id FROM source) AND sha256 = ?"
    if sha256 is not None and db.execute(sql, (sha256,)).fetchone():
        return False
    return rows.number_of(db, change.picture.frame_id) is None


def refusal(db: sqlite3.Connection, change: Imported, erased: Tombs) -> str | None:
    """Why it is not let in; None: there is no reason, or it is here already."""
    if change.even_erased or not any(map(erased.has, things(change.picture))):
        return None
    return None if not is_new(db, change) else "it was erased here"


def things(item: Tagged) -> Iterator[bytes]:
    """What tombstones may know of it."""
    yield tombs.picture(ids.to_bytes(item.frame_id))
    if item.origin.sha256 is not None:
        yield tombs.content(item.origin.sha256)


def restate(db: sqlite3.Connection, number: int, change: Imported) -> None:
    """Give the tags of a row that was just made their states. In a transaction.

    What is only implied counts as long as one of the tags counts that it stands above.
    """
    [(text,)] = db.execute("SELECT tags FROM picture WHERE id = ?", (number,))
    mentions = list(packed.unpack(text))
    tags = change.picture.tags
    said = {tag.name for tag in tags}
    further = [name for name, _ in change.picture.implied if name not in said]
    states = [*change.states, *(_implied(name, tags, change.states) for name in further)]
    now = [replace(one, state=state) for one, state in zip(mentions, states, strict=True)]
    at = None if change.reviewed_at is None else clock.milliseconds(change.reviewed_at)
    values = packed.repack(now), at, number
    db.execute("UPDATE picture SET tags = ?, reviewed_ms = ? WHERE id = ?", values)


def _implied(name: str, tags: Sequence[Tag], states: Sequence[State]) -> State:
    of = {state for tag, state in zip(tags, states, strict=True) if name in tag.parents}
    if of & {"accepted", "manual"}:
        return "accepted"
    return "rejected" if of == {"rejected"} else "proposed"
