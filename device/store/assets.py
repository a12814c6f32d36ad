"""Rows of the table `asset` as assets."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from device import ids
from device.assets import Asset, Call, Pending

COLUMNS = (
    "asset.uid, picture.uid, folder, asset.name, description, metadata, extensions, asset.tags,"
    " private, published, coordinates, made_ms, updated_ms, made_by"
)
"""What `asset_of` reads; what a query has beside it comes after."""

FROM = "asset JOIN picture ON picture.id = picture_id"


def asset_of(row: tuple[Any, ...]) -> Asset:
    """A row that begins with `COLUMNS`."""
    return Asset(
        uid=row[0],
        picture=ids.from_bytes(row[1]),
        folder=row[2],
        name=row[3],
        description=row[4],
        metadata=json.loads(row[5]),
        extensions=json.loads(row[6]),
        tags=tuple(json.loads(row[7])),
        private=bool(row[8]),
        published=bool(row[9]),
        coordinates=row[10],
        made_at=row[11] / 1000,
        updated_at=row[12] / 1000,
        made_by=row[13],
    )


def find(db: sqlite3.Connection, uid: str) -> Asset | None:
    """By its id."""
    sql = f"SELECT {COLUMNS} FROM {FROM} WHERE asset.uid = ?"
    row = db.execute(sql, (uid,)).fetchone()
    return asset_of(row) if row else None


def pending(db: sqlite3.Connection, limit: int) -> list[Pending]:
    """The oldest calls that are still to be made, in turn of each URL: none fills the list."""
    rows = db.execute(
        "SELECT call.uid, asset.uid, url, service, status, call.made_ms FROM"
        " (SELECT *, row_number() OVER (PARTITION BY url ORDER BY id) AS place FROM asset_call)"
        " AS call JOIN asset ON asset.id = asset_id ORDER BY place, call.id LIMIT ?",
        (limit,),
    )
    return [Pending(uid, asset, Call(*call), ms / 1000) for uid, asset, *call, ms in rows]


def sent_before(
    db: sqlite3.Connection, source: str, sha256: bytes, asked: bytes, since: float
) -> Asset | None:
    """What the same upload of this content made, `since` (UTC) or later."""
    sql = (
        f"SELECT {COLUMNS} FROM {FROM} JOIN source ON source.id = source_id"
        " WHERE source.name = ? AND sha256 = ? AND asked = ? AND made_ms > ?"
    )
    row = db.execute(sql, (source, sha256, asked, round(since * 1000))).fetchone()
    return asset_of(row) if row else None
