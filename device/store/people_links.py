"""One-time links: they make a person, or let one choose a password."""

from __future__ import annotations

import sqlite3

from device import people
from device.errors import UnknownPerson
from device.people import Invitation, Person
from device.store import people_rows as rows
from device.store.people_db import PeopleDb

HOURS = 24
"""For so long a link is good, by the age of the device."""


class Links:
    """Any thread; raises `PeopleError` and `StoreError`."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def invite(self, number: int | None) -> str:
        """The secret of a new link, with which this person chooses a password.

        None: it makes the first administrator. A link made before for the same ends.
        """
        secret = people.new_secret()
        with self._db.write() as (db, now):
            if number is not None:
                rows.one(db, number)
            db.execute("DELETE FROM link WHERE person_id IS ? OR ends <= ?", (number, now))
            db.execute(
                "INSERT INTO link (hash, person_id, ends) VALUES (?, ?, ?)",
                (people.fingerprint(secret), number, now + HOURS * 3600),
            )
        return secret

    def invitation(self, secret: str) -> Invitation:
        """What the link is for. Raises `UnknownPerson` for one that is used up or too old."""
        with self._db.read() as db:
            return _invitation(db, secret, self._db.age(db))

    def accept(self, secret: str, name: str, password: str) -> Person:
        """Use the link up: set the password (a hash); `name` is for the first administrator."""
        with self._db.write() as (db, now):
            link = _invitation(db, secret, now)
            if link.person is None:
                person = rows.add(db, name, link.role, None, password)
            else:
                rows.set_password(db, link.person, password)
                person = rows.one(db, link.person)
            db.execute("DELETE FROM link WHERE hash = ?", (people.fingerprint(secret),))
            return person


def _invitation(db: sqlite3.Connection, secret: str, now: float) -> Invitation:
    row = db.execute(
        "SELECT person_id, name, coalesce(role, 'administrator'), coalesce(disabled, 0)"
        " FROM link LEFT JOIN person ON person.id = person_id WHERE hash = ? AND ends > ?",
        (people.fingerprint(secret), now),
    ).fetchone()
    # The first administrator's link is nothing any more once there is one.
    if row is None or row[3] or (row[0] is None and rows.has_administrator(db)):
        raise UnknownPerson("this link is used up or too old; ask for a new one")
    return Invitation(*row[:3])
