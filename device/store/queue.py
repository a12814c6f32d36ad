"""What is to be reviewed next: pictures that nobody has reviewed, in an order of choice.

By number they come newest first without end. In any other order a window of the newest is ranked,
then the next window: the work is bounded, however many wait, and nothing is left out. A cursor
names the window by the numbers at its ends, so that it stays what it was while others review.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from device.search_query import Query
from device.search_query.tree import And, OfPicture
from device.store import search
from device.store.labels import LabelReader
from device.store.packed import BASE

Order = Literal["uncertain", "newest", "rare"]

Floor = Callable[[str, str], float]
"""From which confidence on, 0..1, a tag is said, by its name and its tagger."""

WINDOW = 2000
"""Pictures ranked at once."""

CURSOR = re.compile(r"[0-9]{1,18}(?:-[0-9]{1,18}-[0-9]{1,9}-[0-9]{1,18})?")
"""The next number; or the ends of the window, and the rank and the number of the last one told."""

_MENTION = re.compile(r"[,;]([0-9]+):([0-9]{4})")
_LAST_RANK = 10**9 - 1
_WAITING = OfPicture("reviewed", "=", ("no",))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: inside a window, after what was told of it."""

    top: int | None = None  # older than this row
    low: int = 0  # as old as this row, or newer
    after: tuple[int, int] = (-1, 0)  # rank, and the row with its sign turned: newest first


def place(cursor: str | None) -> Place:
    """Where the page begins. Raises ValueError for a cursor that is none."""
    if cursor is None:
        return Place()
    if not CURSOR.fullmatch(cursor):
        raise ValueError(f"{cursor!r} is no cursor: pass on the one of the page before")
    numbers = [int(part) for part in cursor.split("-")]
    if len(numbers) == 1:
        return Place(numbers[0])
    top, low, rank, number = numbers
    return Place(top, low, (rank, -number))


def page(
    db: sqlite3.Connection, query: Query, order: Order, begin: Place, limit: int, rank: Ranking
) -> tuple[list[int], str | None]:
    """Numbers of pictures, and the cursor of those that follow. In a snapshot."""
    waiting = Query(And((query.node, _WAITING)))
    if order == "newest":
        found = [row[0] for row in search.find(db, waiting, begin.top, limit + 1, "picture.id")]
        return found[:limit], str(found[limit - 1]) if len(found) > limit else None
    columns = "picture.id, picture.tags, near"
    rows = search.find(db, waiting, begin.top, WINDOW + 1, columns)
    more = len(rows) > WINDOW and not begin.low
    rows = [row for row in rows[:WINDOW] if row[0] >= begin.low]
    low = begin.low or (rows[-1][0] if rows else 0)
    older = more or bool(begin.low and search.find(db, waiting, low, 1, "picture.id"))
    ranked = sorted((rank(order, row), -row[0]) for row in rows)
    left = [one for one in ranked if one > begin.after]
    told = [-number for _, number in left[:limit]]
    if len(left) > limit:
        last, number = left[limit - 1]
        return told, f"{rows[0][0] + 1}-{low}-{last}-{-number}"
    return told, str(low) if older else None


class Ranking:
    """How much a review of a picture would teach; the less, the more. For one page.

    Nobody has spoken of the pictures: all their tags are proposed.
    """

    def __init__(
        self, db: sqlite3.Connection, labels: LabelReader, floor: Floor, new: Counter[int]
    ) -> None:
        """`new` counts pictures by tag that are not in the index."""
        self._db = db
        self._labels = labels
        self._floor = floor
        self._new = new
        self._floors: dict[str, int] = {}  # per mille, by label
        self._counts: Mapping[str, int] = {}  # of pictures, by label

    def __call__(self, order: Order, row: tuple[Any, ...]) -> int:
        """The rank of a row of id, tags, near."""
        _, tags, near = row
        return self._doubt(tags + near) if order == "uncertain" else self._rarity(tags)

    def _doubt(self, text: str) -> int:
        """How far the doubtful mention is from where it would have been said or not, per mille."""
        least = _LAST_RANK
        floors = self._floors
        for label, digits in _MENTION.findall(text):
            floor = floors.get(label)
            if floor is None:
                floor = floors[label] = self._floor_of(int(label))
            distance = abs(int(digits) - BASE - floor)
            if distance < least:
                least = distance
        return least

    def _rarity(self, text: str) -> int:
        """Pictures with the rarest tag that it has."""
        if not self._counts:
            sql = "SELECT label.id, tag.id, count FROM label JOIN tag ON tag.id = tag_id"
            rows = self._db.execute(sql)
            self._counts = {str(label): count + self._new[tag] for label, tag, count in rows}
        counts = self._counts
        said = (counts.get(label, 0) for label, _ in _MENTION.findall(text))
        return min(said, default=_LAST_RANK)

    def _floor_of(self, number: int) -> int:
        label = self._labels.label(self._db, number)
        if label.role == "implied":  # follows from another one
            return _LAST_RANK
        return round(self._floor(label.name, label.tagger) * 1000)
