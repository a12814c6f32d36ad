"""A settled picture as its row, and the newest that is kept of a source."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from device import clock, ids
from device.results import Tagged
from device.search_query import Query
from device.search_query.tree import OfPicture
from device.store import packed, rows, search
from device.store.files import PictureFiles
from device.store.labels import Label, LabelWriter
from device.types import PictureRef, Tag

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


def insert(
    db: sqlite3.Connection,
    number: int,
    source_id: int,
    item: Tagged,
    seq: int | None,
    labels: LabelWriter,
) -> PictureRef:
    """Add the row `number`; `seq` is that of its own event, if it has one.

    Raises ValueError for a confidence or box that is no number.
    """
    picture = rows.picture_of(item)
    kept = "full" if item.original else "thumbnail" if picture.has_image else "none"
    near = [
        packed.mention(labels.number(Label(one.name, "near", tagger=one.tagger)), one.confidence)
        for one in item.alternatives
    ]
    db.execute(
        f"INSERT INTO picture VALUES ({','.join('?' * 17)})",
        (
            number,
            ids.to_bytes(picture.id),
            source_id,
            picture.name,
            clock.milliseconds(picture.taken_at),
            clock.milliseconds(picture.tagged_at),
            None,
            picture.width,
            picture.height,
            picture.format,
            picture.size,
            item.origin.sha256,
            kept,
            seq,
            packed.pack(mentions(item.tags, item.implied, labels)),
            packed.pack_boxes(tag.box for tag in item.tags),
            packed.pack(near),
        ),
    )
    return picture


def mentions(
    tags: tuple[Tag, ...], implied: tuple[tuple[str, float], ...], labels: LabelWriter
) -> list[tuple[int, int]]:
    """(label, per mille) of each tag, then of each further word that it is found by.

    A further word has the kind and the tagger of the tag it stands above; a synonym those of the
    first tag.
    """
    found = []
    for tag in tags:
        told = tag.kind, tag.tagger, tag.model, tag.parents, tag.zones
        label = Label(tag.name, "said", *told)
        found.append(packed.mention(labels.number(label), tag.confidence))
    said = {tag.name for tag in tags}
    for name, confidence in implied:
        if name in said:
            continue
        of = next((tag for tag in tags if name in tag.parents), tags[0] if tags else None)
        label = Label(name, "implied", of.kind if of else "", of.tagger if of else "")
        found.append(packed.mention(labels.number(label), confidence))
    return found
