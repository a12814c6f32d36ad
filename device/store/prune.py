"""What goes beside pictures: events that were told, visits, refusals, rows of the ledger.

And free pages. In the write thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from device.store import ledger, retention
from device.store.database import sqlite_errors, transaction


def events(db: sqlite3.Connection, path: Path, before_ms: int, delivered: int) -> int:
    """Forget a slice of the oldest events that were made before then and delivered; how many."""
    with transaction(db, path):
        upto = retention.old_events(db, before_ms, delivered)
        return db.execute("DELETE FROM event WHERE seq <= ?", (upto,)).rowcount


def visits(db: sqlite3.Connection, path: Path, numbers: Sequence[int]) -> None:
    """Forget these visits; what was told of them is told."""
    with transaction(db, path):
        db.executemany("DELETE FROM visit WHERE id = ?", ((number,) for number in numbers))


def refusals(db: sqlite3.Connection, path: Path, before_ms: int) -> int:
    """Forget a slice of the refusals from before then; how many."""
    sql = "DELETE FROM refusal WHERE id IN (SELECT id FROM refusal WHERE refused_ms < ? LIMIT ?)"
    with transaction(db, path):
        return db.execute(sql, (before_ms, retention.SLICE)).rowcount


def files(db: sqlite3.Connection, path: Path, gone: Sequence[ledger.Row]) -> None:
    """Forget files that are not there any more, unless another came in their place meanwhile."""
    with transaction(db, path):
        db.executemany(
            "DELETE FROM file WHERE source_id = ? AND path = ? AND device = ? AND inode = ?"
            " AND size = ? AND mtime_ns = ?",
            gone,
        )


def free_pages(db: sqlite3.Connection, path: Path) -> int:
    """Pages of the database file that nothing is in; 0 in a file that cannot shrink."""
    with sqlite_errors(path):
        [(mode,)] = db.execute("PRAGMA auto_vacuum")
        [(pages,)] = db.execute("PRAGMA freelist_count")
    return int(pages) if mode else 0


def shrink(db: sqlite3.Connection, path: Path, pages: int) -> None:
    """Give free pages back to the disk."""
    with sqlite_errors(path):
        db.executescript(f"PRAGMA incremental_vacuum({pages})")  # `execute` stops after the first
