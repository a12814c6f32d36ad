"""A disk that fills up, at every write; how much is written to it; and the store's slow work."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from folder_rig import in_child, needs_root, own_mounts
from makers import key, tagged

from device.errors import StoreFull
from device.search_query import Query
from device.store import chores, room, wear
from device.store.chores import Chores
from device.store.reader import Reader
from device.store.retention import Rules
from device.store.upkeep import Upkeep
from device.store.writer import Store
from device.workers import Worker, join_all


def mounted(folder: Path, options: str) -> bool:
    """A small file system, seen by this process alone."""
    folder.mkdir(exist_ok=True)
    if not own_mounts() or subprocess.run(["mount", "--make-rprivate", "/"]).returncode:
        return False
    return not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    ).returncode


def fill(path: Path, leave: int = 0) -> None:
    """To the last byte, but for `leave` pages."""
    found = os.statvfs(path.parent)
    path.write_bytes(bytes(found.f_frsize * max(0, found.f_bavail - leave)))


@needs_root
@pytest.mark.timeout(120)
def test_full_at_every_write(tmp_path: Path) -> None:
    """With 0, 1, 2 ... pages left the disk is full at another write each time."""

    def run() -> str | list[int]:
        if not mounted(tmp_path / "d", "size=8m"):
            return "mounting is not allowed here"
        data, ballast = tmp_path / "d/data", tmp_path / "d/ballast"
        store = Store(data, "d")
        reader = Reader(data)
        refused, known = 0, 0
        for leave in range(40):
            fill(ballast, leave)
            items = [tagged(None, "car", f"tag {leave}", original=b"y" * 9000) for _ in range(3)]
            try:
                store.commit(items, {})
                known += 3
            except StoreFull:
                refused += 1
                if store.seq != known:
                    return f"{leave}: seq is {store.seq}, not {known}"
            ballast.unlink()
            if list(data.rglob("*.part")):
                return f"{leave}: half a file is left"
            store.commit([tagged(None, "car")], {})
            known += 1
            pictures = reader.find(Query(), 1000)
            there = {path.stem for path in data.rglob("*.jpg")}
            if {p.id for p in pictures if p.has_image} != there:
                return f"{leave}: rows and files differ"
            if store.seq != known or len(pictures) != known:
                return f"{leave}: {store.seq} events and {len(pictures)} pictures of {known}"
        reader.close()
        store.close()
        store = Store(data, "d")
        store.close()
        return [refused, known] if store.notice is None else store.notice

    answer = in_child(run)
    if isinstance(answer, str) and "not allowed" in answer:
        pytest.skip(answer)
    assert isinstance(answer, list), answer
    assert answer[0] >= 3


@needs_root
def test_the_reserve_keeps_events_going_and_is_held_again(tmp_path: Path) -> None:
    def run() -> list[object] | None:
        if not mounted(tmp_path / "d", "size=32m"):
            return None
        data, ballast = tmp_path / "d/data", tmp_path / "d/ballast"
        store = Store(data, "d")
        upkeep = Upkeep(store, Rules())
        upkeep()
        held = (data / room.RESERVE).stat().st_size
        fill(ballast)
        told = 0
        try:
            for _ in range(10_000):
                store.commit([tagged(None, "car")], {})
                told += 1
        except StoreFull:
            pass
        level = store.room.level
        ballast.unlink()
        store.room._again_at = 0
        upkeep()
        store.commit([tagged(None, "car")], {})
        again = (data / room.RESERVE).exists()
        kept = [k for (k,) in store.db.execute("SELECT DISTINCT kept FROM picture ORDER BY kept")]
        store.close()
        return [held, told, level, store.room.level, again, kept]

    answer = in_child(run)
    if answer is None:
        pytest.skip("mounting is not allowed here")
    held, told, *rest = answer
    assert held == 32 * 1024**2 // 64
    assert told > 100, told
    assert rest == ["full", "ok", True, ["none", "thumbnail"]]


@needs_root
def test_nearly_full_keeps_tags_only(tmp_path: Path) -> None:
    def run() -> list[object] | None:
        if not mounted(tmp_path / "d", "size=32m"):
            return None
        store = Store(tmp_path / "d/data", "d")
        store.room.check()
        fill(tmp_path / "d/ballast", 100)
        store.room._again_at = 0
        store.room.check()
        store.commit([tagged(None, "car")], {})
        [kept] = store.db.execute("SELECT kept FROM picture").fetchone()
        problem = store.room.problem
        store.close()
        return [kept, problem]

    answer = in_child(run)
    if answer is None:
        pytest.skip("mounting is not allowed here")
    assert answer[0] == "none"
    assert "nearly full" in answer[1]


def test_wear_is_counted(store: Store) -> None:
    if wear.own_bytes() is None:
        pytest.skip("the kernel does not count what a process writes")
    watched = wear.Wear(store.data_dir)
    assert watched.look(0)["written_per_event"] is None
    store.commit([tagged(None, "car") for _ in range(10)], {})
    found = watched.look(10)
    assert found["written_bytes"] == 10 * found["written_per_event"] + found["written_bytes"] % 10
    assert wear.device_bytes(Path("/proc")) is None


def test_files_that_are_gone(tmp_path: Path, store: Store, reader: Reader) -> None:
    here = os.stat(tmp_path).st_dev
    (tmp_path / "there.jpg").write_bytes(b"x")
    names = [str(tmp_path / n) for n in ("there.jpg", "gone.jpg", "away/gone.jpg", "else.jpg")]
    for number, name in enumerate(names):
        file = key(name, device=here if number < 3 else here + 1)
        store.commit([tagged(f"{number}", "car", file=file)], {})
    gone = [row[1].decode() for row in chores._gone(reader.ledger((0, b""), 2))]
    gone += [row[1].decode() for row in chores._gone(reader.ledger((0, b""), 9))]
    assert set(gone) == {names[1], names[2]}  # the last one's disk is not there


def test_backups_on_time(tmp_path: Path, store: Store, reader: Reader) -> None:
    store.commit([tagged("a", "car")], {})
    upkeep = Upkeep(store, Rules())
    work = Chores(store.data_dir, reader, upkeep, every=3600, keep=2)
    assert work._first() == 60
    work.back_up()
    assert work.newest is not None
    assert work.newest.path.name == "tagd-000000000001.db"
    assert 3500 < work._backup_at - time.monotonic() <= 3600
    (store.data_dir / "backups").rename(store.data_dir / "away")
    (store.data_dir / "backups").write_text("in the way")
    work.back_up()
    assert work.problem is not None
    assert "no backup could be made" in work.problem
    worker = Worker("chores", work.run)
    worker.start()
    assert join_all([worker], 2) == []
