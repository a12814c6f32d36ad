"""What lets somebody in again and again: the sessions of persons, the tokens of programs.

Both are looked up by the SHA-256 of a secret of 256 bits, and end by the age of the device: no
clock that steps makes them live longer.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

from device import clock, people
from device.errors import PeopleConflict, StoreError, UnknownPerson
from device.people import TOKEN_PREFIX, Sources, Token
from device.store import people_rows as rows
from device.store.people_db import PeopleDb
from device.who import Role, Who

IDLE_DAYS = 7
"""Without a request, after which a session has ended."""

LONGEST_DAYS = 30
"""After its login, when a session ends in any case."""

WHO = "name, role, sources, id, used"
"""What `who_of` reads, and what `note_used` needs."""

ALIVE = "(ends IS NULL OR ends > ?)"
"""SQL: of a token, at an age of the device."""

_DAY = 86400.0
_NOTED = 3600.0  # s between two notes that a session is used: each is a write to the card
_USED = 60.0  # s the same for a token
_MOST_SESSIONS = 50  # of one person: then the one that was quiet longest ends
_COLUMNS = "id, name, role, sources, made_ms, made_by, expires_ms, used_ms, access"


class Sessions:
    """Of persons who logged in. Any thread; raises `StoreError`."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def begin(self, number: int) -> str:
        """The secret of a new session, for the cookie."""
        secret = people.new_secret()
        with self._db.write() as (db, now):
            db.execute(
                "DELETE FROM session WHERE seen <= ? OR began <= ? OR (person_id = ? AND hash IN"
                " (SELECT hash FROM session WHERE person_id = ? ORDER BY seen DESC"
                " LIMIT -1 OFFSET ?))",
                (*_oldest(now), number, number, _MOST_SESSIONS - 1),
            )
            row = (people.fingerprint(secret), number, now, now)
            db.execute(
                "INSERT INTO session (hash, person_id, began, seen) VALUES (?, ?, ?, ?)", row
            )
            login_ms = clock.milliseconds(clock.now())
            db.execute("UPDATE person SET login_ms = ? WHERE id = ?", (login_ms, number))
        return secret

    def who(self, secret: str) -> Who | None:
        """Whose session it is; None where there is none, or none any more."""
        key = people.fingerprint(secret)
        with self._db.read() as db:
            now = self._db.age(db)
            row = db.execute(
                "SELECT name, role, sources, person.id, seen FROM session"
                " JOIN person ON person.id = person_id"
                " WHERE hash = ? AND seen > ? AND began > ? AND NOT disabled",
                (key, *_oldest(now)),
            ).fetchone()
        if row is None:
            return None
        if now - row[4] > _NOTED:
            _note(self._db, "UPDATE session SET seen = ? WHERE hash = ?", (now, key))
        return Who(row[0], row[1], rows.sources_of(row[2]), person=row[3])

    def end(self, secret: str) -> None:
        """Log out."""
        with self._db.write() as (db, _):
            db.execute("DELETE FROM session WHERE hash = ?", (people.fingerprint(secret),))

    def end_all(self, number: int) -> None:
        """Log a person out everywhere."""
        with self._db.write() as (db, _):
            db.execute("DELETE FROM session WHERE person_id = ?", (number,))


class Tokens:
    """Of programs. Any thread; raises `PeopleError` and `StoreError`."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def all(self) -> list[Token]:
        """By name; those that have expired as well, until they are revoked."""
        with self._db.read() as db:
            found = db.execute(f"SELECT {_COLUMNS} FROM token ORDER BY key").fetchall()
        return [_token(row) for row in found]

    def add(
        self, name: str, role: Role, sources: Sources, made_by: str, seconds: float | None = None
    ) -> tuple[Token, str]:
        """A new token, good for so many seconds, with its secret. Raises `PeopleConflict`."""
        secret = TOKEN_PREFIX + people.new_secret()
        return self._put(name, role, sources, made_by, seconds, secret), secret

    def add_aws(
        self, name: str, role: Role, sources: Sources, made_by: str, seconds: float | None = None
    ) -> tuple[Token, str]:
        """The same with a key pair as AWS's clients sign with: its secret is kept as it is."""
        access, secret = people.new_access_key()
        return self._put(name, role, sources, made_by, seconds, secret, access), secret

    def _put(
        self,
        name: str,
        role: Role,
        sources: Sources,
        made_by: str,
        seconds: float | None,
        secret: str,
        access: str | None = None,
    ) -> Token:
        name = people.clean_name(name)
        made = clock.now()
        expires_ms = None if seconds is None else clock.milliseconds(made + seconds)
        with self._db.write() as (db, now):
            values = {
                "hash": people.fingerprint(secret),
                "name": name,
                "key": people.name_key(name),
                "role": role,
                "sources": rows.sources_text(sources),
                "made_ms": clock.milliseconds(made),
                "made_by": made_by,
                "ends": None if seconds is None else now + seconds,
                "expires_ms": expires_ms,
                "access": access,
                "secret": None if access is None else secret,
            }
            marks = ", ".join(f":{one}" for one in values)
            try:
                db.execute(f"INSERT INTO token ({', '.join(values)}) VALUES ({marks})", values)
            except sqlite3.IntegrityError:
                told = f"a token is called {name} already; revoke it, or take another name"
                raise PeopleConflict(told) from None
            sql = f"SELECT {_COLUMNS} FROM token WHERE hash = ?"
            return _token(db.execute(sql, (values["hash"],)).fetchone())

    def revoke(self, number: int) -> Token:
        """It lets nobody in any more. Raises `UnknownPerson`."""
        with self._db.write() as (db, _):
            found = db.execute(f"SELECT {_COLUMNS} FROM token WHERE id = ?", (number,)).fetchone()
            db.execute("DELETE FROM token WHERE id = ?", (number,))
        if found is None:
            raise UnknownPerson("there is no such token")
        return _token(found)

    def named(self, name: str) -> Token:
        """The token of that name. Raises `UnknownPerson`."""
        found = [one for one in self.all() if people.name_key(one.name) == people.name_key(name)]
        if not found:
            raise UnknownPerson(f"no token is called {name[:64]!r}")
        return found[0]

    def who(self, secret: str) -> Who | None:
        """Whose token it is; None where there is none, or none any more."""
        key = people.fingerprint(secret)
        with self._db.read() as db:
            now = self._db.age(db)
            row = db.execute(
                f"SELECT {WHO} FROM token WHERE hash = ? AND access IS NULL AND {ALIVE}",
                (key, now),
            ).fetchone()
        if row is None:
            return None
        note_used(self._db, row[3], row[4], now)
        return who_of(row)


def who_of(row: tuple[Any, ...]) -> Who:
    """A row that begins with `WHO`."""
    return Who(row[0], row[1], rows.sources_of(row[2]), token=True)


def note_used(db: PeopleDb, number: int, used: float | None, now: float) -> None:
    """That a token is used at this age of the device, where that was not noted lately."""
    if used is None or now - used > _USED:
        used_ms = clock.milliseconds(clock.now())
        sql = "UPDATE token SET used_ms = ?, used = ? WHERE id = ?"
        _note(db, sql, (used_ms, now, number))


def _oldest(now: float) -> tuple[float, float]:
    """When a session must have been used, and begun, to be alive."""
    return now - IDLE_DAYS * _DAY, now - LONGEST_DAYS * _DAY


def _note(db: PeopleDb, sql: str, values: tuple[Any, ...]) -> None:
    """That it was used; a full disk keeps nobody out who is in."""
    with contextlib.suppress(StoreError), db.write() as (connection, _):
        connection.execute(sql, values)


def _token(row: tuple[Any, ...]) -> Token:
    number, name, role, sources, made_ms, made_by, expires_ms, used_ms, access = row
    return Token(
        number,
        name,
        role,
        rows.sources_of(sources),
        made_ms / 1000,
        made_by,
        rows.seconds_of(expires_ms),
        rows.seconds_of(used_ms),
        access,
    )
