"""The dictionary of labels: what is said of many pictures is spelt once.

A label is a tag with all that is the same each time it is said. Labels are never changed, so that
a picture's tags read the same for ever.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Literal, cast

from device import wire
from device.types import Box, Kind, State, Tag

Role = Literal["said", "implied", "near"]
"""A tag, a further word that the picture is found by, or a word that was nearly said."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is said, without how sure and where."""

    name: str
    role: Role
    kind: str = ""
    tagger: str = ""
    model: str = ""
    parents: tuple[str, ...] = ()

    def tag(self, per_mille: int, box: Box | None) -> Tag:
        """As said of one picture."""
        confidence, kind = per_mille / 1000, cast(Kind, self.kind)
        return Tag(self.name, confidence, kind, self.tagger, self.model, box, self.parents)


class LabelWriter:
    """Numbers for labels, new ones made, in the write thread and its transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[Label, int] = {}

    def forget(self) -> None:
        """After a rollback: some may have been made in what is gone."""
        self._known.clear()

    def number(self, label: Label) -> int:
        """The number of this label."""
        number = self._known.get(label)
        if number is None:
            number = self._known[label] = self._find(label) or self._add(label)
        return number

    def _find(self, label: Label) -> int | None:
        row = self._db.execute(
            "SELECT label.id FROM label JOIN tag ON tag.id = tag_id WHERE name = ? AND role = ?"
            " AND kind = ? AND tagger = ? AND model = ? AND parents = ?",
            (*_fixed(label), wire.dumps(label.parents)),
        ).fetchone()
        return row[0] if row else None

    def _add(self, label: Label) -> int:
        self._db.execute("INSERT OR IGNORE INTO tag (name) VALUES (?)", (label.name,))
        number = self._db.execute(
            "INSERT INTO label (tag_id, role, kind, tagger, model, parents)"
            " SELECT id, ?2, ?3, ?4, ?5, ?6 FROM tag WHERE name = ?1",
            (*_fixed(label), wire.dumps(label.parents)),
        ).lastrowid
        return number or 0


class LabelReader:
    """Labels by their number, remembered. Any thread, each with a connection of its own."""

    def __init__(self) -> None:
        self._known: dict[int, Label] = {}
        self._spelt: dict[int, tuple[str, str]] = {}

    def label(self, db: sqlite3.Connection, number: int) -> Label:
        """Raises KeyError where there is none: the row that names it is damaged."""
        found = self._known.get(number)
        if found is None:
            row = db.execute(
                "SELECT name, role, kind, tagger, model, parents FROM label"
                " JOIN tag ON tag.id = tag_id WHERE label.id = ?",
                (number,),
            ).fetchone()
            if row is None:
                raise KeyError(number)
            *fixed, parents = row
            found = Label(*fixed)
            found = self._known[number] = replace(found, parents=tuple(json.loads(parents)))
        return found

    def text(
        self, db: sqlite3.Connection, number: int, per_mille: int, box: Box | None, state: State
    ) -> str:
        """The JSON of a tag, as `wire.tag_object` has it; what stays the same is spelt once."""
        spelt = self._spelt.get(number)
        if spelt is None:
            whole = wire.dumps(wire.tag_object(self.label(db, number).tag(0, None)))
            before, after = whole.split('"confidence":0.0,')
            spelt = self._spelt[number] = before, after.split('"box":null')[0]
        before, after = spelt
        spelt_box = wire.dumps(wire.box_object(box)) if box else "null"
        head = f'{before}"confidence":{per_mille / 1000},{after}'
        return f'{head}"box":{spelt_box},"state":"{state}"}}'


def _fixed(label: Label) -> tuple[str, ...]:
    return label.name, label.role, label.kind, label.tagger, label.model
