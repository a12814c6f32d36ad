"""A store whose files were hurt: it opens all the same, says what it did, and repeats no number."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from daemon_rig import Daemon, jpeg, wait_until
from makers import tagged
from test_store_visits import change, ended, kept, visit

from device.errors import StoreNewer
from device.search_query import Query
from device.store import copies, mark
from device.store.reader import Reader
from device.store.writer import Store

PAGE = 4096


def killed(folder: Path, pictures: int = 300, *, backup_at: int | None = None) -> list[str]:
    """A data folder as a crash left it: nothing folded back; the ids of its pictures."""
    store = Store(folder / "run", "d")
    store.add_sink("mqtt")
    known = []
    for number in range(pictures):
        if number == backup_at:
            copies.keep(folder / "run", store.seq, 7)
        item = tagged(f"{number}", "car", f"tag {number % 7}", thumbnail=None)
        one = ended(visit(best_picture=item.frame_id))
        store.commit([item, change(one, None)], {"mqtt": number // 2})
        known.append(item.frame_id)
    shutil.copytree(folder / "run", folder / "data")
    store.close()
    return known


def look(folder: Path) -> tuple[Store, list[str], dict[int, str], str]:
    """The store, the pictures found, the events by number, and what was told."""
    store = Store(folder / "data", "d")
    reader = Reader(folder / "data")
    try:
        pictures = [p.id for p in reader.find(Query(), 10_000)]
        events = {e.seq: e.id for e in reader.events_after(0, 10_000)}
        told = [e for e in reader.events_after(0, 10_000) if e.type == "health"]
    finally:
        reader.close()
    detail = json.loads(told[-1].body)["health"]["detail"] if told else ""
    return store, pictures, events, detail


def test_a_crash_leaves_nothing_to_repair(tmp_path: Path) -> None:
    known = killed(tmp_path)
    store, pictures, events, told = look(tmp_path)
    assert store.notice is None
    assert (sorted(pictures), told) == (sorted(known), "")
    store.commit([tagged()], {})
    assert (store.seq, max(events)) == (301, 300)
    store.close()
    assert mark.last_run(tmp_path / "data").clean
    assert not (tmp_path / "data/quarantine").exists()


def folded_back(folder: Path) -> Path:
    """All in the one file, as if the crash had come later."""
    path = folder / "data/tagd.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


@pytest.mark.parametrize("chance", range(12))
def test_a_page_of_zeros(tmp_path: Path, chance: int) -> None:
    known = killed(tmp_path, backup_at=200)
    path = folded_back(tmp_path)
    pages = path.stat().st_size // PAGE
    page = random.Random(chance).randrange(pages)
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        hurt = file.read(PAGE)
        file.seek(page * PAGE)
        file.write(bytes(PAGE))
    store, pictures, events, told = look(tmp_path)
    assert set(pictures) <= set(known)
    if not any(hurt):  # a free page
        assert len(pictures) == len(known)
        assert store.notice is None
    elif store.notice is None:  # a page of the search index, which is not looked through here
        assert sorted(pictures) == sorted(known)
    else:
        assert told == store.notice
        assert "damaged" in told
        assert "quarantine/1" in told
        assert len(pictures) >= 200 - 2 * 16, told
        assert (tmp_path / "data/quarantine/1/tagd.db").stat().st_size == pages * PAGE
        # What was told before keeps its number, and no number comes again.
        assert max(events) > 300
        for seq, uid in events.items():
            assert seq > 300 or uid == known[seq - 1]
    store.commit([tagged("new", "car")], {})
    reader = Reader(tmp_path / "data")
    assert len(kept(reader, limit=1000)) >= 200 - 2 * 16
    reader.close()
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_log_was_deleted(tmp_path: Path) -> None:
    killed(tmp_path)
    (tmp_path / "data/tagd.db-wal").unlink()
    store, _, events, told = look(tmp_path)
    assert told == store.notice
    assert min(seq for seq in events if seq > 300) > 300
    assert store.seq > 300
    store.close()


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_the_log_was_cut_short(tmp_path: Path, part: float) -> None:
    known = killed(tmp_path, 80)
    log = tmp_path / "data/tagd.db-wal"
    os.truncate(log, int(log.stat().st_size * part))
    store, pictures, events, told = look(tmp_path)
    assert len(pictures) < 80
    assert "lacks its newest events" in told
    assert f"to {80} or more" in told
    assert all(uid == known[seq - 1] for seq, uid in events.items() if seq <= 80)
    assert min(seq for seq in events if seq > len(pictures)) > 80
    store.close()


def test_an_empty_file(tmp_path: Path) -> None:
    killed(tmp_path, backup_at=200)
    (tmp_path / "data/tagd.db").write_bytes(b"")
    store, pictures, events, told = look(tmp_path)
    assert len(pictures) == 200
    assert "it is empty" in told
    assert "the backup tagd-000000000200.db with 200 pictures" in told
    assert set(events) == {*range(1, 201), store.seq}
    assert store.seq > 300
    store.close()


def test_gone_without_a_backup(tmp_path: Path) -> None:
    killed(tmp_path)
    for path in (tmp_path / "data").glob("tagd.db*"):
        path.unlink()
    store, pictures, _, told = look(tmp_path)
    assert pictures == []
    assert "it is gone" in told
    assert "begins anew" in told
    assert store.seq > 300
    store.close()


def test_another_programs_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "data/tagd.db")) as db:
        db.execute("CREATE TABLE recipe (name TEXT)")
        db.execute("INSERT INTO recipe VALUES ('soup')")
        db.commit()
    store, pictures, _, told = look(tmp_path)
    assert pictures == []
    assert "another program's" in told
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "data/quarantine/1/tagd.db")) as db:
        assert db.execute("SELECT name FROM recipe").fetchall() == [("soup",)]


def test_marks_that_are_lost_or_torn(tmp_path: Path) -> None:
    killed(tmp_path, 50)
    (tmp_path / "data/tagd.run").write_bytes(b"\0" * 160)
    store, pictures, _, _ = look(tmp_path)
    assert len(pictures) == 50
    assert 50 < store.seq <= 50 + 2 * mark.BLOCK  # as after a power cut
    store.close()


def test_a_power_cut_leaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(tmp_path, 50)
    monkeypatch.setattr(mark, "_BOOT", tmp_path / "boot")
    (tmp_path / "boot").write_text("0-1")
    store, pictures, _, told = look(tmp_path)
    assert (len(pictures), told, store.notice) == (50, "", None)
    assert store.seq == 1 + mark.BLOCK  # reserved with the first event
    store.close()
    (tmp_path / "boot").write_text("0-2")
    store = Store(tmp_path / "data", "d")
    assert store.seq == 1 + mark.BLOCK  # it had ended in order
    store.close()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path, "d").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "tagd.db")) as db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999_future' WHERE name = 'm001_first'")
        db.commit()
    before = (tmp_path / "tagd.db").read_bytes()
    with pytest.raises(StoreNewer, match=r"newer tagd \(it has m999_future, this one ends at m0"):
        Store(tmp_path, "d")
    assert (tmp_path / "tagd.db").read_bytes() == before
    assert not (tmp_path / "quarantine").exists()


@pytest.mark.timeout(120)
def test_damage_while_the_daemon_runs(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    daemon.start()
    for number in range(30):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
    wait_until(lambda: daemon.count("picture") == 30, 30, daemon.said)
    assert daemon.stop() == 0
    daemon.start()
    (daemon.inbox / "first.jpg").write_bytes(jpeg(100))
    wait_until(lambda: daemon.count("picture") == 31, 30, daemon.said)
    path = daemon.data / "tagd.db"
    with path.open("r+b") as file:  # every page but the first
        file.seek(PAGE)
        file.write(os.urandom(path.stat().st_size - PAGE))
    for number in range(200, 230):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
        time.sleep(0.05)
    wait_until(lambda: "the database was damaged" in daemon.said(), 40, daemon.said)
    (daemon.inbox / "last.jpg").write_bytes(jpeg(300))
    wait_until(
        lambda: daemon.rows("SELECT 1 FROM picture WHERE name = 'last.jpg'"), 40, daemon.said
    )
    assert daemon.rows("PRAGMA integrity_check") == [("ok",)]
    numbers = [seq for (seq,) in daemon.rows("SELECT seq FROM event ORDER BY seq")]
    assert numbers[-1] > 61
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.said()
