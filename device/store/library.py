"""The files of the media library: found, sorted, a page at a time.

A page is first picked, by number, and then read: what is sorted stays small.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from device import clock
from device.assets import Asset
from device.library import Folder, Listed, Order, Spoken, Wanted
from device.naming import Naming
from device.review import Said
from device.store import assets, index, packed, rows, search
from device.store.condition import condition
from device.store.labels import LabelReader
from device.store.library_folders import FOLDERS, PLACES
from device.store.resolve import Part, resolve
from device.store.terms import Sql
from device.vocabulary import plain

log = logging.getLogger(__name__)

_KEYS: dict[Order, str] = {
    "made": "asset.made_ms",
    "updated": "asset.updated_ms",
    "name": "asset.name",
    "width": "picture.width",
    "height": "picture.height",
    "size": "picture.size",
}
_FILES = "(SELECT *, 'file' AS type FROM asset) AS asset JOIN picture ON picture.id = picture_id"
_READ = f"SELECT {assets.COLUMNS}, width, height, format, size, kept, picture.tags FROM "
_PAGE = (
    f"{_READ} json_each(?) AS page CROSS JOIN asset ON asset.id = page.value"
    " JOIN picture ON picture.id = picture_id ORDER BY page.key"
)
_FEW = 4000
"""Pictures that the index finds; of more, some are soon met on the way through all files."""

_MOST_KNOWN = 20_000  # mentions that are remembered, some 5 MB
_HOW_MANY = "SELECT count(*) FROM (SELECT 1 FROM picture_index WHERE picture_index MATCH ? LIMIT ?)"
_FOUND = (
    "picture_id IN (SELECT rowid FROM picture_index WHERE picture_index MATCH ?"
    " UNION ALL SELECT id FROM picture WHERE id > ?)"
)


class Library:
    """Any thread. `snapshot` gives read-only connections, `naming` which words are the same."""

    def __init__(
        self,
        snapshot: Callable[[], AbstractContextManager[sqlite3.Connection]],
        naming: Callable[[], Naming],
    ) -> None:
        self._snapshot = snapshot
        self._naming = naming
        self._labels = LabelReader()
        self._known: dict[str, Spoken | None] = {}  # by mention: few words are said of many files

    def one(self, uid: str) -> Listed | None:
        """A file by its id."""
        with self._snapshot() as db:
            return self._read(db, "asset.uid = ?", uid)

    def of_picture(self, picture: str) -> Listed | None:
        """The first file of a picture, by the id of that."""
        with self._snapshot() as db:
            return self._read(db, "picture_id = ?", rows.number_of(db, picture))

    def find(self, wanted: Wanted) -> list[Listed | Folder]:
        """A page. Raises `QueryError` when it takes too long."""
        with self._snapshot() as db, search.deadline(db):
            part = resolve(db, self._naming().meant(wanted.query).node)
            picked = _picked(db, part, wanted)
            numbers = json.dumps([one.number for one in picked if one.path is None])
            read = (self._listed(db, row) for row in db.execute(_PAGE, (numbers,)))
            return [
                next(read)
                if one.path is None
                else Folder(one.path, one.first_ms / 1000, one.last_ms / 1000)
                for one in picked
            ]

    def _read(self, db: sqlite3.Connection, where: str, value: Any) -> Listed | None:
        sql = f"{_READ}{assets.FROM} WHERE {where} ORDER BY asset.id LIMIT 1"
        row = db.execute(sql, (value,)).fetchone()
        return None if row is None else self._listed(db, row)

    def _listed(self, db: sqlite3.Connection, row: tuple[Any, ...]) -> Listed:
        *_, width, height, format_, size, kept, tags = row
        asset = assets.asset_of(row)
        spoken = tuple(_of(db, asset, self._spoken(db, tags)))
        return Listed(asset, width, height, format_, size, kept, spoken)

    def _spoken(self, db: sqlite3.Connection, tags: str) -> list[Spoken]:
        """Each word once, by the surest mention of it."""
        found: list[Spoken] = []
        for text in packed.best(tags):
            try:
                spoken = self._known[text]
            except KeyError:
                if len(self._known) > _MOST_KNOWN:
                    self._known.clear()
                spoken = self._known[text] = self._said(db, text)
            if spoken is not None:
                found.append(spoken)
        return found

    def _said(self, db: sqlite3.Connection, text: str) -> Spoken | None:
        """What a mention says; None where it only implies a word."""
        [one] = packed.unpack(text)
        label = self._labels.label(db, one.label)
        if label.role != "said":
            return None
        by_person = Said(label.tag(0, None), one.state).by_person
        taggers = () if by_person else tuple(label.tagger.split("+"))
        return Spoken(label.name, one.confidence / 1000, taggers, one.state == "rejected")


def _of(db: sqlite3.Connection, asset: Asset, spoken: list[Spoken]) -> list[Spoken]:
    """Without what was said of the same picture as another file."""
    own = {plain(tag) for tag in asset.tags}
    if all(one.taggers or one.name in own for one in spoken):
        return spoken
    number = rows.number_of(db, asset.picture)
    sql = "SELECT tags FROM asset WHERE picture_id = ? AND uid <> ?"
    others = db.execute(sql, (number, asset.uid))
    theirs = {plain(tag) for (tags,) in others for tag in json.loads(tags)} - own
    return [one for one in spoken if one.taggers or one.name not in theirs]


class _Picked(NamedTuple):
    """A file by its number, or a folder by its path."""

    number: int | None
    path: str | None
    first_ms: int
    last_ms: int


def _picked(db: sqlite3.Connection, part: Part, wanted: Wanted) -> list[_Picked]:
    """In order."""
    test, values = condition(part, clock.now())
    key, way = _KEYS[wanted.order], "DESC" if wanted.descending else "ASC"
    columns = f"asset.made_ms, asset.updated_ms, {key} AS sorted"
    statements: list[str] = []
    parameters: list[Any] = []
    if wanted.files:
        near, narrow = _narrowed(db, part)
        statements.append(
            f"SELECT asset.id AS number, NULL AS path, {columns} FROM {_FILES}"
            f" WHERE {near} AND {test}"
        )
        parameters += [*narrow, *values]
    if wanted.folders:
        statements.append(
            f"SELECT NULL AS number, asset.id AS path, {columns} FROM {FOLDERS} WHERE {test}"
        )
        parameters += values
    # Files alone are met in the order of an index, which names in place of columns would hide.
    by = ("sorted", "path", "number") if wanted.folders else (key, "asset.id")
    order = ", ".join(f"{one} {way}" for one in by)
    sql = f"{PLACES if wanted.folders else ''} {' UNION ALL '.join(statements)}"
    found = db.execute(
        f"{sql} ORDER BY {order} LIMIT ? OFFSET ?", [*parameters, wanted.limit, wanted.skip]
    )
    return [_Picked(*row[:4]) for row in found]


def _narrowed(db: sqlite3.Connection, part: Part) -> Sql:
    """What the index says of the files that may match, where it knows that there are few."""
    words = search.tokens(db, part, clock.now())
    if words is None:
        return "1", []
    try:
        count = db.execute(_HOW_MANY, (words, _FEW + 1)).fetchone()[0]
    except index.DAMAGED as error:
        if str(error) == "interrupted":
            raise
        log.warning("the search index cannot be read (%s); the rows can", error)
        return "1", []
    return (_FOUND, [words, index.counter(db, index.FOLDED)]) if count <= _FEW else ("1", [])
