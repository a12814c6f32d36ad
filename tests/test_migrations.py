"""The schema after each migration, what it carries over, and a power cut in the middle of one."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from makers import tagged
from sqlite_utils import Database

from device import ids
from device.search_query import parse
from device.store.database import open_writer
from device.store.migrations import migrations
from device.store.reader import Reader
from device.store.writer import Store

TABLES = {
    "source": "id name enabled configured",
    "picture": "id uid source_id name taken_ms tagged_ms reviewed_ms width height format size"
    " sha256 kept seq tags boxes near version",
    "tag": "id name count",
    "label": "id tag_id role kind tagger model parents zones",
    "refusal": "id source_id name sha256 reason refused_ms",
    "file": "source_id path device inode size mtime_ns",
    "event": "seq id type picture_id device_id synced body",
    "device": "id name",
    "counter": "name value",
    "leap": "first last",
    "person": "id name",
    "review": "id uid picture_id person_id key asked made_ms undone_ms judgements tags boxes"
    " reviewed_ms",
    "verdict": "review_id place label_id confidence state",
    "uid_index": "ms picture_id",
    "tag_day": "day tag_id count",
    "source_day": "day source_id count",
    "sink": "name cursor",
    "erasure": "id uid kind wanted asked_by asked_ms upto step place pictures visits bytes done_ms",
    "erased": "hash",
    "erased_key": "key",
    "erasing_label": "label_id",
    "erasing_file": "source_id name size",
    "asset": "id uid picture_id folder name description metadata extensions tags private published"
    " coordinates made_ms updated_ms made_by asked",
    "asset_call": "id uid asset_id url service status made_ms",
    "visit": "id uid source_id tag kind started_ms seen_ms ended_ms duration_ms confidence best_id"
    " box zones actions path interrupted",
}


def names(path: Path, kind: str) -> set[str]:
    db = sqlite3.connect(path)
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,)).fetchall()
    db.close()
    return {n for (n,) in rows if not n.startswith(("sqlite_", "_sqlite", "picture_index"))}


def test_all_of_them(tmp_path: Path) -> None:
    db = open_writer(tmp_path)
    for table, columns in TABLES.items():
        found = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        assert found == columns.split(), table
    applied = db.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall()
    done = "first alternatives visits source_enabled compact reviews erase assets"
    made = [f"m{number:03}_{name}" for number, name in enumerate(done.split(), 1)]
    assert [name for _, name in applied] == made
    assert not db.in_transaction
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    db.close()
    assert set(TABLES) <= names(tmp_path / "tagd.db", "table")
    assert {"picture_content", "refusal_content"} <= names(tmp_path / "tagd.db", "index")


def golden(folder: Path) -> list[str]:
    """A database as 0.1.0 left it, with everything that it could hold; the ids in it."""
    folder.mkdir(exist_ok=True)
    db = sqlite3.connect(folder / "tagd.db", isolation_level=None)
    migrations.apply(
        Database(db), stop_before=["m003_visits", "m004_source_enabled", "m005_compact"]
    )
    uids = [ids.new_id() for _ in range(3)]
    for name in ("inbox", "gate"):
        db.execute("INSERT INTO source (name) VALUES (?)", (name,))
    for number, name in enumerate(("cat", "animal", "street"), 1):
        db.execute("INSERT INTO tag VALUES (?, ?, ?)", (number, name, 2))
    cat = {
        "name": "cat",
        "confidence": 0.8213,
        "kind": "object",
        "tagger": "objects",
        "model": "ssd@1",
        "parents": ["animal"],
        "state": "proposed",
        "box": {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4},
    }
    street = {**cat, "name": "street", "kind": "scene", "parents": [], "box": None}
    near = [{"name": "dog", "confidence": 0.41, "tagger": "objects"}]
    for number, tags in enumerate(([street, cat], [cat], []), 1):
        db.execute(
            "INSERT INTO picture VALUES (?, ?, ?, ?, 1000, 2000, 64, 48, 'JPEG', 99, ?, ?, ?, ?)",
            (
                *(number, uids[number - 1], 1 + number % 2, "a.jpg", bytes([number]) * 32),
                *("thumbnail", json.dumps(tags), json.dumps(near)),
            ),
        )
        for tag, confidence in ((1, 821), (2, 900), (3, 821))[: len(tags) + bool(tags)]:
            db.execute("INSERT INTO picture_tag VALUES (?, ?, ?)", (tag, number, confidence))
        body = json.dumps({"id": "01E", "told": number})
        db.execute("INSERT INTO event VALUES (?, '01E', 'picture', ?, ?)", (number, number, body))
    db.execute("INSERT INTO file VALUES (1, x'61', 1, 2, 3, 4)")
    db.execute("INSERT INTO refusal VALUES (1, 1, 'b.jpg', NULL, 'no picture', 5)")
    db.execute("INSERT INTO sink VALUES ('mqtt', 2)")
    db.execute("DELETE FROM event WHERE seq = 3")  # told and gone; 3 never comes again
    db.close()
    return uids


def test_all_that_the_first_release_held_is_carried_over(tmp_path: Path) -> None:
    uids = golden(tmp_path)
    store, reader = Store(tmp_path, "d"), Reader(tmp_path)
    pictures = reader.find(parse(""))
    assert [picture.id for picture in pictures] == uids[::-1]
    assert [[tag.name for tag in picture.tags] for picture in pictures] == [
        [],
        ["cat"],
        ["street", "cat"],
    ]
    cat = pictures[1].tags[0]
    assert (cat.confidence, cat.model, cat.parents) == (0.821, "ssd@1", ("animal",))
    assert cat.box is not None
    assert (cat.box.x, cat.box.height) == (0.1, 0.4)
    shown = json.loads(reader.picture(uids[0]) or "")
    assert shown["alternatives"] == [{"name": "dog", "confidence": 0.41, "tagger": "objects"}]
    assert shown["sha256"] == "01" * 32
    assert dict(reader.tags()) == {"cat": 2, "animal": 2, "street": 1}
    assert len(reader.find(parse("animal confidence>=0.9 -street"))) == 1
    assert len(reader.find(parse("animal kind=object tagger=objects source:gate"))) == 1
    told = [(e.seq, e.id, json.loads(e.body)["told"]) for e in reader.events_after(0, 9)]
    assert told == [(1, "01E", 1), (2, "01E", 2)]
    assert reader.cursor("mqtt") == 2
    assert reader.totals()["refused"] == 1
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert store.db.execute("SELECT count(*) FROM file").fetchone() == (1,)
    store.commit([tagged("new", "cat")], {})
    assert store.seq == 4
    assert dict(reader.tags())["cat"] == 3
    reader.close()
    store.close()


def test_visits_and_switches_are_carried_over(tmp_path: Path) -> None:
    """A database that had visits, and pictures without an event of their own."""
    uids = golden(tmp_path)
    db = sqlite3.connect(tmp_path / "tagd.db", isolation_level=None)
    migrations.apply(Database(db), stop_before="m005_compact")
    db.execute("UPDATE source SET enabled = 0, configured = 1 WHERE name = 'gate'")
    [(tags,)] = db.execute("SELECT tags FROM picture WHERE id = 2")
    [cat] = json.loads(tags)
    db.execute(
        "UPDATE picture SET tags = ? WHERE id = 2", (json.dumps([{**cat, "zones": ["drive"]}]),)
    )
    for number, (ended, best) in enumerate(((9000, 1), (None, 2), (9000, None)), 1):
        db.execute(
            "INSERT INTO visit VALUES (?, ?, 2, 'cat', 'object', 1000, 8000, ?, 7000, 821, ?,"
            " 'null', '[\"drive\"]', '[]', '[[0.5,0.5]]', 0)",
            (number, f"visit {number}", ended, best),
        )
    told = '{"told":"visit_start"}'
    db.execute("INSERT INTO event VALUES (4, '01V', 'visit_start', NULL, ?)", (told.encode(),))
    db.close()
    store, reader = Store(tmp_path, "d"), Reader(tmp_path)
    shown = [json.loads(text) for text in reader.visits()[0]]
    assert [one["picture"] and one["picture"]["id"] for one in shown] == [None, uids[1], uids[0]]
    assert shown[1]["interrupted"], "it was open: it ends with the last run"
    assert shown[1]["zones"] == ["drive"]
    assert reader.find(parse("cat"))[0].tags[0].zones == ("drive",)
    events = reader.events_after(2, 9)
    assert [(e.seq, e.type) for e in events] == [(4, "visit_start"), (5, "visit_end")]
    assert events[0].body == told.encode()
    assert store.enabled_sources({"gate": True}) == {"gate": False}
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    store.forget([1, 2])
    assert not any(json.loads(text)["picture"] for text in reader.visits()[0])
    reader.close()
    store.close()


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

    def __getattr__(self, name):
        return getattr(self.db, name)

    def execute(self, statement, *values):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return self.db.execute(statement, *values)

for migration in migrations.pending(database.Database(memory=True)):
    if migration.name == sys.argv[2]:
        work = migration.fn
        migration.fn = lambda db: work(Dying(db, int(sys.argv[3])))
database.open_writer(Path(sys.argv[1]))
"""


def dies(folder: Path, migration: str, statements: int) -> None:
    call = [sys.executable, "-c", DYING, str(folder), migration, str(statements)]
    root = Path(__file__).parents[1]
    assert subprocess.run(call, cwd=root, timeout=30).returncode == -signal.SIGKILL


@pytest.mark.parametrize("statements", [0, 1, 7])
def test_killed_in_the_middle_it_is_not_half_there(tmp_path: Path, statements: int) -> None:
    dies(tmp_path, "m001_first", statements)
    assert names(tmp_path / "tagd.db", "table") == set()
    open_writer(tmp_path).close()
    assert set(TABLES) <= names(tmp_path / "tagd.db", "table")


@pytest.mark.parametrize("statements", [3, 12, 16, 20, 24])
def test_killed_while_it_carries_over_nothing_is_lost(tmp_path: Path, statements: int) -> None:
    uids = golden(tmp_path)
    dies(tmp_path, "m005_compact", statements)
    assert "picture_tag" in names(tmp_path / "tagd.db", "table")
    Store(tmp_path, "d").close()
    reader = Reader(tmp_path)
    assert [picture.id for picture in reader.find(parse(""))] == uids[::-1]
    reader.close()
