"""What the files of the media library say of their pictures, as reviews in somebody's name.

A file's own tags are a person's tags of its picture; what is taken away of the taggers' is
rejected, and stays so when they say it again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from device import ids
from device.assets import Edit
from device.errors import AssetError
from device.results import Reviewed
from device.review import Judgement, Said
from device.store import rows
from device.store.labels import LabelWriter
from device.store.retell import retell
from device.types import Outcome, Tag
from device.vocabulary import Vocabulary, plain

_PICTURE = (
    f"SELECT {rows.COLUMNS} FROM picture JOIN source ON source.id = source_id WHERE picture.id = ?"
)


class AssetWords:
    """In the write thread and its transaction; made anew after a rollback."""

    def __init__(
        self,
        db: sqlite3.Connection,
        labels: LabelWriter,
        review: Callable[[Reviewed], Outcome],
    ) -> None:
        self._db = db
        self._labels = labels
        self._rows = rows.Rows()
        self._review = review

    def say(self, number: int, picture: str, by: str, edit: Edit, words: Vocabulary) -> None:
        """`wrong`, `remove`, `add` and `extra` of an edit, of the picture with that row and id.

        A word that another file of the picture has stays. Raises `AssetError`.
        """
        judgements = tuple(self._judgements(number, edit))
        if judgements:
            told = Reviewed(ids.new_id(), by, (picture,), judgements, words)
            [done] = self._review(told).answer
            if done.refused is not None:
                raise AssetError(str(done.refused))
        retell(self._db, self._labels, number, edit.extra, words)

    def heard(self, number: int) -> list[Tag]:
        """What taggers said of a picture, and nobody denied, without its places."""
        told = [one for one in self._said(number) if one.counts and not one.by_person]
        return [replace(one.tag, box=None) for one in told]

    def _judgements(self, number: int, edit: Edit) -> Iterator[Judgement]:
        gone = {plain(tag) for tag in edit.remove} - {plain(tag) for tag in self._own(number)}
        everything = edit.wrong == "all"
        wrong: Collection[str] = {plain(name) for name in edit.wrong} if not everything else ()
        found = []
        for one in self._said(number) if gone or edit.wrong else ():
            name = plain(one.tag.name)
            if one.counts and (name in gone if one.by_person else everything or name in wrong):
                found.append(Judgement("reject", one.tag.name, one.tag.tagger))
        yield from dict.fromkeys(found)
        for tag in edit.add:
            yield Judgement("add", tag)

    def _said(self, number: int) -> list[Said]:
        row: tuple[Any, ...] = self._db.execute(_PICTURE, (number,)).fetchone()
        return [Said(tag, mention.state) for tag, mention in self._rows.said(self._db, row)]

    def _own(self, number: int) -> Iterator[str]:
        """The tags that the files of a picture have of their own."""
        sql = "SELECT tags FROM asset WHERE picture_id = ?"
        for (tags,) in self._db.execute(sql, (number,)).fetchall():
            yield from json.loads(tags)
