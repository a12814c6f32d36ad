"""The compact schema: tags inside the picture's row, events told from it, an index of tokens.

At a million pictures with eight tags each a row a tag took 89 MB of writing for 1,000 events;
docs/store.md has the figures. Everything that is there is carried over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from device import ids, wire
from device.store import index, packed, pictures
from device.store.labels import Label, LabelWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

_TABLES = (
    # 0 and 1 cost no byte in a row, so the device's name is a number there.
    "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE label (
        id INTEGER PRIMARY KEY, tag_id INTEGER NOT NULL REFERENCES tag,
        role TEXT NOT NULL CHECK (role IN ('said', 'implied', 'near')), kind TEXT NOT NULL,
        tagger TEXT NOT NULL, model TEXT NOT NULL, parents TEXT NOT NULL, zones TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX label_whole ON label (tag_id, role, kind, tagger, model, parents, zones)",
    # No index on uid: two more pages at every commit; `uid_index` is filled when rows are folded.
    """CREATE TABLE picture_new (
        id INTEGER PRIMARY KEY, uid BLOB NOT NULL,
        source_id INTEGER NOT NULL REFERENCES source, name TEXT,
        taken_ms INTEGER NOT NULL, tagged_ms INTEGER NOT NULL, reviewed_ms INTEGER,
        width INTEGER NOT NULL, height INTEGER NOT NULL,
        format TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB,
        kept TEXT NOT NULL CHECK (kept IN ('none', 'thumbnail', 'full')),
        seq INTEGER, tags TEXT NOT NULL, boxes BLOB, near TEXT NOT NULL DEFAULT '')""",
    # A picture's own event has neither id nor body: both are told from the picture's row.
    # No AUTOINCREMENT: it writes a further page at every commit; the trigger does its work. No
    # reference either: each picture that goes would look for its events in all of them.
    """CREATE TABLE event_new (
        seq INTEGER PRIMARY KEY, id TEXT, type TEXT NOT NULL, picture_id INTEGER,
        device_id INTEGER NOT NULL REFERENCES device, synced INTEGER NOT NULL, body BLOB)""",
    # Numbers that no event has: after a power cut seq goes on beyond all that were reserved.
    "CREATE TABLE leap (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)",
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE review (
        id INTEGER PRIMARY KEY, picture_id INTEGER NOT NULL REFERENCES picture,
        label_id INTEGER NOT NULL REFERENCES label, person_id INTEGER REFERENCES person,
        verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'add', 'rename')),
        made_ms INTEGER NOT NULL)""",
    "CREATE INDEX review_picture ON review (picture_id)",
)
_LAST = (
    "DROP TABLE picture_tag",
    "DROP TABLE picture",
    "ALTER TABLE picture_new RENAME TO picture",
    "DROP TABLE event",
    "ALTER TABLE event_new RENAME TO event",
    # One picture a content and source; live cameras have no content hash.
    "CREATE UNIQUE INDEX picture_content ON picture (source_id, sha256) WHERE sha256 NOTNULL",
    # A picture knows the seq of its own event; this finds the others that speak of it.
    "CREATE INDEX event_picture ON event (picture_id) WHERE type <> 'picture'",
    # A seq never comes again, also when the newest events are gone.
    """CREATE TRIGGER event_seq AFTER DELETE ON event
        WHEN old.seq > (SELECT coalesce(max(seq), 0) FROM event)
        BEGIN UPDATE counter SET value = max(value, old.seq) WHERE name = 'seq'; END""",
)


def migrate(db: Database) -> None:
    """Carry everything over. The index is left behind, to be made from the rows."""
    for statement in _TABLES:
        db.execute(statement)
    [(seq,)] = db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'")
    for name, value in (("seq", seq), ("generation", 0)):
        db.execute("INSERT INTO counter VALUES (?, ?)", (name, value))
    db.execute("CREATE INDEX event_old ON event (picture_id)")
    _pictures(db)
    # Told already, maybe not to everybody: those keep the bytes that they had.
    db.execute("INSERT OR IGNORE INTO device VALUES (1, '')")
    db.execute("INSERT INTO event_new SELECT seq, id, type, picture_id, 1, 1, body FROM event")
    for statement in _LAST:
        db.execute(statement)
    index.clear(db.conn)


def _pictures(db: Database) -> None:
    labels = LabelWriter(db.conn)
    rows = db.execute(
        "SELECT id, uid, source_id, name, taken_ms, tagged_ms, NULL, width, height, format, size,"
        " sha256, kept, (SELECT max(seq) FROM event WHERE picture_id = picture.id AND"
        " type = 'picture'), tags, alternatives FROM picture ORDER BY id"
    )
    insert = f"INSERT INTO picture_new VALUES ({','.join('?' * 17)})"
    for row in rows:
        tags = wire.tags_from_json(row[14])
        words = db.execute(
            "SELECT name, confidence / 1000.0 FROM picture_tag JOIN tag ON tag.id = tag_id"
            " WHERE picture_id = ?",
            (row[0],),
        )
        near = [
            packed.mention(
                labels.number(Label(one["name"], "near", tagger=one["tagger"])), one["confidence"]
            )
            for one in json.loads(row[15])
        ]
        db.execute(
            insert,
            (
                row[0],
                ids.to_bytes(row[1]),
                *row[2:14],
                packed.pack(pictures.mentions(tags, tuple(words), labels)),
                packed.pack_boxes(tag.box for tag in tags),
                packed.pack(near),
            ),
        )
