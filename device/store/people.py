"""The persons in `people.db`, as the owner changes them."""

from __future__ import annotations

from collections.abc import Callable

from device import people
from device.errors import PeopleConflict, UnknownPerson
from device.people import Person, Sources
from device.store import people_rows as rows
from device.store.people_db import PeopleDb
from device.who import Role


class Persons:
    """Who may log in. Any thread; raises `PeopleError` and `StoreError`."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def all(self) -> list[Person]:
        """By name."""
        with self._db.read() as db:
            found = db.execute(f"SELECT {rows.COLUMNS} FROM person ORDER BY key").fetchall()
        return [rows.person(row) for row in found]

    def one(self, number: int) -> Person:
        """The person of that number. Raises `UnknownPerson`."""
        with self._db.read() as db:
            return rows.one(db, number)

    def named(self, name: str) -> Person:
        """The person of that name, however it is spelt. Raises `UnknownPerson`."""
        sql = f"SELECT {rows.COLUMNS} FROM person WHERE key = ?"
        with self._db.read() as db:
            row = db.execute(sql, (people.name_key(name),)).fetchone()
        if row is None:
            raise UnknownPerson(f"nobody is called {name[:64]!r}")
        return rows.person(row)

    def password(self, name: str) -> tuple[Person, str] | None:
        """Who logs in by this name, with the hash; None: nobody can."""
        sql = f"SELECT {rows.COLUMNS}, password FROM person WHERE key = ? AND NOT disabled"
        with self._db.read() as db:
            row = db.execute(sql, (people.name_key(name),)).fetchone()
        return None if row is None or row[-1] is None else (rows.person(row), str(row[-1]))

    def add(self, name: str, role: Role, sources: Sources, password: str | None = None) -> Person:
        """A new person; `password` is a hash. Raises `PeopleConflict` where the name is taken."""
        with self._db.write() as (db, _):
            return rows.add(db, name, role, sources, password)

    def change(self, number: int, edit: Callable[[Person], Person]) -> Person:
        """The person as `edit` wants it.

        Another role, other sources or being disabled ends the sessions. Raises `PeopleConflict`
        where the name is taken or no administrator would be left, and what `edit` raises.
        """
        with self._db.write() as (db, _):
            before = rows.one(db, number)
            after = edit(before)
            rows.put(db, after)
            if not rows.has_administrator(db):
                _require_none_lost(before)
            rights = before.role, before.sources, before.disabled
            if rights != (after.role, after.sources, after.disabled):
                db.execute("DELETE FROM session WHERE person_id = ?", (number,))
            return after

    def remove(self, number: int) -> Person:
        """With sessions and links. Raises `PeopleConflict` for the last administrator."""
        with self._db.write() as (db, _):
            gone = rows.one(db, number)
            db.execute("DELETE FROM person WHERE id = ?", (number,))
            if not rows.has_administrator(db):
                _require_none_lost(gone)
            return gone

    def set_password(self, number: int, password: str, keep: bytes | None = None) -> None:
        """A new hash; ends all sessions but the one with the fingerprint `keep`, and all links."""
        with self._db.write() as (db, _):
            rows.set_password(db, number, password, keep)

    def renew_hash(self, number: int, before: str, password: str) -> None:
        """The same password in a newer form of hash; sessions go on."""
        sql = "UPDATE person SET password = ? WHERE id = ? AND password = ?"
        with self._db.write() as (db, _):
            db.execute(sql, (password, number, before))

    def has_administrator(self) -> bool:
        """Whether somebody can log in who may do everything."""
        with self._db.read() as db:
            return rows.has_administrator(db)


def _require_none_lost(before: Person) -> None:
    """Raising undoes the transaction."""
    if before.role == "administrator" and before.has_password and not before.disabled:
        told = f"{before.name} is the last administrator who can log in; make another one first"
        raise PeopleConflict(told)
