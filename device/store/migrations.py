"""The schema, as numbered functions. Each runs in one transaction with the row that records it.

A released function is never changed: what is to be different comes as the next number.
Confidences are per mille, times milliseconds since the epoch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

from device.store import m005_compact as compact
from device.store import m006_reviews as reviews
from device.store import m007_erase as erase
from device.store import m008_assets as assets

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("tagd")


@migrations()
def m001_first(db: Database) -> None:
    """Sources, pictures with their tags, files seen, refusals, events and how far sinks are."""
    for statement in (
        "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        """CREATE TABLE picture (
            id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
            source_id INTEGER NOT NULL REFERENCES source, name TEXT,
            taken_ms INTEGER NOT NULL, tagged_ms INTEGER NOT NULL,
            width INTEGER NOT NULL, height INTEGER NOT NULL,
            format TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB,
            kept TEXT NOT NULL CHECK (kept IN ('none', 'thumbnail', 'full')),
            tags TEXT NOT NULL)""",
        # One picture a content and source; live cameras have no content hash.
        "CREATE UNIQUE INDEX picture_content ON picture (source_id, sha256) WHERE sha256 NOTNULL",
        """CREATE TABLE tag (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, count INTEGER NOT NULL DEFAULT 0)""",
        # Newest first for one tag without sorting; the confidence is that of its best mention.
        """CREATE TABLE picture_tag (
            tag_id INTEGER NOT NULL REFERENCES tag, picture_id INTEGER NOT NULL REFERENCES picture,
            confidence INTEGER NOT NULL, PRIMARY KEY (tag_id, picture_id)) WITHOUT ROWID""",
        """CREATE TABLE refusal (
            id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL REFERENCES source, name TEXT,
            sha256 BLOB, reason TEXT NOT NULL, refused_ms INTEGER NOT NULL)""",
        "CREATE INDEX refusal_content ON refusal (source_id, sha256)",
        """CREATE TABLE file (
            source_id INTEGER NOT NULL REFERENCES source, path BLOB NOT NULL,
            device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL, PRIMARY KEY (source_id, path)) WITHOUT ROWID""",
        # AUTOINCREMENT: a seq never comes again, also when old events are gone.
        """CREATE TABLE event (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, type TEXT NOT NULL,
            picture_id INTEGER REFERENCES picture, body BLOB NOT NULL)""",
        "CREATE TABLE sink (name TEXT PRIMARY KEY, cursor INTEGER NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def m002_alternatives(db: Database) -> None:
    """What was nearly said of a picture, for reviews: JSON, at most five a picture."""
    db.execute("ALTER TABLE picture ADD COLUMN alternatives TEXT NOT NULL DEFAULT '[]'")


@migrations()
def m003_visits(db: Database) -> None:
    """Visits; who is open is found without a search, and so is what a picture is the best of."""
    for statement in (
        """CREATE TABLE visit (
            id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
            source_id INTEGER NOT NULL REFERENCES source, tag TEXT NOT NULL, kind TEXT NOT NULL,
            started_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, ended_ms INTEGER,
            duration_ms INTEGER NOT NULL, confidence INTEGER NOT NULL,
            best_id INTEGER REFERENCES picture ON DELETE SET NULL, box TEXT NOT NULL,
            zones TEXT NOT NULL, actions TEXT NOT NULL, path TEXT NOT NULL,
            interrupted INTEGER NOT NULL)""",
        "CREATE INDEX visit_open ON visit (id) WHERE ended_ms IS NULL",
        "CREATE INDEX visit_source ON visit (source_id)",
        "CREATE INDEX visit_tag ON visit (tag)",
        "CREATE INDEX visit_best ON visit (best_id) WHERE best_id NOTNULL",
    ):
        db.execute(statement)


@migrations()
def m004_source_enabled(db: Database) -> None:
    """Whether a person switched a source on or off, and what the config said then."""
    db.execute("ALTER TABLE source ADD COLUMN enabled INTEGER")
    db.execute("ALTER TABLE source ADD COLUMN configured INTEGER")


@migrations()
def m005_compact(db: Database) -> None:
    """Tags inside the picture's row, a dictionary of labels, an index of tokens, reviews."""
    compact.migrate(db)


@migrations()
def m006_reviews(db: Database) -> None:
    """What people said of pictures, so that it can be taken back, counted and learnt from."""
    reviews.migrate(db)


@migrations()
def m007_erase(db: Database) -> None:
    """Acts of erasing, and tombstones of what was erased."""
    erase.migrate(db)


@migrations()
def m008_assets(db: Database) -> None:
    """Files of a drop-in media library: where they lie, what they are called, their own data."""
    assets.migrate(db)
