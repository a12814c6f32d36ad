"""Between the rows of `people.db` and the words for persons; inside transactions of others."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from device import clock, people
from device.errors import PeopleConflict, UnknownPerson
from device.people import Person, Sources
from device.who import Role

COLUMNS = "id, name, role, sources, disabled, password NOTNULL, made_ms, login_ms"
"""What `person` reads."""


def sources_text(sources: Sources) -> str | None:
    """As it is stored."""
    return None if sources is None else json.dumps(sorted(sources))


def sources_of(text: str | None) -> Sources:
    """The reverse."""
    return None if text is None else frozenset(json.loads(text))


def seconds_of(milliseconds: int | None) -> float | None:
    """UTC seconds of a stored time."""
    return None if milliseconds is None else milliseconds / 1000


def person(row: tuple[Any, ...]) -> Person:
    """A row that begins with `COLUMNS`."""
    number, name, role, sources, disabled, has_password, made_ms, login_ms = row[:8]
    return Person(
        number,
        name,
        role,
        sources_of(sources),
        bool(disabled),
        bool(has_password),
        made_ms / 1000,
        seconds_of(login_ms),
    )


def one(db: sqlite3.Connection, number: int) -> Person:
    """Raises `UnknownPerson`."""
    row = db.execute(f"SELECT {COLUMNS} FROM person WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise UnknownPerson("there is no such person")
    return person(row)


def add(
    db: sqlite3.Connection, name: str, role: Role, sources: Sources, password: str | None
) -> Person:
    """A new person; `password` is a hash. Raises `PeopleConflict` where the name is taken."""
    name = people.clean_name(name)
    made_ms = clock.milliseconds(clock.now())
    try:
        number = db.execute(
            "INSERT INTO person (name, key, role, sources, password, made_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (name, people.name_key(name), role, sources_text(sources), password, made_ms),
        ).lastrowid
    except sqlite3.IntegrityError:
        raise PeopleConflict(f"somebody is called {name} already; take another name") from None
    return one(db, number or 0)


def put(db: sqlite3.Connection, new: Person) -> None:
    """What can be changed of a person. Raises `PeopleConflict` where the name is taken."""
    sql = "UPDATE person SET name = ?, key = ?, role = ?, sources = ?, disabled = ? WHERE id = ?"
    rest = (new.role, sources_text(new.sources), new.disabled, new.id)
    try:
        db.execute(sql, (new.name, people.name_key(new.name), *rest))
    except sqlite3.IntegrityError:
        raise PeopleConflict(f"somebody is called {new.name} already; take another name") from None


def set_password(
    db: sqlite3.Connection, number: int, password: str, keep: bytes | None = None
) -> None:
    """A new hash; ends all sessions but the one with the fingerprint `keep`, and all links."""
    one(db, number)
    db.execute("UPDATE person SET password = ? WHERE id = ?", (password, number))
    db.execute("DELETE FROM session WHERE person_id = ? AND hash IS NOT ?", (number, keep))
    db.execute("DELETE FROM link WHERE person_id = ?", (number,))


def has_administrator(db: sqlite3.Connection) -> bool:
    """Whether somebody can log in who may do everything."""
    sql = "SELECT 1 FROM person WHERE role = 'administrator' AND NOT disabled AND password NOTNULL"
    return db.execute(sql).fetchone() is not None
