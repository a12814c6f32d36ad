"""What taggers say of a picture that was stored before: it is added, and nothing is taken away.

What a person has rejected stays so, whoever says it again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from device.assets import Extra
from device.review import MOST_TAGS, further
from device.store import index, packed, pictures, rows
from device.store.labels import LabelReader, LabelWriter
from device.types import Tag
from device.vocabulary import Vocabulary

_PICTURE = (
    f"SELECT {rows.COLUMNS} FROM picture JOIN source ON source.id = source_id WHERE picture.id = ?"
)
_REVIEWS = "SELECT id, tags, boxes FROM review WHERE picture_id = ? AND undone_ms IS NULL"


def retell(
    db: sqlite3.Connection, labels: LabelWriter, number: int, extra: Extra, words: Vocabulary
) -> None:
    """Add to the row `number` what is new of this, in a transaction."""
    reader = rows.Rows()
    row = db.execute(_PICTURE, (number,)).fetchone()
    there = [(tag, mention.state) for tag, mention in reader.said(db, row)]
    fresh = list(_fresh(there, extra.tags))[: max(0, MOST_TAGS - len(there))]
    if not fresh:
        return
    counting = (one for one in packed.unpack(row[12]) if one.state != "rejected")
    found = {reader.name(db, one.label) for one in counting}
    wanted = set().union(*(further(tag, words) for tag in fresh)) - found
    implied = tuple(one for one in extra.implied if one[0] in wanted)
    said = packed.pack(pictures.mentions(tuple(fresh), implied, labels))
    before = list(index.entries(db, [number]))
    values = _with(db, row[12], row[13], said, fresh)
    sql = "UPDATE picture SET tags = ?, boxes = ?, version = version + 1 WHERE id = ?"
    db.execute(sql, (*values, number))
    # Undoing a review brings back what it found: that has these as well.
    for review, tags, boxes in db.execute(_REVIEWS, (number,)).fetchall():
        values = _with(db, tags, boxes, said, fresh)
        db.execute("UPDATE review SET tags = ?, boxes = ? WHERE id = ?", (*values, review))
    index.renew(db, before)


def _fresh(there: Sequence[tuple[Tag, str]], tags: Sequence[Tag]) -> Iterator[Tag]:
    """What was not said yet, in the name of those that did not say it."""
    rejected = {tag.name for tag, state in there if state == "rejected"}
    known = {(tag.name, tagger) for tag, _ in there for tagger in tag.tagger.split("+")}
    for tag in tags:
        taggers = [one for one in tag.tagger.split("+") if (tag.name, one) not in known]
        if taggers and tag.name not in rejected:
            yield replace(tag, tagger="+".join(taggers))


def _with(
    db: sqlite3.Connection, tags: str, boxes: bytes | None, said: str, fresh: Sequence[Tag]
) -> tuple[Any, ...]:
    """The columns `tags` and `boxes` with this behind them."""
    labels = LabelReader()
    before = list(packed.unpack(tags))
    count = sum(labels.label(db, one.label).role == "said" for one in before)
    found = [*packed.unpack_boxes(boxes, count), *(tag.box for tag in fresh)]
    return packed.repack([*before, *packed.unpack(said)]), packed.pack_boxes(found)
