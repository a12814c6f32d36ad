"""Backups: whole, verified, made while others write; put back, nothing is lost or repeated."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from daemon_rig import Daemon, jpeg, wait_until
from makers import spawn, tagged

from device.__main__ import cli
from device.errors import BackupRefused, StoreBusy, StoreDamaged, StoreError, StoreNewer
from device.search_query import Query
from device.store import archive, copies
from device.store.reader import Reader
from device.store.restore import restore
from device.store.writer import Store


def filled(folder: Path, pictures: int = 20) -> list[str]:
    store = Store(folder, "d")
    items = [tagged(f"{n}", "car") for n in range(pictures)]
    store.commit(items, {})
    store.close()
    return [item.frame_id for item in items]


def found(folder: Path) -> tuple[set[str], dict[int, str], list[str]]:
    """Pictures, events by number, and what the store says of itself."""
    store = Store(folder, "d")
    reader = Reader(folder)
    events = reader.events_after(0, 10_000)
    pictures = {p.id for p in reader.find(Query(), 10_000)}
    reader.close()
    store.close()
    told = [json.loads(e.body)["health"]["detail"] for e in events if e.type == "health"]
    return pictures, {e.seq: e.id for e in events}, told


def test_there_and_back(tmp_path: Path) -> None:
    ids = filled(tmp_path / "a")
    written = archive.write(tmp_path / "a", tmp_path / "b.zip", pictures=True)
    assert (written.facts.pictures, written.files, written.missing) == (20, 21, 0)
    store = Store(tmp_path / "a", "d")
    store.commit([tagged("later", "dog")], {})
    store.close()
    facts = restore(tmp_path / "b.zip", tmp_path / "a", "d", replace=True)
    assert facts.pictures == 20
    pictures, events, told = found(tmp_path / "a")
    assert pictures == set(ids)
    assert [events[n] for n in range(1, 21)] == ids
    assert min(n for n in events if n > 20) > 21  # 21 was another picture's
    assert told == [f"the backup b.zip was restored; events go on at {max(events)}"]
    assert (tmp_path / "a/replaced/1/tagd.db").exists()
    # On another machine: the pictures come along.
    restore(tmp_path / "b.zip", tmp_path / "c", "d", replace=False)
    assert len(list((tmp_path / "c/thumbnails").rglob("*.jpg"))) == 20
    assert not list(tmp_path.rglob("*.part"))


def test_of_a_scheduled_copy(tmp_path: Path) -> None:
    ids = filled(tmp_path / "a")
    for seq in (5, 20, 7):
        copies.keep(tmp_path / "a", seq, 2)
    names = [p.name for p in copies.scheduled(tmp_path / "a")]
    assert names == ["tagd-000000000020.db", "tagd-000000000007.db"]
    restore(tmp_path / "a/backups" / names[0], tmp_path / "b", "d", replace=False)
    assert found(tmp_path / "b")[0] == set(ids)


def test_while_somebody_writes(tmp_path: Path) -> None:
    store = Store(tmp_path, "d")
    store.db.execute("PRAGMA wal_autocheckpoint = 20")
    stopping = threading.Event()
    counts = [0]

    def write() -> None:
        while not stopping.is_set():
            store.commit([tagged(None, "car", thumbnail=None) for _ in range(5)], {})
            counts[0] += 5

    thread = spawn(write)
    try:
        for number in range(25):
            before = counts[0]
            facts = copies.copy(tmp_path, tmp_path / f"{number}.db")
            assert facts.pictures >= before
            assert facts.pictures % 5 == 0
            (tmp_path / f"{number}.db").unlink()
    finally:
        stopping.set()
        thread.join()
    assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store.close()


def test_by_command_beside_the_daemon(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    daemon.start()
    for number in range(5):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
    wait_until(lambda: daemon.count("picture") == 5, 20, daemon.said)

    def tagd(*words: str) -> Any:
        return CliRunner().invoke(cli, [*words, "--config", str(daemon.config)])

    done = tagd("backup", str(tmp_path / "b.zip"), "--pictures")
    assert (done.exit_code, "5 pictures, events up to 5" in done.output) == (0, True)
    refused = tagd("restore", str(tmp_path / "b.zip"), "--replace")
    assert isinstance(refused.exception, StoreBusy)
    assert daemon.stop() == 0
    assert isinstance(tagd("restore", str(tmp_path / "b.zip")).exception, BackupRefused)
    assert tagd("restore", str(tmp_path / "b.zip"), "--replace").exit_code == 0
    daemon.start()
    (daemon.inbox / "new.jpg").write_bytes(jpeg(99))
    wait_until(lambda: daemon.count("picture") == 6, 20, daemon.said)
    assert daemon.rows("SELECT max(seq) > 1000 FROM event") == [(1,)]
    assert daemon.stop() == 0


def test_a_damaged_original_gives_no_backup(tmp_path: Path) -> None:
    filled(tmp_path, 300)
    copies.keep(tmp_path, 300, 7)
    path = tmp_path / "tagd.db"
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 12)
    with pytest.raises(StoreDamaged):
        copies.keep(tmp_path, 301, 7)
    assert [p.name for p in copies.scheduled(tmp_path)] == ["tagd-000000000300.db"]


def manifest(path: Path, **changes: Any) -> None:
    """The same archive with another manifest, or other files."""
    with zipfile.ZipFile(path) as old:
        files = {name: old.read(name) for name in old.namelist()}
    told = json.loads(files[archive.MANIFEST])
    for name, data in changes.pop("files", {}).items():
        files[name] = data
        told["members"][name] = {"size": changes.get("size", len(data)), "sha256": "0" * 64}
    told.update({k: v for k, v in changes.items() if k != "size"})
    files[archive.MANIFEST] = json.dumps(told).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in files.items():
            new.writestr(name, data)


HOSTILE = {
    "it leads out": {"files": {"../../evil": b"x"}},
    "absolute": {"files": {"/etc/evil": b"x"}},
    "hidden way out": {"files": {"thumbnails/2026/01/01/../../../../x.jpg": b"x"}},
    "another file": {"files": {"tagd.yaml": b"web: {}"}},
    "a bomb": {"files": {f"thumbnails/2026/01/01/{'0' * 26}.jpg": bytes(10**7)}, "size": 10},
    "more than there is room": {
        "files": {f"thumbnails/2026/01/01/{'0' * 26}.jpg": b"x"},
        "size": 10**18,
    },
    "a wrong sum": {"files": {f"thumbnails/2026/01/01/{'0' * 26}.jpg": b"x"}},
    "a newer format": {"format": 2},
    "no members": {"members": {}},
    "members of another kind": {"members": [1, 2]},
    "a text as a size": {"members": {"tagd.db": {"size": "1", "sha256": "0"}}},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_changes_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    filled(tmp_path / "a", 3)
    before = (tmp_path / "a/tagd.db").read_bytes()
    archive.write(tmp_path / "a", tmp_path / "b.zip", pictures=False)
    manifest(tmp_path / "b.zip", **changes)
    with pytest.raises(BackupRefused) as caught:
        restore(tmp_path / "b.zip", tmp_path / "a", "d", replace=True)
    assert "b.zip" in str(caught.value)
    assert (tmp_path / "a/tagd.db").read_bytes() == before
    assert not (tmp_path / "evil").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b.zip"]
    assert not (tmp_path / "a/restore.part").exists()


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_an_archive_cut_short(tmp_path: Path, part: float) -> None:
    filled(tmp_path / "a", 3)
    archive.write(tmp_path / "a", tmp_path / "b.zip", pictures=True)
    data = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "b.zip").write_bytes(data[: int(len(data) * part)])
    with pytest.raises(BackupRefused):
        restore(tmp_path / "b.zip", tmp_path / "c", "d", replace=False)
    assert not (tmp_path / "c/tagd.db").exists()


def test_every_flipped_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    ids = filled(tmp_path / "a", 3)
    archive.write(tmp_path / "a", tmp_path / "b.zip", pictures=False)
    data = bytearray((tmp_path / "b.zip").read_bytes())
    for place in range(0, len(data), max(1, len(data) // 60)):
        hurt = bytearray(data)
        hurt[place] ^= 0x41
        (tmp_path / "hurt.zip").write_bytes(hurt)
        told = ""
        try:
            restore(tmp_path / "hurt.zip", tmp_path / f"r{place}", "d", replace=False)
        except StoreError as error:
            told = str(error)
        assert told.startswith(str(tmp_path / "hurt.zip")) or (
            not told and found(tmp_path / f"r{place}")[0] == set(ids)
        )


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"hello" * 1000)
    with pytest.raises(BackupRefused, match="no sound database"):
        restore(tmp_path / "x", tmp_path / "d", "d", replace=False)
    with pytest.raises(BackupRefused, match="there is no such file"):
        restore(tmp_path / "y", tmp_path / "d", "d", replace=False)
    db = sqlite3.connect(tmp_path / "z")
    db.execute("CREATE TABLE recipe (name TEXT)")
    db.commit()
    db.close()
    with pytest.raises(BackupRefused, match="no database of tagd"):
        restore(tmp_path / "z", tmp_path / "d", "d", replace=False)
    filled(tmp_path / "n")
    db = sqlite3.connect(tmp_path / "n/tagd.db")
    db.execute("UPDATE _sqlite_migrations SET name = 'm999_future' WHERE name = 'm001_first'")
    db.commit()
    db.close()
    with pytest.raises(StoreNewer, match="m999_future"):
        restore(tmp_path / "n/tagd.db", tmp_path / "d", "d", replace=False)
