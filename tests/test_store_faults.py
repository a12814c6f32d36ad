"""A store that cannot: full, read-only, owned by another, damaged, or from the future."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest
from folder_rig import become_nobody, in_child, needs_root, own_mounts
from makers import spawn, tagged

from device.errors import StoreBusy, StoreError, StoreFull
from device.search_query import Query
from device.store.reader import Reader
from device.store.writer import Store


def test_the_pragmas_are_in_force(store: Store) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "journal_size_limit": 4194304,
        "cache_size": -8000,
        "temp_store": 2,  # MEMORY
    }
    found = {name: store.db.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    assert found == wanted


def test_a_reader_cannot_write(reader: Reader) -> None:
    with reader._connection() as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM picture")


def test_one_folder_has_one_owner(tmp_path: Path) -> None:
    first = Store(tmp_path, "d")
    with pytest.raises(StoreBusy, match="another tagd is using it; stop that one"):
        Store(tmp_path, "d")
    first.commit([tagged()], {})
    first.close()
    first.close()
    Store(tmp_path, "d").close()


def test_closing_folds_the_log_back(tmp_path: Path) -> None:
    store = Store(tmp_path, "d")
    reader = Reader(tmp_path)
    store.commit([tagged(None, "car") for _ in range(20)], {})
    assert (tmp_path / "tagd.db-wal").stat().st_size > 0
    reader.close()
    store.close()
    assert sorted(p.name for p in tmp_path.glob("tagd.db*")) == ["tagd.db"]
    store = Store(tmp_path, "d")
    assert store.seq == 20
    store.close()


def test_a_full_database_takes_nothing_and_goes_on_when_there_is_room(
    store: Store, reader: Reader
) -> None:
    store.commit([tagged("first", "car")], {})
    [pages] = store.db.execute("PRAGMA page_count").fetchone()
    store.db.execute(f"PRAGMA max_page_count = {pages + 1}")
    batch = [tagged(f"{n}", f"tag {n}", source=f"s{n}", thumbnail=None) for n in range(200)]
    for _ in range(2):
        with pytest.raises(StoreFull, match="the disk is full; make room"):
            store.commit(batch, {})
        assert store.seq == 1
        assert len(reader.find(Query())) == 1
    store.db.execute("PRAGMA max_page_count = 1000000")
    assert not any(outcome.duplicate for outcome in store.commit(batch, {}))
    assert store.seq == 201
    assert [e.seq for e in reader.events_after(0, 999)] == list(range(1, 202))


def mounted(folder: Path, options: str) -> bool:
    """An own little file system, seen by this process alone. False if not allowed."""
    folder.mkdir()
    if not own_mounts() or subprocess.run(["mount", "--make-rprivate", "/"]).returncode:
        return False
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(mount).returncode == 0


@needs_root
def test_a_full_disk(tmp_path: Path) -> None:
    folder = tmp_path / "small"

    def run() -> list[str] | None:
        if not mounted(folder, "size=1m"):
            return None
        store = Store(folder, "d")
        (folder / "ballast").write_bytes(b"x" * 250_000)
        try:
            while True:
                store.commit([tagged(original=b"y" * 20_000) for _ in range(3)], {})
        except StoreFull as error:
            told = str(error)
        seq, left = store.seq, sorted(p.suffix for p in folder.rglob("*.part"))
        (folder / "ballast").unlink()
        store.commit([tagged(original=b"y" * 20_000)], {})
        assert store.seq == seq + 1 > 1
        store.close()
        return [told, *left]

    answer = in_child(run)
    if answer is None:
        pytest.skip("mounting is not allowed here")
    told, *left = answer
    # Whichever finds the disk full: a picture's file or the database.
    assert told.startswith(str(folder))
    assert told.endswith(": the disk is full; make room and tagd goes on by itself")
    assert left == []


@needs_root
def test_a_disk_that_became_read_only(tmp_path: Path) -> None:
    folder = tmp_path / "worn"

    def run() -> list[str] | None:
        if not mounted(folder, "size=2m"):
            return None
        Store(folder, "d").close()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(StoreError) as caught:
            Store(folder, "d")
        return [str(caught.value)]

    if (answer := in_child(run)) is None:
        pytest.skip("mounting is not allowed here")
    [told] = answer
    assert told == f"{folder}: read-only; remount it for writing, or set data_dir elsewhere"


@needs_root
def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)

    def run() -> str:
        become_nobody()
        with pytest.raises(StoreError) as caught:
            Store(tmp_path, "d")
        return str(caught.value)

    assert "this user (65534) may not write there" in in_child(run)


@pytest.mark.parametrize("below", ["", "below"])
def test_a_file_in_the_way(tmp_path: Path, below: str) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="a file is in the way; remove it"):
        Store(tmp_path / "data" / below, "d")


def test_no_database_at_all(tmp_path: Path) -> None:
    (tmp_path / "tagd.db").write_bytes(b"this is a diary, and no database " * 100)
    store = Store(tmp_path, "d")
    assert store.notice is not None
    assert "file is not a database" in store.notice
    assert (tmp_path / "quarantine/1/tagd.db").read_bytes().startswith(b"this is a diary")
    store.close()


def test_a_database_from_a_newer_tagd(tmp_path: Path) -> None:
    Store(tmp_path, "d").close()
    with sqlite3.connect(tmp_path / "tagd.db") as db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999_future' WHERE id = 1")
    db.close()
    with pytest.raises(StoreError, match=r"written by a newer tagd \(.*\); install that version"):
        Store(tmp_path, "d")


def test_many_threads_read_while_one_writes_and_the_reader_closes(
    store: Store, reader: Reader
) -> None:
    failed: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(60):
                pictures = reader.find(Query(), limit=500)
                events = reader.events_after(0, 500)
                assert len(pictures) <= len(events)
        except BaseException as error:
            failed.append(error)

    threads = [spawn(read) for _ in range(4)]
    for number in range(20):
        store.commit([tagged(None, "car", thumbnail=None)], {})
        if number == 15:
            reader.close()
    for thread in threads:
        thread.join()
    assert not failed, failed
    assert not reader._idle
