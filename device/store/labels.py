"""The dictionary of labels: what is said of many pictures is spelt once.

A label is a tag with all that is the same each time it is said. Labels are never changed, so that
a picture's tags read the same for ever.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Literal, cast

from device import wire
from device.types import Box, Kind, State, Tag

Role = Literal["said", "implied", "near"]
"""A tag, a further word that the picture is found by, or a word that was nearly said."""

_NEXT = (
    "1 + max((SELECT coalesce(max(id), 0) FROM {0}),"
    " (SELECT coalesce(max(value), 0) FROM counter WHERE name = '{0}'))"
)


@dataclass(frozen=True, slots=True)
class Label:
    """What is said, without how sure and in which box."""

    name: str
    role: Role
    kind: str = ""
    tagger: str = ""
    model: str = ""
    parents: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()

    def tag(self, per_mille: int, box: Box | None) -> Tag:
        """As said of one picture."""
        confidence, kind = per_mille / 1000, cast(Kind, self.kind)
        told = self.tagger, self.model, box, self.parents, self.zones
        return Tag(self.name, confidence, kind, *told)


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
            " AND kind = ? AND tagger = ? AND model = ? AND parents = ? AND zones = ?",
            _columns(label),
        ).fetchone()
        return row[0] if row else None

    def _add(self, label: Label) -> int:
        # Explicit numbers: one of a label that was erased never comes again, for others know it.
        self._db.execute(
            f"INSERT INTO tag (id, name) SELECT {_NEXT.format('tag')}, ?1"
            " WHERE NOT EXISTS (SELECT 1 FROM tag WHERE name = ?1)",
            (label.name,),
        )
        number = self._db.execute(
            "INSERT INTO label (id, tag_id, role, kind, tagger, model, parents, zones)"
            f" SELECT {_NEXT.format('label')}, id, ?2, ?3, ?4, ?5, ?6, ?7 FROM tag WHERE name = ?1",
            _columns(label),
        ).lastrowid
        return number or 0


class LabelReader:
    """Labels by their number, remembered. Any thread, each with a connection of its own."""

    def __init__(self) -> None:
        self._known: dict[int, Label] = {}
        self._spelt: dict[int, tuple[str, str, str]] = {}

    def label(self, db: sqlite3.Connection, number: int) -> Label:
        """Raises KeyError where there is none: the row that names it is damaged."""
        found = self._known.get(number)
        if found is None:
            row = db.execute(
                "SELECT name, role, kind, tagger, model, parents, zones FROM label"
                " JOIN tag ON tag.id = tag_id WHERE label.id = ?",
                (number,),
            ).fetchone()
            if row is None:
                raise KeyError(number)
            name, role, kind, tagger, model, parents, zones = row
            several = tuple(json.loads(parents)), tuple(json.loads(zones))
            found = self._known[number] = Label(name, role, kind, tagger, model, *several)
        return found

    def text(
        self, db: sqlite3.Connection, number: int, per_mille: int, box: Box | None, state: State
    ) -> str:
        """The JSON of a tag, as `wire.tag_object` has it; what stays the same is spelt once."""
        spelt = self._spelt.get(number)
        if spelt is None:
            whole = wire.dumps(wire.tag_object(self.label(db, number).tag(0, None), "proposed"))
            before, rest = whole.split('"confidence":0.0,')
            between, after = rest.split('"box":null,"state":"proposed"')
            spelt = self._spelt[number] = before, between, after
        before, between, after = spelt
        head = f'{before}"confidence":{per_mille / 1000},{between}'
        return f'{head}"box":{wire.dumps(wire.box_object(box))},"state":"{state}"{after}'


def _columns(label: Label) -> tuple[str, ...]:
    fixed = label.name, label.role, label.kind, label.tagger, label.model
    return (*fixed, wire.dumps(label.parents), wire.dumps(label.zones))
