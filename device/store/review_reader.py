"""Everything that is read of reviews: what waits, what was said, what can be learnt from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from device.search_query import Query
from device.search_query.tree import And, OfPicture
from device.store import judgements, queue, rows, search
from device.store.labels import LabelReader
from device.store.pool import Pool

_DETAIL = (
    f"SELECT {rows.COLUMNS}, near FROM picture JOIN source ON source.id = source_id"
    " WHERE picture.id = ?"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far people are."""

    waiting: int  # pictures that nobody has reviewed
    reviewed: int  # pictures
    people: list[tuple[str, int, int]]  # name, pictures reviewed, those of today (UTC)


class ReviewReader(Pool):
    """Read-only answers about reviews."""

    def queue(
        self,
        query: Query,
        order: queue.Order = "uncertain",
        after: str | None = None,
        limit: int = 20,
        floor: queue.Floor = lambda _name, _tagger: 0.5,
    ) -> tuple[list[str], str | None]:
        """Pictures to review as the API's JSON with all their tags, and the cursor for more.

        `floor` says from which confidence on a tag is said. Raises ValueError for a cursor that
        is none, and `QueryError`.
        """
        begin = queue.place(after)
        query = self.naming().meant(query)
        with self._snapshot() as db:
            new = self._tail.counts(db).by_tag
            rank = queue.Ranking(db, LabelReader(), floor, new)
            numbers, cursor = queue.page(db, query, order, begin, limit, rank)
            found = [db.execute(_DETAIL, (number,)).fetchone() for number in numbers]
            return [self._detail(db, row) for row in found], cursor

    def progress(self, query: Query, sources: Collection[str] | None = None) -> Progress:
        """How many of the matching pictures are reviewed; of people's work, all that they did.

        `sources`: only pictures of these.
        """
        listed = None if sources is None else sorted(sources)
        query = self.naming().meant(query)
        with self._snapshot() as db:
            people = judgements.people(db, listed)
            if query.node == And():
                return Progress(*judgements.counted(db, self._tail.counts(db), listed), people)
            node = query.node if listed is None else And((query.node, of_sources(listed)))
            counted = search.find(db, Query(node), None, -1, "count(*), count(reviewed_ms)")
        whole, reviewed = (sum(column) for column in zip(*counted, strict=True))
        return Progress(whole - reviewed, reviewed, people)

    def reviews(self, uid: str) -> str | None:
        """All reviews of a picture as the API's JSON, newest first; None without that picture."""
        with self._snapshot() as db:
            number = rows.number_of(db, uid)
            return None if number is None else judgements.of_picture(db, number)

    def source_of(self, picture: str) -> str | None:
        """Where a picture came from; None where there is no such picture."""
        with self._snapshot() as db:
            row = self._row(db, picture)
            return None if row is None else str(row[2])

    def place_of_review(self, review: str) -> tuple[str, str] | None:
        """Id and source of its picture; None where there is no such review."""
        with self._snapshot() as db:
            return judgements.place_of(db, review)

    def judged(self, tag: str) -> list[tuple[float, bool]]:
        """Of each mention of a tag that a tagger proposed and people judged: confidence, accepted.

        What counts is what was said of it last and not undone; confidences are 0..1.
        """
        with self._snapshot() as db:
            return judgements.judged(db, tag)

    def review_counts(self) -> dict[str, tuple[int, int, int]]:
        """By tag, mentions that were proposed and accepted, proposed and rejected, and added."""
        with self._snapshot() as db:
            return judgements.counts(db)

    def _row(self, db: sqlite3.Connection, uid: str) -> tuple[Any, ...] | None:
        """`rows.COLUMNS`, and then `near`."""
        row: tuple[Any, ...] | None
        row = db.execute(_DETAIL, (rows.number_of(db, uid),)).fetchone()
        return row

    def _detail(self, db: sqlite3.Connection, row: tuple[Any, ...]) -> str:
        text = self._rows.text(db, row, rejected=True)
        return f'{text[:-1]},"alternatives":{self._rows.alternatives(db, row[-1])}}}'


def of_sources(names: Collection[str]) -> OfPicture:
    """The condition that a picture came from one of these."""
    return OfPicture("source", "=", tuple(names))
