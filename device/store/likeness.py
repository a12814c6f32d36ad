"""Which visits a query means: each is looked at as if it were a picture with its one tag.

A scratch database in memory is asked, so that the language means here what it means everywhere.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Sequence

from sqlite_utils import Database

from device.results import Origin, Tagged
from device.search_query import Query
from device.search_query.tree import And, Node, Not, OfPicture, OfTag, Or
from device.store import pictures
from device.store.condition import condition
from device.store.labels import LabelWriter
from device.store.migrations import migrations
from device.store.resolve import resolve
from device.types import Tag, Visit

_OF_VISITS = ("source", "createdAt", "updatedAt", "confidence", "kind")


def speaks_of_visits(query: Query) -> bool:
    """Whether all that is asked can be asked of a visit: it has no name, format or size."""
    return _speaks(query.node)


def meant(
    query: Query, visits: Sequence[Visit], now: float, parents: sqlite3.Connection
) -> list[int]:
    """The places of those that match; `parents`: the database that knows what stands above tags."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrations.apply(Database(db))
        labels = LabelWriter(db)
        for number, name in enumerate({visit.source for visit in visits}, 1):
            db.execute("INSERT INTO source (id, name) VALUES (?, ?)", (number, name))
        sources = dict(db.execute("SELECT name, id FROM source"))
        above = {tag: _above(parents, tag) for tag in {visit.tag for visit in visits}}
        for place, visit in enumerate(visits, 1):
            picture = _picture(visit, above[visit.tag])
            pictures.insert(db, place, sources[visit.source], picture, None, labels)
        test, values = condition(resolve(db, query.node), now)
        sql = f"SELECT picture.id FROM picture JOIN source ON source.id = source_id WHERE {test}"
        return [number - 1 for (number,) in db.execute(sql, values)]


def _speaks(node: Node) -> bool:
    if isinstance(node, (And, Or)):
        return all(map(_speaks, node.nodes))
    if isinstance(node, Not):
        return _speaks(node.node)
    if isinstance(node, (OfPicture, OfTag)):
        return node.field in _OF_VISITS
    return True


def _above(db: sqlite3.Connection, tag: str) -> tuple[str, ...]:
    rows = db.execute(
        "SELECT DISTINCT parents FROM label JOIN tag ON tag.id = tag_id"
        " WHERE tag.name = ? AND role = 'said'",
        (tag,),
    )
    return tuple(sorted({name for (text,) in rows for name in json.loads(text)}))


def _picture(visit: Visit, above: tuple[str, ...]) -> Tagged:
    tag = Tag(visit.tag, visit.best_confidence, visit.kind, "", "", parents=above)
    return Tagged(
        origin=Origin(visit.id, visit.source, visit.started_at, None, 0, None, None),
        tagged_at=visit.started_at,
        width=1,
        height=1,
        format="RAW",
        tags=(tag,),
        thumbnail=None,
        original=None,
        implied=tuple((name, visit.best_confidence) for name in above),
    )
