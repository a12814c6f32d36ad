"""What is forgotten: by age, and for room. Decides; `Store.forget` does it.

Age counts from when a picture was tagged: a camera or a file may claim any time for its light. For
room the order is: what people rejected, what no model was sure of, then the oldest of all others,
and what people have looked at last.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from device import ids
from device.store import packed

SLICE = 200
"""Pictures forgotten in one transaction: some 50 to 200 ms, and commits come in between."""

_CHUNK = 5000  # rows looked at in one go
_SURE = 600  # per mille: below it a picture counts as one that no model was sure of
_DAY_MS = 86_400_000
_VALUE = re.compile(r":([0-9]{4})")
_REJECTED, _UNSURE, _OTHER, _REVIEWED = range(4)


@dataclass(frozen=True, slots=True)
class Rules:
    """The owner's; days of 24 hours."""

    days: float | None = None
    by_source: Mapping[str, float] = field(default_factory=dict)
    by_tag: Mapping[str, float] = field(default_factory=dict)
    keep_reviewed: bool = True

    @property
    def shortest(self) -> float | None:
        """None: nothing goes by age."""
        return min(
            [*self.by_source.values(), *self.by_tag.values(), *([self.days] if self.days else [])],
            default=None,
        )

    def limit(self, source: str, tags: set[str]) -> float | None:
        """How many days a picture is kept; None: for ever."""
        if longest := max((self.by_tag[tag] for tag in tags if tag in self.by_tag), default=None):
            return longest
        return self.by_source.get(source, self.days)


def too_old(
    db: sqlite3.Connection, rules: Rules, now_ms: int, name: Callable[[int], str]
) -> Iterator[list[int]]:
    """Slices of pictures whose time is over, oldest first; an empty one: it goes on later.

    `name` spells a label.
    """
    shortest = rules.shortest
    if shortest is None:
        return
    youngest = now_ms - round(shortest * _DAY_MS)
    for rows in _chunks(db, 0):
        over = []
        for number, source, tagged_ms, reviewed_ms, tags in rows:
            if reviewed_ms is not None and rules.keep_reviewed:
                continue
            said = (
                {name(m.label) for m in packed.unpack(tags) if m.counts} if rules.by_tag else set()
            )
            days = rules.limit(source, said)
            if days is not None and tagged_ms < now_ms - round(days * _DAY_MS):
                over.append(number)
        yield from _slices(over)
        if all(row[2] >= youngest for row in rows):
            return


def for_room(db: sqlite3.Connection, rules: Rules) -> Iterator[list[int]]:
    """Slices of pictures in the order in which they may go; ends when none is left."""
    last = _REVIEWED if rules.keep_reviewed else _OTHER
    for wanted in range(last + 1):
        for rows in _chunks(db, 0):
            yield from _slices([row[0] for row in rows if min(_worth(row), last) == wanted])


def old_visits(db: sqlite3.Connection, rules: Rules, now_ms: int) -> Iterator[list[int]]:
    """Slices of visits that have ended and whose time is over; an empty one: it goes on later.

    Their age counts from when they were first told, by the time in their id.
    """
    shortest = rules.shortest
    if shortest is None:
        return
    last = ""
    sql = (
        "SELECT visit.id, uid, source.name, tag FROM visit JOIN source ON source.id = source_id"
        " WHERE uid > ? AND uid < ? AND ended_ms NOTNULL ORDER BY uid LIMIT ?"
    )
    youngest = _id_of(now_ms - round(shortest * _DAY_MS))
    while rows := db.execute(sql, (last, youngest, _CHUNK)).fetchall():
        last, over = rows[-1][1], []
        for number, uid, source, tag in rows:
            days = rules.limit(source, {tag})
            if days is not None and uid < _id_of(now_ms - round(days * _DAY_MS)):
                over.append(number)
        yield from _slices(over)


def visits_before_pictures(db: sqlite3.Connection) -> list[int]:
    """A slice of ended visits from before the oldest picture that may still go for room."""
    sql = "SELECT uid FROM picture WHERE reviewed_ms IS NULL ORDER BY id LIMIT 1"
    oldest = db.execute(sql).fetchone()
    rows = db.execute(
        "SELECT id FROM visit WHERE uid < ? AND ended_ms NOTNULL ORDER BY uid LIMIT ?",
        (ids.from_bytes(oldest[0]) if oldest else "~", SLICE),
    )
    return [number for (number,) in rows]


def old_events(db: sqlite3.Connection, before_ms: int, delivered: int) -> int:
    """Up to which `seq` events may go: made before then, and delivered; at most a slice of them.

    The newest event stays, so that `seq` can be read from the table.
    """
    upto = 0
    rows = db.execute(
        "SELECT event.seq, event.id, uid FROM event LEFT JOIN picture ON picture.id = picture_id"
        " WHERE event.seq <= ?1 AND event.seq < (SELECT max(seq) FROM event)"
        " ORDER BY event.seq LIMIT ?2",
        (delivered, SLICE),
    )
    for seq, text, uid in rows:
        data = uid if text is None else ids.to_bytes(text)
        if data is not None and int.from_bytes(data[:6], "big") >= before_ms:
            break
        upto = seq
    return upto


def _id_of(ms: int) -> str:
    """The least id that is made in this millisecond."""
    return ids.from_bytes(max(ms, 0).to_bytes(6, "big") + bytes(10))


def _worth(row: tuple[Any, ...]) -> int:
    """The class of a row: the lower, the sooner it may go."""
    _, _, _, reviewed_ms, tags = row
    values = [int(value) for value in _VALUE.findall(tags)]
    if values and min(values) >= packed.REJECTED:
        return _REJECTED
    if reviewed_ms is not None:
        return _REVIEWED
    said = [(value - packed.BASE) % packed.STEP for value in values if value < packed.REJECTED]
    return _OTHER if max(said, default=0) >= _SURE else _UNSURE


def _chunks(db: sqlite3.Connection, after: int) -> Iterator[list[tuple[Any, ...]]]:
    """All pictures by their number, in pieces; rows may go and come in between."""
    sql = (
        "SELECT picture.id, source.name, tagged_ms, reviewed_ms, tags FROM picture"
        " JOIN source ON source.id = source_id WHERE picture.id > ? ORDER BY picture.id LIMIT ?"
    )
    while rows := db.execute(sql, (after, _CHUNK)).fetchall():
        after = rows[-1][0]
        yield rows


def _slices(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, max(len(numbers), 1), SLICE):
        yield numbers[start : start + SLICE]
