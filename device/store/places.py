"""Where in the picture a tag's boxes lie: how many cover each cell of a coarse grid."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device import ids
from device.search_query import Query
from device.search_query.tree import And, Has, OfPicture, Word
from device.store import packed, search

COLUMNS, ROWS = 32, 18
"""Cells of the grid."""

MOST = 5000
"""Pictures looked at."""


@dataclass(frozen=True, slots=True)
class Places:
    """Boxes over each cell."""

    counted: int  # pictures
    boxes: int
    complete: bool
    cells: NDArray[np.int64]  # ROWS x COLUMNS
    picture: str | None  # id of the newest picture that is kept, to draw them on


def places(db: sqlite3.Connection, names: Sequence[str], source: str) -> Places:
    """Of the newest pictures of a source that have a tag, by all its names."""
    node = And(
        (Has(tuple(Word(name, exact=True) for name in names)), OfPicture("source", "=", (source,)))
    )
    columns = "picture.uid, kept, picture.tags, boxes"
    found = search.find(db, Query(node), None, MOST + 1, columns)
    roles = "SELECT label.id, tag.name FROM label JOIN tag ON tag.id = tag_id"
    said = dict(db.execute(f"{roles} WHERE role = 'said'"))
    # A box adds one at two corners and takes one at the others; sums along both axes fill it.
    corners = np.zeros((ROWS + 1, COLUMNS + 1), np.int64)
    boxes = 0
    for _, _, text, edges in found[:MOST]:
        if edges is None:
            continue
        mentions = [one for one in packed.unpack(text) if one.label in said]
        for one, box in zip(mentions, packed.unpack_boxes(edges, len(mentions)), strict=True):
            if box is None or said[one.label] not in names or one.state == "rejected":
                continue
            boxes += 1
            left, top = int(box.x * COLUMNS), int(box.y * ROWS)
            right = _cell((box.x + box.width) * COLUMNS, left, COLUMNS)
            bottom = _cell((box.y + box.height) * ROWS, top, ROWS)
            corners[top, left] += 1
            corners[bottom, right] += 1
            corners[top, right] -= 1
            corners[bottom, left] -= 1
    cells = corners.cumsum(axis=0).cumsum(axis=1)[:ROWS, :COLUMNS]
    shown = next((ids.from_bytes(uid) for uid, kept, *_ in found if kept != "none"), None)
    return Places(min(len(found), MOST), boxes, len(found) <= MOST, cells, shown)


def _cell(edge: float, before: int, most: int) -> int:
    """The first cell that a box does not touch; it touches one at least."""
    return min(max(int(np.ceil(edge - 1e-9)), before + 1), most)
