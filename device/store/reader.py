"""Everything that is read: for the page, the commands, the sinks and the sources' ledger.

Read-only connections from a small pool, so that any thread may ask.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.config import UPLOAD
from device.errors import StoreDamaged
from device.search_query import Query
from device.store import database, events, facets, ledger, newest, rows, search, tombs, visits
from device.store.facets import Facets
from device.store.files import PictureFiles
from device.store.tail import Tail
from device.types import Event, FileKey, PictureRef

_CURSOR = re.compile(r"[0-9]{1,18}")  # what fits into a row number


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing, newest first."""

    pictures: list[str]  # each as the API's JSON
    cursor: str | None  # where the next page begins; None at the end


class Reader:
    """Read-only answers from `tagd.db`. Raises `StoreError` where there is none."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = self._data_dir = data_dir
        self._path = data_dir / database.FILE_NAME
        self._files = PictureFiles(data_dir)
        self._rows = rows.Rows()
        self._tail = Tail()
        self._idle: deque[sqlite3.Connection] = deque([database.open_reader(data_dir)])
        self._closed = False
        self.damaged = False  # SQLite has found the file wrong: the store is to be opened anew

    def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        self._closed = True
        with contextlib.suppress(IndexError):  # another thread may take the last one
            while True:
                self._idle.pop().close()

    # -- pictures

    def page(self, query: Query, before: str | None = None, limit: int = 50) -> Page:
        """A page of matching pictures. Raises ValueError for a cursor that is none."""
        if before is not None and not _CURSOR.fullmatch(before):
            raise ValueError(f"{before!r} is no cursor: pass on the one of the page before")
        with self._snapshot() as db:
            found = search.find(db, query, int(before) if before else None, limit + 1)
            shown = found[:limit]
            cursor = str(shown[-1][0]) if len(found) > limit else None
            return Page([self._rows.text(db, row) for row in shown], cursor)

    def find(self, query: Query, limit: int = 50) -> list[PictureRef]:
        """The newest matching pictures."""
        with self._snapshot() as db:
            found = search.find(db, query, None, limit)
            return [self._rows.picture(db, row) for row in found]

    def picture(self, uid: str) -> str | None:
        """One picture as the API's JSON, with what was nearly said of it."""
        with self._snapshot() as db:
            if (row := self._row(db, uid)) is None:
                return None
            text = self._rows.text(db, row)
            return f'{text[:-1]},"alternatives":{self._rows.alternatives(db, row[14])}}}'

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
            return facets.tags(db, self._tail, prefix.lower(), limit)

    def facets(self, query: Query, limit: int = 20) -> Facets:
        """Counts per tag, source and day of the newest matching pictures."""
        with self._snapshot() as db:
            return facets.facets(db, query, limit)

    def days(self, query: Query, year: int, month: int) -> list[tuple[str, int]]:
        """(YYYY-MM-DD, matching pictures) of each UTC day of a month that has any."""
        with self._snapshot() as db:
            return facets.days(db, self._tail, query, year, month)

    # -- visits

    def visits(
        self,
        *,
        source: str | None = None,
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
        with self._connection() as db:
            if source != UPLOAD and tombs.has(db, tombs.keys(db), tombs.content(sha256)):
                return True
        return ledger.seen_content(self._all, source, sha256)

    def ledger(self, after: tuple[int, bytes], limit: int) -> list[ledger.Row]:
        """Files seen, by source number and path."""
        return ledger.after(self._all, after, limit)

    # -- for health

    def totals(self) -> dict[str, int]:
        """How much there is: pictures, refused, events, bytes of the database file."""
        # Events have no holes but leaps, and counting half a million of them took 230 ms.
        pictures, refused, events = self._all(
            "SELECT (SELECT count(*) FROM picture), (SELECT count(*) FROM refusal),"
            " coalesce(newest - oldest + 1 - (SELECT coalesce(sum(last - first + 1), 0) FROM leap"
            " WHERE first > oldest AND last < newest), 0)"
            " FROM (SELECT (SELECT max(seq) FROM event) AS newest,"
            " (SELECT min(seq) FROM event) AS oldest)"
        )[0]
        size = self._path.stat().st_size
        return {"pictures": pictures, "refused": refused, "events": events, "bytes": size}

    # -- how

    def _row(self, db: sqlite3.Connection, uid: str) -> tuple[Any, ...] | None:
        """`rows.COLUMNS`, and then `near`."""
        sql = (
            f"SELECT {rows.COLUMNS}, near FROM picture"
            " JOIN source ON source.id = source_id WHERE picture.id = ?"
        )
        found: tuple[Any, ...] | None
        found = db.execute(sql, (rows.number_of(db, uid),)).fetchone()
        return found

    def _all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._connection() as db:
            return db.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """One state of the database for several questions."""
        with self._connection() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    snapshot = _snapshot  # for questions that are asked elsewhere

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.pop()
        except IndexError:
            db = database.open_reader(self._data_dir)
        try:
            with database.sqlite_errors(self._path):
                yield db
        except StoreDamaged:
            self.damaged = True
            raise
        finally:
            self._idle.append(db)
            if self._closed:  # maybe just now: whoever comes last closes it
                self.close()
