"""What was salvaged, made whole: words that are lost come from a backup, and halves go."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

_DICTIONARIES = ("source", "device", "person")
"""Their rows are never changed or taken away: those of a backup are right for ever."""

_CACHE_COUNTERS = "('folded', 'index_version')"
_TAGS = re.compile(r"(?:[,;][0-9]{1,9}:[1-8][0-9]{3})*")
_LABEL = re.compile(r"[,;]([0-9]+):")
_LABEL_OF_BACKUP = "INSERT OR IGNORE INTO label SELECT * FROM backup.label WHERE id = ?"
_TAGS_OF_BACKUP = (
    "INSERT OR IGNORE INTO tag SELECT * FROM backup.tag WHERE id IN (SELECT tag_id FROM label)"
)


def fill_in(made: sqlite3.Connection, backup: Path, tables: Sequence[str]) -> None:
    """Words that were lost; a backup of an older schema may not have them all."""
    made.execute("ATTACH ? AS backup", (str(backup),))
    try:
        # A label that nothing names may have been erased since.
        for name in _DICTIONARIES if "label" in tables else (*_DICTIONARIES, "tag"):
            if name in tables:
                with contextlib.suppress(sqlite3.OperationalError):
                    made.execute(f"INSERT OR IGNORE INTO {name} SELECT * FROM backup.{name}")
        with contextlib.suppress(sqlite3.OperationalError):
            known = {number for (number,) in made.execute("SELECT id FROM backup.label")}
            numbers = ((number,) for number in sorted(known & _named(made)))
            made.executemany(_LABEL_OF_BACKUP, numbers)
            made.execute(_TAGS_OF_BACKUP)
    finally:
        made.execute("DETACH backup")


def _named(made: sqlite3.Connection) -> set[int]:
    """The labels that pictures and verdicts name."""
    texts = made.execute("SELECT tags || near FROM picture")
    found = {int(number) for (text,) in texts for number in _LABEL.findall(str(text))}
    return found | {number for (number,) in made.execute("SELECT label_id FROM verdict")}


def forget_nameless(made: sqlite3.Connection) -> None:
    """Away with what has tags that cannot be read any more, or names a label that is lost.

    Of a review these are what its undoing brings back.
    """
    for table, sql in (
        ("picture", "SELECT id, tags || near FROM picture ORDER BY id"),
        ("review", "SELECT id, tags FROM review WHERE undone_ms IS NULL"),
    ):
        with contextlib.suppress(sqlite3.OperationalError):  # an older schema has others
            labels = {number for (number,) in made.execute("SELECT id FROM label")}
            gone = []
            for number, text in made.execute(sql):
                said = str(text)
                if not _TAGS.fullmatch(said) or not labels.issuperset(
                    map(int, _LABEL.findall(said))
                ):
                    gone.append((number,))
            made.executemany(f"DELETE FROM {table} WHERE id = ?", gone)


def forget_halves(made: sqlite3.Connection) -> None:
    """Rows that speak of what is lost would break whoever reads them."""
    for statement in (
        f"DELETE FROM counter WHERE name IN {_CACHE_COUNTERS}",
        "DELETE FROM label WHERE tag_id NOT IN (SELECT id FROM tag)",
        (
            "DELETE FROM picture WHERE source_id NOT IN (SELECT id FROM source)"
            " OR typeof(uid) <> 'blob' OR length(uid) <> 16"
        ),
        "DELETE FROM event WHERE device_id NOT IN (SELECT id FROM device)",
        (
            "DELETE FROM visit WHERE source_id NOT IN (SELECT id FROM source)"
            " OR NOT (json_valid(box) AND json_valid(zones) AND json_valid(actions)"
            " AND json_valid(path))"
        ),
        (
            "UPDATE visit SET best_id = NULL WHERE best_id NOTNULL"
            " AND best_id NOT IN (SELECT id FROM picture)"
        ),
        (
            "DELETE FROM event WHERE body IS NULL AND type <> 'erased' AND"
            " (picture_id IS NULL OR picture_id NOT IN (SELECT id FROM picture))"
        ),
        (
            "DELETE FROM review WHERE picture_id NOT IN (SELECT id FROM picture)"
            " OR person_id NOT IN (SELECT id FROM person) OR length(uid) <> 16"
            " OR NOT json_valid(judgements)"
        ),
        (
            "DELETE FROM verdict WHERE review_id NOT IN (SELECT id FROM review)"
            " OR label_id NOT IN (SELECT id FROM label)"
        ),
        (
            "DELETE FROM asset WHERE picture_id NOT IN (SELECT id FROM picture)"
            " OR NOT (json_valid(metadata) AND json_valid(extensions) AND json_valid(tags))"
        ),
        "DELETE FROM asset_call WHERE asset_id NOT IN (SELECT id FROM asset)",
        (
            "UPDATE event SET picture_id = NULL WHERE body NOT NULL AND picture_id NOTNULL"
            " AND picture_id NOT IN (SELECT id FROM picture)"
        ),
    ):
        with contextlib.suppress(sqlite3.OperationalError):  # of another version of the schema
            made.execute(statement)
