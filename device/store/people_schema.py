"""The schema of `people.db`, as numbered functions that are never changed once released.

Times `*_ms` are UTC milliseconds, for people to read; what decides is stamped with the age of the
device, in seconds (`device.age`). Secrets are kept as their SHA-256, passwords as
`device.passwords`; those of AWS's kind as they are, as their signatures could not be checked
otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("people")


@migrations()
def m001_first(db: Database) -> None:
    """Persons, their sessions and links, tokens, what was done, and the age of the device."""
    for statement in (
        """CREATE TABLE person (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL, sources TEXT, disabled INTEGER NOT NULL DEFAULT 0, password TEXT,
            made_ms INTEGER NOT NULL, login_ms INTEGER)""",
        """CREATE TABLE link (
            hash BLOB PRIMARY KEY, person_id INTEGER REFERENCES person ON DELETE CASCADE,
            ends REAL NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE session (
            hash BLOB PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
            began REAL NOT NULL, seen REAL NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX session_person ON session (person_id)",
        """CREATE TABLE token (
            id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL,
            key TEXT NOT NULL UNIQUE, role TEXT NOT NULL, sources TEXT, made_ms INTEGER NOT NULL,
            made_by TEXT NOT NULL, ends REAL, expires_ms INTEGER, used_ms INTEGER, used REAL)""",
        """CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, age REAL NOT NULL,
            who TEXT NOT NULL, address TEXT NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL,
            times INTEGER NOT NULL)""",
        """CREATE TABLE age (
            id INTEGER PRIMARY KEY CHECK (id = 1), seconds REAL NOT NULL, boot TEXT NOT NULL,
            uptime REAL NOT NULL, anchor REAL NOT NULL, wall REAL)""",
    ):
        db.execute(statement)


@migrations()
def m002_aws_keys(db: Database) -> None:
    """Tokens that sign requests instead of being sent: the id of the access key, the secret."""
    db.execute("ALTER TABLE token ADD COLUMN access TEXT")
    db.execute("ALTER TABLE token ADD COLUMN secret TEXT")
    db.execute("CREATE UNIQUE INDEX token_access ON token (access) WHERE access NOTNULL")
