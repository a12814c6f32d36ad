"""Files of the media library, written in the store's transactions with all that follows from them.

What is refused leaves nothing behind; what else is in the transaction stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from device import clock, ids, wire
from device.assets import (
    Asset,
    Call,
    Called,
    Dealt,
    Edit,
    Edited,
    Extra,
    Filed,
    Unfiled,
    require_small,
)
from device.errors import AssetError, AssetForbidden, AssetGone, AssetTaken
from device.results import Erase
from device.store import acts, assets, rows
from device.store.asset_words import AssetWords
from device.types import Outcome
from device.vocabulary import plain

AGAIN_S = 600.0
"""Seconds in which the same upload is one sent again: clients try three times, 60 s each."""

_ERASING = "SELECT 1 FROM erasure WHERE kind = 'picture' AND wanted = ? AND done_ms IS NULL"
_SAME = (
    f"SELECT {assets.COLUMNS} FROM {assets.FROM} WHERE picture_id = ? AND asked = ? AND made_ms > ?"
)
_AT = f"SELECT {assets.COLUMNS} FROM {assets.FROM} WHERE folder = ? AND asset.name = ?"
_FIELDS = (
    "picture_id, folder, name, description, metadata, extensions, tags, private, published,"
    " coordinates, made_ms, updated_ms, made_by"
)


class Filing:
    """In the write thread and its transaction; made anew after a rollback."""

    def __init__(
        self,
        db: sqlite3.Connection,
        words: AssetWords,
        newest: Callable[[], int],
        rolled_back: Callable[[], None],
    ) -> None:
        """`newest` has the number of the newest picture."""
        self._db = db
        self._words = words
        self._newest = newest
        self._rolled_back = rolled_back

    def write(self, change: Filed | Edited | Unfiled | Called) -> Outcome:
        """One of these; the answer as each says."""
        try:
            answer: Asset | Dealt | AssetError | None = None
            if isinstance(change, Edited):
                answer = self._edit(change)
            elif isinstance(change, Unfiled):
                answer = self._unfile(change)
            elif isinstance(change, Called):
                gone = ((uid,) for uid in change.uids)
                self._db.executemany("DELETE FROM asset_call WHERE uid = ?", gone)
            else:
                with self._whole():
                    answer = self._file(change)
        except AssetError as error:
            answer = error
        return Outcome(change.frame_id, answer=answer)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All of it, or nothing where an `AssetError` comes out."""
        self._db.execute("SAVEPOINT filing")
        try:
            yield
        except AssetError:
            self._db.execute("ROLLBACK TO filing")
            self._rolled_back()
            raise
        finally:
            self._db.execute("RELEASE filing")

    # -- made

    def _file(self, change: Filed) -> Asset:
        wanted = change.asset
        number = rows.number_of(self._db, wanted.picture)
        if number is None or self._db.execute(_ERASING, (wanted.picture,)).fetchone():
            raise AssetGone("the picture was erased meanwhile; send it again")
        since = clock.milliseconds(wanted.made_at - AGAIN_S)
        if row := self._db.execute(_SAME, (number, change.asked, since)).fetchone():
            return assets.asset_of(row)
        row = self._db.execute(_AT, (wanted.folder, wanted.name)).fetchone()
        if row is not None:
            return self._replace(change, assets.asset_of(row), number)
        marks = ", ".join("?" * 15)
        sql = f"INSERT INTO asset (uid, asked, {_FIELDS}) VALUES ({marks})"
        self._db.execute(sql, (wanted.uid, change.asked, *_values(number, wanted)))
        edit = Edit(add=wanted.tags if change.known else (), extra=change.extra)
        self._words.say(number, wanted.picture, wanted.made_by, edit, change.vocabulary)
        self._note_calls(wanted.uid, change.calls)
        return wanted

    def _replace(self, change: Filed, before: Asset, number: int) -> Asset:
        """Another picture under the same name, and with the same id."""
        wanted, overwrite = change.asset, change.overwrite
        if overwrite is None:
            raise AssetTaken(f"a file called {before.path} is there already")
        if not change.administrator and before.made_by != wanted.made_by:
            raise AssetForbidden(f"{before.path} was sent by {before.made_by}")
        kept = replace(
            wanted,
            uid=before.uid,
            made_at=before.made_at,
            made_by=before.made_by,
            tags=wanted.tags or (() if overwrite.tags else before.tags),
            metadata=wanted.metadata or ({} if overwrite.metadata else before.metadata),
            extensions={**({} if overwrite.extensions else before.extensions), **wanted.extensions},
        )
        old = rows.number_of(self._db, before.picture)
        edit = Edit(add=kept.tags, extra=change.extra)
        if old == number:
            gone = tuple(tag for tag in before.tags if tag not in kept.tags)
            new = tuple(tag for tag in kept.tags if tag not in before.tags)
            edit = replace(edit, add=new, remove=gone)
        elif not overwrite.extensions and old is not None:
            heard = (*change.extra.tags, *self._words.heard(old))
            edit = replace(edit, extra=Extra(heard, change.extra.implied))
        self._update(number, kept)
        self._db.execute("UPDATE asset SET asked = ? WHERE uid = ?", (change.asked, kept.uid))
        self._words.say(number, kept.picture, wanted.made_by, edit, change.vocabulary)
        self._note_calls(before.uid, change.calls)
        if old != number:
            self._erase_bare(before, wanted.made_by)
        return kept

    # -- changed

    def _edit(self, change: Edited) -> Dealt:
        there, missing = self._found(change.uids)
        if missing:
            return Dealt(missing=missing)
        done: list[Asset] = []
        refused: dict[str, str] = {}
        for asset in there:
            try:
                with self._whole():
                    done.append(self._change(change, asset))
            except AssetError as error:
                refused[asset.uid] = str(error)
        return Dealt(tuple(done), refused=refused)

    def _change(self, change: Edited, before: Asset) -> Asset:
        edit = change.edit
        tags = before.tags if edit.tags is None else edit.tags
        without = {plain(tag) for tag in edit.remove}
        tags = tuple(tag for tag in dict.fromkeys((*tags, *edit.add)) if plain(tag) not in without)
        metadata = {**before.metadata, **edit.metadata}
        after = replace(
            before,
            **edit.columns,
            tags=tags,
            metadata={key: value for key, value in metadata.items() if value is not None},
            extensions={**before.extensions, **edit.extensions},
            updated_at=clock.now(),
        )
        number = rows.number_of(self._db, before.picture) or 0
        added = tuple(tag for tag in tags if tag not in before.tags)
        gone = tuple(tag for tag in before.tags if tag not in tags)
        told = replace(edit, add=added, remove=gone)
        self._update(number, after)
        self._words.say(number, before.picture, change.by, told, change.vocabulary)
        self._note_calls(before.uid, edit.calls)
        return after

    # -- gone

    def _unfile(self, change: Unfiled) -> Dealt:
        there, missing = self._found(change.uids)
        theirs = [one for one in there if change.administrator or one.made_by == change.by]
        refused = {one.uid: f"it was sent by {one.made_by}" for one in there if one not in theirs}
        if missing or refused:
            return Dealt(missing=missing, refused=refused)
        for asset in there:
            self._db.execute("DELETE FROM asset WHERE uid = ?", (asset.uid,))
            self._erase_bare(asset, change.by)
        return Dealt(tuple(there))

    def _erase_bare(self, asset: Asset, by: str) -> None:
        """A picture goes with the last file of it."""
        number = rows.number_of(self._db, asset.picture)
        left = "SELECT 1 FROM asset WHERE picture_id = ?"
        if number is None or self._db.execute(left, (number,)).fetchone():
            return
        acts.begin(self._db, Erase("picture", asset.picture, by, ids.new_id()), self._newest())

    # -- how

    def _found(self, uids: Collection[str]) -> tuple[list[Asset], tuple[str, ...]]:
        found = {uid: assets.find(self._db, uid) for uid in dict.fromkeys(uids)}
        there = [asset for asset in found.values() if asset is not None]
        return there, tuple(uid for uid, asset in found.items() if asset is None)

    def _update(self, number: int, asset: Asset) -> None:
        require_small(asset)
        marks = ", ".join("?" * 13)
        sql = f"UPDATE asset SET ({_FIELDS}) = ({marks}) WHERE uid = ?"
        self._db.execute(sql, (*_values(number, asset), asset.uid))

    def _note_calls(self, uid: str, calls: Sequence[Call]) -> None:
        now = clock.milliseconds(clock.now())
        for call in calls:
            self._db.execute(
                "INSERT INTO asset_call (uid, asset_id, url, service, status, made_ms)"
                " SELECT ?, id, ?, ?, ?, ? FROM asset WHERE uid = ?",
                (ids.new_id(), call.url, call.service, call.status, now, uid),
            )


def _values(number: int, asset: Asset) -> tuple[Any, ...]:
    """Of `_FIELDS`."""
    return (
        number,
        asset.folder,
        asset.name,
        asset.description,
        wire.dumps(asset.metadata),
        wire.dumps(asset.extensions),
        wire.dumps(asset.tags),
        asset.private,
        asset.published,
        asset.coordinates,
        clock.milliseconds(asset.made_at),
        clock.milliseconds(asset.updated_at),
        asset.made_by,
    )
