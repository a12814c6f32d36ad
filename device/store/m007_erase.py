"""What is erased for ever: the acts, and what is remembered so that nothing of it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_TABLES = (
    # An act: who, when, how many. What was wanted is there only until it is done.
    """CREATE TABLE erasure (
        id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('picture', 'visit', 'query', 'tombs')), wanted TEXT,
        asked_by TEXT NOT NULL, asked_ms INTEGER NOT NULL, upto INTEGER NOT NULL,
        step TEXT NOT NULL, place INTEGER NOT NULL,
        pictures INTEGER NOT NULL DEFAULT 0, visits INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0, done_ms INTEGER)""",
    "CREATE INDEX erasure_open ON erasure (id) WHERE done_ms IS NULL",
    # Keyed hashes of ids and contents: they say nothing, and know what they are asked.
    "CREATE TABLE erased (hash BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE erased_key (key BLOB PRIMARY KEY) WITHOUT ROWID",
    # Of the act that is under way: labels that maybe nothing has any more, names of files.
    "CREATE TABLE erasing_label (label_id INTEGER PRIMARY KEY)",
    """CREATE TABLE erasing_file (
        source_id INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
        PRIMARY KEY (source_id, name, size)) WITHOUT ROWID""",
)


def migrate(db: Database) -> None:
    """New tables; nothing that is there changes."""
    for statement in _TABLES:
        db.execute(statement)
