"""Every name that pictures have, with how many have it and who said it."""

from __future__ import annotations

import json
import sqlite3

from device.lexicon import Stored
from device.store.tail import Tail


def known(db: sqlite3.Connection, tail: Tail) -> list[Stored]:
    """All of them; those that no picture has any more are left out. In a snapshot."""
    new = tail.counts(db).by_tag
    rows = db.execute(
        "SELECT tag.id, name, count, json_group_array(DISTINCT kind),"
        " json_group_array(DISTINCT tagger) FROM tag"
        " LEFT JOIN label ON tag_id = tag.id AND role = 'said' GROUP BY tag.id"
    )
    found = (
        Stored(name, count + new[number], _texts(kinds), _texts(taggers))
        for number, name, count, kinds, taggers in rows
    )
    return [one for one in found if one.count > 0]


def _texts(array: str) -> tuple[str, ...]:
    """Several taggers that said the same word are joined by +."""
    found = (part for text in json.loads(array) if text for part in text.split("+"))
    return tuple(dict.fromkeys(found))
