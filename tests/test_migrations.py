"""The schema after each migration, and a power cut in the middle of one."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from device.store.database import open_writer
from device.store.migrations import migrations

TABLES = {
    "source": "id name enabled configured",
    "picture": "id uid source_id name taken_ms tagged_ms width height format size sha256 kept tags"
    " alternatives",
    "tag": "id name count",
    "picture_tag": "tag_id picture_id confidence",
    "refusal": "id source_id name sha256 reason refused_ms",
    "file": "source_id path device inode size mtime_ns",
    "event": "seq id type picture_id body",
    "sink": "name cursor",
    "visit": "id uid source_id tag kind started_ms seen_ms ended_ms duration_ms confidence best_id"
    " box zones actions path interrupted",
}


def names(path: Path, kind: str) -> set[str]:
    db = sqlite3.connect(path)
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,)).fetchall()
    db.close()
    return {name for (name,) in rows if not name.startswith(("sqlite_", "_sqlite"))}


def test_all_of_them(tmp_path: Path) -> None:
    db = open_writer(tmp_path)
    for table, columns in TABLES.items():
        found = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        assert found == columns.split(), table
    applied = db.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall()
    done = ("m001_first", "m002_alternatives", "m003_visits", "m004_source_enabled")
    assert applied == [("tagd", name) for name in done]
    assert not db.in_transaction
    db.close()
    assert names(tmp_path / "tagd.db", "table") == set(TABLES)
    indices = names(tmp_path / "tagd.db", "index")
    assert {"picture_content", "refusal_content"} <= indices


def test_the_second_keeps_what_the_first_held(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "tagd.db", isolation_level=None)
    migrations.apply(Database(db), stop_before="m002_alternatives")
    db.execute("INSERT INTO source (name) VALUES ('inbox')")
    db.execute(
        "INSERT INTO picture (uid, source_id, taken_ms, tagged_ms, width, height, format, size,"
        " kept, tags) VALUES ('01J', 1, 1, 1, 4, 3, 'JPEG', 9, 'none', '[]')"
    )
    db.close()
    db = open_writer(tmp_path)
    assert db.execute("SELECT uid, alternatives FROM picture").fetchall() == [("01J", "[]")]
    db.close()


def test_it_runs_once(tmp_path: Path) -> None:
    for _ in range(2):
        db = open_writer(tmp_path)
        db.execute("INSERT OR IGNORE INTO source (name) VALUES ('inbox')")
        assert db.execute("SELECT count(*) FROM source").fetchone() == (1,)
        db.close()


DYING = """
import os, signal, sys
from pathlib import Path
from device.store import database
from device.store.migrations import migrations

class Dying:
    def __init__(self, db, left):
        self.db, self.left = db, left

    def execute(self, statement):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return self.db.execute(statement)

first, *_ = migrations.pending(database.Database(memory=True))
work = first.fn
first.fn = lambda db: work(Dying(db, int(sys.argv[2])))
database.open_writer(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("statements", [0, 1, 7])
def test_killed_in_the_middle_it_is_not_half_there(tmp_path: Path, statements: int) -> None:
    root = Path(__file__).parents[1]
    call = [sys.executable, "-c", DYING, str(tmp_path), str(statements)]
    assert subprocess.run(call, cwd=root, timeout=30).returncode == -signal.SIGKILL
    assert names(tmp_path / "tagd.db", "table") == set()
    open_writer(tmp_path).close()
    assert names(tmp_path / "tagd.db", "table") == set(TABLES)
