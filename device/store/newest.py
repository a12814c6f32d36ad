"""The newest picture that is kept of a source."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from device import ids
from device.search_query import Query
from device.search_query.tree import OfPicture
from device.store import search
from device.store.files import PictureFiles

_NEWEST = 2000  # pictures; the newest of a quiet source is looked for in the index
_QUIET = 50  # pictures of it, of which one should be kept


def newest_image(
    db: sqlite3.Connection, files: PictureFiles, source: str
) -> tuple[str, Path] | None:
    """Id and thumbnail of the newest kept picture of a source. In a snapshot."""
    sql = (
        "SELECT uid, tagged_ms, 1 FROM picture JOIN source ON source.id = source_id"
        " WHERE source.name = ? AND kept <> 'none'"
        " AND picture.id > (SELECT max(id) FROM picture) - ? ORDER BY picture.id DESC LIMIT 1"
    )
    found = db.execute(sql, (source, _NEWEST)).fetchall()
    if not found:
        query = Query(OfPicture("source", "=", (source,)))
        found = search.find(db, query, None, _QUIET, "uid, tagged_ms, kept <> 'none'")
    for uid, tagged_ms, is_kept in found:
        if is_kept:
            name = ids.from_bytes(uid)
            return name, files.thumbnail(name, tagged_ms / 1000)
    return None
