"""Everything that is read: for the page, the commands, the sinks and the sources' ledger.

Read-only connections from a small pool, so that any thread may ask.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from device.config import UPLOAD
from device.config_compat import COMPAT_SOURCES
from device.search_query import Query
from device.store import events, facets, ledger, newest, search, tombs, totals, visits
from device.store.facets import Facets
from device.store.files import PictureFiles
from device.store.library import Library
from device.store.review_reader import ReviewReader
from device.store.tail import Tail
from device.store.words import WordReader
from device.types import Event, FileKey, PictureRef

T = TypeVar("T")
_CURSOR = re.compile(r"[0-9]{1,18}")  # what fits into a row number


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing, newest first."""

    pictures: list[str]  # each as the API's JSON
    cursor: str | None  # where the next page begins; None at the end


class Reader(ReviewReader):
    """Read-only answers from `tagd.db`. Raises `StoreError` where there is none."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.data_dir = data_dir
        self.snapshot = self._snapshot  # for questions that are asked elsewhere
        self._files = PictureFiles(data_dir)
        self.words = WordReader(self._snapshot, self._tail)
        self.library = Library(self._snapshot, lambda: self.naming())

    # -- pictures

    def page(self, query: Query, before: str | None = None, limit: int = 50) -> Page:
        """A page of matching pictures. Raises ValueError for a cursor that is none."""
        if before is not None and not _CURSOR.fullmatch(before):
            raise ValueError(f"{before!r} is no cursor: pass on the one of the page before")
        with self._snapshot() as db:
            meant = self.naming().meant(query)
            found = search.find(db, meant, int(before) if before else None, limit + 1)
            shown = found[:limit]
            cursor = str(shown[-1][0]) if len(found) > limit else None
            return Page([self._rows.text(db, row) for row in shown], cursor)

    def find(self, query: Query, limit: int = 50) -> list[PictureRef]:
        """The newest matching pictures."""
        with self._snapshot() as db:
            found = search.find(db, self.naming().meant(query), None, limit)
            return [self._rows.picture(db, row) for row in found]

    def picture(self, uid: str) -> str | None:
        """One picture as the API's JSON, with what was nearly said of it."""
        with self._snapshot() as db:
            if (row := self._row(db, uid)) is None:
                return None
            return self._detail(db, row)

    def image(self, uid: str, *, thumbnail: bool) -> tuple[Path, str] | None:
        """File and media type of a kept picture; the thumbnail where no more was kept."""
        with self._snapshot() as db:
            row = self._row(db, uid)
        if row is None or row[11] == "none":
            return None
        tagged_at = row[5] / 1000
        if thumbnail or row[11] == "thumbnail":
            return self._files.thumbnail(uid, tagged_at), "image/jpeg"
        return self._files.original(uid, tagged_at, row[8]), f"image/{row[8].lower()}"

    def newest_image(self, source: str) -> tuple[str, Path] | None:
        """Id and thumbnail of the newest kept picture of a source."""
        with self._snapshot() as db:
            return newest.newest_image(db, self._files, source)

    # -- what there is

    def tags(self, prefix: str = "", limit: int = 50) -> list[tuple[str, int]]:
        """Names of tags with the number of their pictures, most frequent first."""
        with self._snapshot() as db:
            return facets.tags(db, self._tail, self.naming(), prefix.lower(), limit)

    def facets(self, query: Query, limit: int = 20) -> Facets:
        """Counts per tag, source and day of the newest matching pictures."""
        with self._snapshot() as db:
            return facets.facets(db, self.naming(), query, limit)

    def days(self, query: Query, year: int, month: int) -> list[tuple[str, int]]:
        """(YYYY-MM-DD, matching pictures) of each UTC day of a month that has any."""
        with self._snapshot() as db:
            return facets.days(db, self._tail, self.naming().meant(query), year, month)

    def ask(self, question: Callable[[sqlite3.Connection, Tail], T]) -> T:
        """What somebody's own question finds, in one state of the database."""
        with self._snapshot() as db:
            return question(db, self._tail)

    # -- visits

    def visits(
        self,
        *,
        source: str | None = None,
        sources: Collection[str] | None = None,
        tag: str | None = None,
        open_: bool | None = None,
        since: float | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[list[str], int | None]:
        """Visits as the API's JSON, newest first, and what to pass as `before` for more."""
        return visits.page(
            self._all,
            source=source,
            sources=sources,
            tag=tag,
            open_=open_,
            since=since,
            before=before,
            limit=limit,
        )

    def visit(self, uid: str) -> str | None:
        """One visit as the API's JSON."""
        return visits.one(self._all, uid)

    # -- events

    def events_after(self, seq: int, limit: int) -> list[Event]:
        """The next events after `seq`, oldest first."""
        with self._snapshot() as db:
            return events.after(db, self._rows, seq, limit)

    def last_seq(self) -> int:
        """The newest event; 0 before the first."""
        return int(self._all("SELECT coalesce(max(seq), 0) FROM event")[0][0])

    def beyond_leap(self, seq: int) -> int:
        """The last of the numbers after `seq` that no event ever had; `seq` where it was given."""
        while found := self._all("SELECT last FROM leap WHERE first = ?", (seq + 1,)):
            seq = int(found[0][0])
        return seq

    def cursor(self, sink: str) -> int:
        """The newest event that the sink has surely delivered."""
        found = self._all("SELECT cursor FROM sink WHERE name = ?", (sink,))
        return int(found[0][0]) if found else 0

    # -- the ledger of the sources

    def seen_file(self, source: str, key: FileKey) -> bool:
        """Was exactly this file settled before?"""
        return ledger.seen_file(self._all, source, key)

    def seen_content(self, source: str, sha256: bytes) -> bool:
        """Did this source bring this content before, or was it erased? An upload is wanted."""
        sent = source in (UPLOAD, *COMPAT_SOURCES)
        with self._connection() as db:
            if not sent and tombs.has(db, tombs.keys(db), tombs.content(sha256)):
                return True
        return ledger.seen_content(self._all, source, sha256)

    def ledger(self, after: tuple[int, bytes], limit: int) -> list[ledger.Row]:
        """Files seen, by source number and path."""
        return ledger.after(self._all, after, limit)

    # -- for health

    def totals(self) -> dict[str, int]:
        """How much there is: pictures, refused, events, bytes of the database file."""
        return totals.totals(self._all, self._path)
