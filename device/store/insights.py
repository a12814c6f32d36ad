"""What the pictures and visits of some days add up to.

Days come from the counts that are kept; everything else from the newest so many rows, and then
`complete` says whether those were all. `seen` are the sources that whoever asks may see; None: all.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from device import clock
from device.naming import Naming
from device.search_query import Query
from device.search_query.tree import And, Has, Node, OfPicture, Time, Word
from device.store import facets, search
from device.store.resolve import marks
from device.store.tail import Tail

MOST = 20_000
"""Pictures or visits counted at most; in 1,000,000 pictures that takes 15 to 60 ms."""

SPANS = (10, 60, 300, 900, 3600)
"""Seconds, up to which a visit counts as so long."""

_LISTED = 12  # tags of each kind
_SHARE = 1000  # a tag is rare that so many times as many pictures lack

Seen = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Days:
    """Pictures a day, from day `first` on."""

    first: int  # UTC, in days since the epoch
    sources: dict[str, list[int]]
    tags: dict[str, list[int]]
    complete: bool


@dataclass(slots=True)
class Hours:
    """By weekday (Monday first) and hour of the day."""

    counted: int = 0
    complete: bool = True
    hours: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])


@dataclass(slots=True)
class Stays(Hours):
    """Visits: when they began, and how long they were, by `SPANS` and longer than the last."""

    durations: list[int] = field(default_factory=lambda: [0] * (len(SPANS) + 1))


@dataclass(frozen=True, slots=True)
class Words:
    """Tags with their pictures."""

    top: list[tuple[str, int]]
    new: list[tuple[str, int]]  # never said before these days
    rare: list[tuple[str, int]]  # of all that was ever said
    complete: bool


def days(
    db: sqlite3.Connection, tail: Tail, naming: Naming, span: range, tags: Sequence[str], seen: Seen
) -> Days:
    """Of each day of `span` (UTC days since the epoch), per source and for these tags.

    A tag counts under all its names; without `seen` a picture that has two of them counts twice.
    """
    new = tail.counts(db)
    names: dict[int, str] = dict(db.execute("SELECT id, name FROM source"))
    shown = {number: name for number, name in names.items() if seen is None or name in seen}
    by_source = {name: [0] * len(span) for name in sorted(shown.values())}
    sql = "SELECT day, source_id, count FROM source_day WHERE day >= ? AND day < ?"
    kept = list(db.execute(sql, (span.start, span.stop)))
    kept += [(day, number, count) for (number, day), count in new.by_source_day.items()]
    for day, number, count in kept:
        if number in shown and day in span:
            by_source[shown[number]][day - span.start] += count
    if seen is not None:
        by_tag, complete = _days_by_row(db, naming, span, tags, seen)
        return Days(span.start, by_source, by_tag, complete)
    by_tag = {name: [0] * len(span) for name in tags}
    for name in tags:
        numbers = [number for same in naming.same(name) for number in _tag_numbers(db, same)]
        sql = "SELECT count FROM tag_day WHERE day = ? AND tag_id = ?"
        for number, (place, day) in itertools.product(numbers, enumerate(span)):
            one = db.execute(sql, (day, number)).fetchone()
            by_tag[name][place] += (one[0] if one else 0) + new.by_tag_day[number, day]
    return Days(span.start, by_source, by_tag, True)


def _tag_numbers(db: sqlite3.Connection, name: str) -> list[int]:
    return [number for (number,) in db.execute("SELECT id FROM tag WHERE name = ?", (name,))]


def _days_by_row(
    db: sqlite3.Connection, naming: Naming, span: range, tags: Sequence[str], seen: Collection[str]
) -> tuple[dict[str, list[int]], bool]:
    """The counts of tags that are kept know nothing of sources."""
    found = {name: [0] * len(span) for name in tags}
    complete = True
    for name in tags:
        rows, whole = _newest(
            db, _tagged(naming.same(name)), span, seen, "taken_ms", MOST // (2 * len(tags))
        )
        complete = complete and whole
        for (taken_ms,) in rows:
            found[name][taken_ms // clock.DAY_MS - span.start] += 1
    return found, complete


def words(db: sqlite3.Connection, tail: Tail, naming: Naming, span: range, seen: Seen) -> Words:
    """The most frequent tags of these days, those that are new, and those hardly ever said."""
    if seen is not None:
        found = facets.facets(db, naming, Query(_within(And(), span, seen)), _LISTED)
        return Words(found.tags, [], [], found.complete)
    new = tail.counts(db)
    sql = "SELECT tag_id, sum(count) FROM tag_day WHERE day >= ? AND day < ? GROUP BY tag_id"
    names: dict[int, str] = dict(db.execute("SELECT id, name FROM tag"))
    sums: Counter[str] = Counter()
    kept = list(db.execute(sql, (span.start, span.stop)))
    kept += [(number, count) for (number, day), count in new.by_tag_day.items() if day in span]
    for number, count in kept:
        if number in names:
            sums[naming.today(names[number])] += count
    whole: Counter[str] = Counter()
    for number, name, count in db.execute("SELECT id, name, count FROM tag"):
        if naming.offers(name):
            whole[naming.today(name)] += count + new.by_tag[number]
    told = [(name, count) for name, count in sums.most_common() if name in whole]
    # What all its pictures of these days are all that it ever had: they are its first ones.
    oldest = db.execute("SELECT min(day) FROM source_day").fetchone()[0]
    ever = [day for _, day in new.by_source_day] + ([] if oldest is None else [oldest])
    fresh = [(name, count) for name, count in told if count >= whole[name] > 0]
    row = db.execute("SELECT sum(count) FROM source_day").fetchone()
    limit = max(((row[0] or 0) + new.by_source_day.total()) // _SHARE, 1)
    rare = [(name, count) for name, count in whole.items() if 0 < count <= limit]
    rare.sort(key=lambda one: one[1])
    began = min(ever, default=span.start) < span.start  # else everything would be new
    return Words(told[:_LISTED], fresh[:_LISTED] if began else [], rare[:_LISTED], True)


def hours(db: sqlite3.Connection, query: Query, span: range, zone: tzinfo, seen: Seen) -> Hours:
    """When the pictures that match were taken, in that time zone."""
    rows, complete = _newest(db, query.node, span, seen, "taken_ms", MOST)
    found = Hours(len(rows), complete)
    _count_hours((row[0] for row in rows), zone, found)
    return found


def stays(db: sqlite3.Connection, span: range, zone: tzinfo, seen: Seen) -> Stays:
    """When the visits of these days began, in that time zone, and how long they were."""
    newest = "SELECT source_id, started_ms, duration_ms FROM visit ORDER BY id DESC LIMIT ?"
    sql = (
        f"SELECT started_ms, duration_ms FROM ({newest}) AS newest"
        " JOIN source ON source.id = source_id WHERE started_ms >= ? AND started_ms < ?"
    )
    values: list[object] = [MOST, span.start * clock.DAY_MS, span.stop * clock.DAY_MS]
    if seen is not None:
        sql += f" AND source.name IN ({marks(tuple(seen))})"
        values += seen
    rows = db.execute(sql, values).fetchall()
    beyond = f"SELECT min(started_ms), count(*) FROM ({newest})"
    oldest, looked_at = db.execute(beyond, (MOST,)).fetchone()
    found = Stays(len(rows), looked_at < MOST or oldest < span.start * clock.DAY_MS)
    _count_hours((row[0] for row in rows), zone, found)
    for _, duration_ms in rows:
        longer = sum(duration_ms > 1000 * one for one in SPANS)
        found.durations[longer] += 1
    return found


# -- how


def _newest(
    db: sqlite3.Connection, node: Node, span: range, seen: Seen, columns: str, most: int
) -> tuple[list[tuple[int, ...]], bool]:
    """Rows of the newest matching pictures of these days, and whether that is all of them."""
    query = Query(_within(node, span, seen))
    found = search.find(db, query, None, most + 1, columns)
    return found[:most], len(found) <= most


def _within(node: Node, span: range, seen: Seen) -> And:
    seconds = clock.DAY_MS / 1000
    parts = [
        node,
        OfPicture("createdAt", ">=", (Time(span.start * seconds, 0.0),)),
        OfPicture("createdAt", "<", (Time(span.stop * seconds, 0.0),)),
    ]
    if seen is not None:
        parts.append(OfPicture("source", "=", tuple(sorted(seen))))
    return And(tuple(parts))


def _tagged(names: Iterable[str]) -> Has:
    return Has(tuple(Word(name, exact=True) for name in names))


def _count_hours(times: Iterable[int], zone: tzinfo, into: Hours) -> None:
    known: dict[int, list[int]] = {}  # by quarter of an hour: no zone's hours begin elsewhere
    for ms in times:
        quarter = ms // 900_000
        if quarter not in known:
            local = datetime.fromtimestamp(quarter * 900, zone)
            known[quarter] = [local.weekday(), local.hour]
        weekday, hour = known[quarter]
        into.hours[weekday][hour] += 1
