"""What a drop-in media library knows of a file beside its picture: a place, a name, own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_STATEMENTS = (
    # Several assets may be of one picture: the same bytes under several names. `asked` recognises
    # the same upload sent again; `metadata`, `extensions` and `tags` are JSON.
    """CREATE TABLE asset (
        id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
        picture_id INTEGER NOT NULL REFERENCES picture ON DELETE CASCADE,
        folder TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
        metadata TEXT NOT NULL, extensions TEXT NOT NULL, tags TEXT NOT NULL,
        private INTEGER NOT NULL, published INTEGER NOT NULL, coordinates TEXT,
        made_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, made_by TEXT NOT NULL,
        asked BLOB, UNIQUE (folder, name))""",
    "CREATE INDEX asset_picture ON asset (picture_id)",
    # A page in one of these orders is read from its place on, and not sorted.
    "CREATE INDEX asset_made ON asset (made_ms)",
    "CREATE INDEX asset_updated ON asset (updated_ms)",
    "CREATE INDEX asset_name ON asset (name)",
    "CREATE INDEX asset_folder ON asset (folder, made_ms)",
    # What somebody wants to be called about; what is said is made when it is sent.
    """CREATE TABLE asset_call (
        id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
        asset_id INTEGER NOT NULL REFERENCES asset ON DELETE CASCADE,
        url TEXT NOT NULL, service TEXT NOT NULL, status TEXT NOT NULL,
        made_ms INTEGER NOT NULL)""",
    "CREATE INDEX asset_call_asset ON asset_call (asset_id)",
)


def migrate(db: Database) -> None:
    """New tables; nothing that is there changes."""
    for statement in _STATEMENTS:
        db.execute(statement)
