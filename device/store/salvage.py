"""Reads the rows out of a damaged database into a new one, around the pages that cannot be read.

The damaged file is only read. Its tables are made anew by their own definitions, so that this works
for every version of the schema; indexes come into being with the rows, and what is a cache (the
search index, counts) is left empty and made anew by the store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from device.store import mend

_CACHES = ("picture_index", "uid_index", "tag_day", "source_day")
_LARGEST = 2**62
_CHUNK = 500  # rows copied at once


@dataclass(slots=True)
class Salvaged:
    """What came out."""

    kept: dict[str, int] = field(default_factory=dict)  # rows, by table
    gaps: list[str] = field(default_factory=list)  # tables in which something could not be read

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(self.kept.values())


def salvage(damaged: Path, target: Path, backup: Path | None) -> Salvaged:
    """Make `target` from what can be read; words that are lost come from `backup`.

    Raises sqlite3.DatabaseError when not even the definitions of the tables can be read, or when
    `target` cannot be written.
    """
    found = Salvaged()
    source = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
    made = sqlite3.connect(target, isolation_level=None)
    try:
        source.execute("PRAGMA query_only = ON")
        made.execute("PRAGMA auto_vacuum = INCREMENTAL")
        made.execute("PRAGMA synchronous = OFF")  # it is flushed as a whole, at the end
        tables = _make_tables(source, made)
        made.execute("BEGIN")
        for name in tables:
            found.kept[name] = _copy(source, made, name, found)
        made.execute("COMMIT")
        if backup is not None:
            mend.fill_in(made, backup, tables)
        mend.forget_nameless(made)
        mend.forget_halves(made)
        _make_triggers(source, made)
    finally:
        source.close()
        made.close()
    return found


def _make_tables(source: sqlite3.Connection, made: sqlite3.Connection) -> list[str]:
    """All tables and indexes, empty; the names of those that have rows of their own."""
    sql = "SELECT type, name, sql FROM sqlite_master WHERE sql NOT NULL ORDER BY type DESC"
    definitions = source.execute(sql).fetchall()
    virtual = [name for _, name, text in definitions if text.startswith("CREATE VIRTUAL")]
    names = []
    for kind, name, text in definitions:
        shadow = any(name.startswith(f"{one}_") for one in virtual)
        if name.startswith("sqlite_") or shadow or kind not in ("table", "index"):
            continue
        made.execute(text)
        if kind == "table" and name not in _CACHES and name not in virtual:
            names.append(name)
    return names


def _make_triggers(source: sqlite3.Connection, made: sqlite3.Connection) -> None:
    for (text,) in source.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'"):
        made.execute(text)


def _copy(source: sqlite3.Connection, made: sqlite3.Connection, name: str, found: Salvaged) -> int:
    columns = [row[1] for row in made.execute(f"PRAGMA table_info({name})")]
    key = [row[1] for row in made.execute(f"PRAGMA table_info({name})") if row[5]]
    plain = _has_rowid(made, name)
    listed = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    insert = f'INSERT OR IGNORE INTO "{name}" ({listed}) VALUES ({marks})'
    if plain:
        if not key or len(key) > 1:  # no name for the rowid: it is kept all the same
            insert = f'INSERT OR IGNORE INTO "{name}" (rowid, {listed}) VALUES (?, {marks})'
            listed = f"rowid, {listed}"
        rows = _by_rowid(source, name, listed, found)
    else:
        rows = _by_key(source, name, listed, ", ".join(key), found)
    before = made.total_changes
    while chunk := list(islice(rows, _CHUNK)):
        made.executemany(insert, chunk)
    return made.total_changes - before


def _has_rowid(db: sqlite3.Connection, name: str) -> bool:
    try:
        db.execute(f'SELECT rowid FROM "{name}" LIMIT 0')
    except sqlite3.OperationalError:
        return False
    return True


def _by_rowid(
    source: sqlite3.Connection, name: str, listed: str, found: Salvaged
) -> Iterator[Sequence[Any]]:
    """Every row that can be read, in the order of their numbers, leaping over what cannot."""
    after = 0
    sql = f'SELECT rowid, {listed} FROM "{name}" WHERE rowid > ? ORDER BY rowid'
    while True:
        try:
            for number, *row in source.execute(sql, (after,)):
                after = number
                yield row
            return
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            if name not in found.gaps:
                found.gaps.append(name)
            landed = _beyond_damage(source, name, after)
            if landed is None:
                return
            after = landed


def _beyond_damage(source: sqlite3.Connection, name: str, after: int) -> int | None:
    """The least number from which on a row can be read again; None where there is none."""
    sql = f'SELECT * FROM "{name}" WHERE rowid > ? ORDER BY rowid LIMIT 1'

    def readable(number: int) -> bool:
        try:
            source.execute(sql, (number,)).fetchone()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            return False
        return True

    step = 1
    while not readable(after + step):
        step *= 2
        if after + step > _LARGEST:
            return None
    low, high = after + step // 2, after + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if readable(middle) else (middle, high)
    return high


def _by_key(
    source: sqlite3.Connection, name: str, listed: str, key: str, found: Salvaged
) -> Iterator[Sequence[Any]]:
    """Rows of a table without numbers: from its beginning, and where that ends from its end."""
    backwards = ", ".join(f"{column} DESC" for column in key.split(", "))
    for order in (key, backwards):
        try:
            yield from source.execute(f'SELECT {listed} FROM "{name}" ORDER BY {order}')
            return
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            if name not in found.gaps:
                found.gaps.append(name)
