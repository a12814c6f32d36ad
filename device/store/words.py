"""What the pictures know of words: every name that they have, and what was nearly said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from device.lexicon import Stored
from device.search_query import Query
from device.search_query.tree import And, Has, OfTag, Word
from device.store import packed, search
from device.store.tail import Tail

_MOST = 500
"""Pictures, the newest ones: older corrections are of older models and cameras."""


class WordReader:
    """Any thread. `snapshot` gives one state of the database for several questions."""

    def __init__(
        self, snapshot: Callable[[], AbstractContextManager[sqlite3.Connection]], tail: Tail
    ) -> None:
        self._snapshot = snapshot
        self._tail = tail

    def known(self) -> list[Stored]:
        """Every name as it is stored; those that no picture has any more are left out."""
        with self._snapshot() as db:
            new = self._tail.counts(db).by_tag
            rows = db.execute(
                "SELECT tag.id, name, count, json_group_array(DISTINCT kind),"
                " json_group_array(DISTINCT tagger) FROM tag"
                " LEFT JOIN label ON tag_id = tag.id AND role = 'said' GROUP BY tag.id"
            )
            found = [
                Stored(name, count + new[number], _texts(kinds), _texts(taggers))
                for number, name, count, kinds, taggers in rows
            ]
        return [one for one in found if one.count > 0]

    def nearly(self, name: str) -> list[float]:
        """Confidences, 0..1, of a word that stayed under its floor and that a person added."""
        added = And((Has((Word(name, exact=True),)), OfTag("state", "=", ("manual",))))
        sql = (
            "SELECT label.id FROM label JOIN tag ON tag.id = tag_id"
            " WHERE role = 'near' AND name = ?"
        )
        with self._snapshot() as db:
            rows = search.find(db, Query(added), None, _MOST, "near")
            labels = {number for (number,) in db.execute(sql, (name,))}
        mentions = (one for (text,) in rows for one in packed.unpack(text))
        return [one.confidence / 1000 for one in mentions if one.label in labels]


def _texts(array: str) -> tuple[str, ...]:
    """Several taggers that said the same word are joined by +."""
    found = (part for text in json.loads(array) if text for part in text.split("+"))
    return tuple(dict.fromkeys(found))
