"""A settled picture as its row."""

from __future__ import annotations

import sqlite3

from device import clock, ids
from device.results import Tagged
from device.store import packed, rows
from device.store.labels import Label, LabelWriter
from device.types import PictureRef, Tag


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
