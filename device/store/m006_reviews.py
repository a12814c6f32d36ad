"""What people said of pictures: acts that can be taken back, and what they came to.

The table `review` of m005 was never written, so nothing is carried over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_STATEMENTS = (
    "DROP TABLE review",
    # Grows with each review and undoing of one: who has seen an older one is told so.
    "ALTER TABLE picture ADD COLUMN version INTEGER NOT NULL DEFAULT 0",
    # An act of a person: `judgements` is what was told of it, JSON; `key` and `asked` recognise
    # the same one sent again; the last three are the picture's as they were before.
    """CREATE TABLE review (
        id INTEGER PRIMARY KEY, uid BLOB NOT NULL,
        picture_id INTEGER NOT NULL REFERENCES picture,
        person_id INTEGER NOT NULL REFERENCES person, key TEXT, asked BLOB,
        made_ms INTEGER NOT NULL, undone_ms INTEGER, judgements TEXT NOT NULL,
        tags TEXT NOT NULL, boxes BLOB, reviewed_ms INTEGER)""",
    "CREATE UNIQUE INDEX review_uid ON review (uid)",
    "CREATE UNIQUE INDEX review_key ON review (person_id, key, picture_id) WHERE key NOTNULL",
    "CREATE INDEX review_picture ON review (picture_id)",
    # What it came to: each mention whose state it changed, by its place among the picture's.
    """CREATE TABLE verdict (
        review_id INTEGER NOT NULL REFERENCES review ON DELETE CASCADE, place INTEGER NOT NULL,
        label_id INTEGER NOT NULL REFERENCES label, confidence INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('accepted', 'manual', 'rejected')),
        PRIMARY KEY (review_id, place)) WITHOUT ROWID""",
    "CREATE INDEX verdict_label ON verdict (label_id)",
    # How many are reviewed of a source, without looking at any of them.
    "CREATE INDEX picture_reviewed ON picture (source_id, reviewed_ms) WHERE reviewed_ms NOTNULL",
)


def migrate(db: Database) -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        db.execute(statement)
