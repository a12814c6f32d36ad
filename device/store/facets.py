"""What there is to choose from: counts per tag, source and day, of everything or of a query."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from device import clock
from device.naming import Naming
from device.search_query import Query
from device.search_query.tree import And, Has, Node, OfPicture, Time
from device.store import packed, search
from device.store.resolve import marks, tags_meant
from device.store.tail import Tail

MOST = 2000
"""Of so many of the newest matching pictures the facets of a query are counted."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts, the most frequent first."""

    counted: int  # pictures
    complete: bool  # False: there are more, older ones
    tags: list[tuple[str, int]]
    sources: list[tuple[str, int]]
    days: list[tuple[str, int]]  # newest first


def tags(
    db: sqlite3.Connection, tail: Tail, naming: Naming, prefix: str, limit: int
) -> list[tuple[str, int]]:
    """Words that begin so, with the number of their pictures, most frequent first.

    A word counts under all its names; a picture that has two of them counts twice.
    """
    new = tail.counts(db).by_tag
    # Names from the prefix on, up to what follows all that begin with it: the index of names.
    found = db.execute(
        "SELECT id, name, count FROM tag WHERE name >= ?1 AND name < ?1 || char(1114111)",
        (prefix,),
    )
    rows = {name: count + new[number] for number, name, count in found}
    olds = [old for old, today in naming.now.items() if today.startswith(prefix)]
    for old in olds:
        for number, count in db.execute("SELECT id, count FROM tag WHERE name = ?", (old,)):
            rows[old] = count + new[number]
    counts: Counter[str] = Counter()
    for name, count in rows.items():
        today = naming.today(name)
        if today.startswith(prefix) and naming.offers(name):
            counts[today] += count
    best = sorted((one for one in counts.items() if one[1] > 0), key=lambda one: (-one[1], one[0]))
    return best[:limit]


def days(
    db: sqlite3.Connection, tail: Tail, query: Query, year: int, month: int
) -> list[tuple[str, int]]:
    """Pictures per UTC day of a month, days without any left out.

    What is asked most, everything or one tag or one source, has its counts ready.
    """
    first, last = clock.first_day(year, month), clock.first_day(year, month + 1)
    ready = _ready(db, tail, query.node, range(first, last))
    if ready is None:
        ready = _counted(db, query.node, first, last)
    return [(clock.day_name(day), count) for day, count in sorted(ready.items()) if count]


def facets(db: sqlite3.Connection, naming: Naming, query: Query, limit: int) -> Facets:
    """Counted of the newest `MOST` matching pictures."""
    columns = "source.name, taken_ms, picture.tags"
    found = search.find(db, naming.meant(query), None, MOST + 1, columns)
    labels = db.execute("SELECT label.id, name FROM label JOIN tag ON tag.id = tag_id")
    names = {number: naming.today(name) for number, name in labels if naming.offers(name)}
    by_tag: Counter[str] = Counter()
    by_source: Counter[str] = Counter()
    by_day: Counter[int] = Counter()
    for source, taken_ms, text in found[:MOST]:
        by_source[source] += 1
        by_day[taken_ms // clock.DAY_MS] += 1
        said = (one.label for one in packed.unpack(text) if one.counts)
        by_tag.update({names[label] for label in said if label in names})
    newest = sorted(by_day.items(), reverse=True)
    return Facets(
        min(len(found), MOST),
        len(found) <= MOST,
        by_tag.most_common(limit),
        by_source.most_common(limit),
        [(clock.day_name(day), count) for day, count in newest[:limit]],
    )


def _ready(db: sqlite3.Connection, tail: Tail, node: Node, days: range) -> Counter[int] | None:
    """From the counts that are kept, where they say it."""
    while isinstance(node, And) and len(node.nodes) == 1:
        node = node.nodes[0]
    if isinstance(node, Has) and len(node.words) == 1:
        numbers = tags_meant(db, node.words[0])
        if len(numbers) > 1:  # a picture may have both
            return None
        table, new = "tag", tail.counts(db).by_tag_day
    elif isinstance(node, OfPicture) and (node.field, node.operator) == ("source", "="):
        sql = f"SELECT id FROM source WHERE name IN ({marks(node.values)})"
        numbers = [row[0] for row in db.execute(sql, node.values)]
        table, new = "source", tail.counts(db).by_source_day
    elif node == And():
        numbers = [row[0] for row in db.execute("SELECT id FROM source")]
        table, new = "source", tail.counts(db).by_source_day
    else:
        return None
    found: Counter[int] = Counter()
    sql = f"SELECT count FROM {table}_day WHERE day = ? AND {table}_id = ?"
    for day in days:
        for number in numbers:
            row = db.execute(sql, (day, number)).fetchone()
            found[day] += new[number, day] + (row[0] if row else 0)
    return found


def _counted(db: sqlite3.Connection, node: Node, first: int, last: int) -> Counter[int]:
    """By asking for the pictures themselves."""
    seconds = clock.DAY_MS / 1000
    month = (
        OfPicture("createdAt", ">=", (Time(first * seconds, 0.0),)),
        OfPicture("createdAt", "<", (Time(last * seconds, 0.0),)),
    )
    rows = search.find(db, Query(And((node, *month))), None, -1, "taken_ms")
    return Counter(row[0] // clock.DAY_MS for row in rows)
