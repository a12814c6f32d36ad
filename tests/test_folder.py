"""What arrives in a watched folder is handed over whole, in order, and only once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from folder_rig import MemoryLedger, Reader, picture, put

from device import ids
from device.sources.folder import FolderSource
from device.types import FileKey


def source(folder: Path, ledger: MemoryLedger, **options: Any) -> FolderSource:
    return FolderSource("inbox", folder, ledger, **{"settle": 0.2, **options})


def test_a_frame_says_what_it_is(tmp_path: Path, ledger: MemoryLedger) -> None:
    data = picture()
    path = put(tmp_path / "k\udce4fer\n.JPG", data, age=7200)
    stat = path.stat()
    with Reader(source(tmp_path, ledger)) as reader:
        frame = reader.next()
    assert (frame.data, frame.source) == (data, "inbox")
    assert frame.name == "k\\xe4fer\\n.JPG"
    assert frame.sha256 == hashlib.sha256(data).digest()
    assert frame.taken_at == pytest.approx(stat.st_mtime)
    assert ids.is_id(frame.id)
    assert frame.file == FileKey(
        os.fsencode(path), stat.st_dev, stat.st_ino, len(data), stat.st_mtime_ns
    )


@pytest.mark.parametrize("age", [-2 * 86400.0, 2 * time.time()], ids=["to come", "before 1970"])
def test_a_time_that_cannot_be_is_now(tmp_path: Path, ledger: MemoryLedger, age: float) -> None:
    put(tmp_path / "a.jpg", picture(), age=age)
    with Reader(source(tmp_path, ledger)) as reader:
        assert reader.next().taken_at == pytest.approx(time.time(), abs=5)


def test_what_was_there_comes_first_and_oldest_first(tmp_path: Path, ledger: MemoryLedger) -> None:
    (tmp_path / "sub").mkdir()
    put(tmp_path / "young.jpg", picture(), age=10)
    put(tmp_path / "sub" / "old.jpg", picture(), age=1000)
    for name in ("b.jpg", "a.jpg"):
        put(tmp_path / name, picture())
        os.utime(tmp_path / name, (5e8, 5e8))
    frames = iter(source(tmp_path, ledger))
    names = [next(frames).name]
    put(tmp_path / "new.jpg", picture(), age=5000)
    names += [next(frames).name for _ in range(4)]
    assert names == ["a.jpg", "b.jpg", "old.jpg", "young.jpg", "new.jpg"]


def test_a_file_that_comes_during_the_first_scan(tmp_path: Path, ledger: MemoryLedger) -> None:
    put(tmp_path / "first.jpg", picture())
    late = tmp_path / "late.jpg"

    def while_scanning(key: FileKey) -> None:
        if not late.exists():
            put(late, picture())

    ledger.on_asked = while_scanning
    with Reader(source(tmp_path, ledger)) as reader:
        assert reader.names(2) == ["first.jpg", "late.jpg"]
        reader.quiet()


@pytest.mark.parametrize("rescan", [300.0, 0.1], ids=["undisturbed", "scanned meanwhile"])
def test_a_slow_writer_is_waited_for(tmp_path: Path, ledger: MemoryLedger, rescan: float) -> None:
    data = picture(size=160)
    closed_at = []

    def upload() -> None:
        step = len(data) // 30 + 1
        with (tmp_path / "slow.jpg").open("wb", buffering=0) as file:
            for start in range(0, len(data), step):
                file.write(data[start : start + step])
                time.sleep(0.03)  # the scan may take it from here on: the last byte is written
            closed_at.append(time.monotonic())

    with Reader(source(tmp_path, ledger, rescan=rescan, settle=0.4)) as reader:
        writer = threading.Thread(target=upload)
        writer.start()
        frame = reader.next()
        if rescan > 1:
            assert time.monotonic() >= closed_at[0]
        assert frame.data == data
        writer.join()
        reader.quiet()


def test_temporary_names_and_renames(
    tmp_path: Path, ledger: MemoryLedger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = picture()
    endings = [".part", ".tmp", ".filepart", ".crdownload", ".partial", "~"]
    with Reader(source(tmp_path, ledger)) as reader:
        for number, ending in enumerate(endings):
            part = put(tmp_path / f"{number}.jpg{ending}", data)
            reader.quiet(0.02)
            part.rename(tmp_path / f"{number}.jpg")
            assert reader.next().name == f"{number}.jpg"
        put(tmp_path / ".hidden.jpg", data).rename(tmp_path / "shown.jpg")
        put(tmp_path_factory.mktemp("other") / "in.jpg", data).rename(tmp_path / "in.jpg")
        assert reader.names(2) == ["shown.jpg", "in.jpg"]
        reader.quiet()


def test_an_uploader_that_dies_and_comes_again(tmp_path: Path, ledger: MemoryLedger) -> None:
    data = picture(size=160)
    half = data[: len(data) // 2]
    path = tmp_path / "half.jpg"
    code = (
        "import os, signal, sys\n"
        "file = open(sys.argv[1], 'wb', buffering=0)\n"
        "file.write(sys.stdin.buffer.read())\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with Reader(source(tmp_path, ledger, settle=0.15)) as reader:
        subprocess.run([sys.executable, "-c", code, str(path)], input=half, check=False)
        died_at = time.monotonic()
        assert reader.next().data == half, "after three looks it is the decoder's turn to say no"
        assert time.monotonic() - died_at > 0.25
        reader.quiet()
        with path.open("ab") as file:
            file.write(data[len(half) :])
        assert reader.next().data == data


def test_a_resumed_upload_before_the_patience_ends(tmp_path: Path, ledger: MemoryLedger) -> None:
    data = picture(size=160)
    path = put(tmp_path / "a.jpg", data[:500])
    with Reader(source(tmp_path, ledger, settle=60.0)) as reader:
        reader.quiet(0.2)
        path.write_bytes(data)
        assert reader.next().data == data
        reader.quiet(0.1)


@pytest.mark.parametrize("added", [b"\0\0", b""], ids=["longer", "of the same length"])
def test_a_file_that_is_replaced_while_it_is_read(
    tmp_path: Path, ledger: MemoryLedger, added: bytes
) -> None:
    old = picture()
    new = old[:-40] + b"other" + old[-35:] + added
    path = put(tmp_path / "a.jpg", old, age=100)
    asked: list[FileKey] = []

    def replace(key: FileKey) -> None:
        asked.append(key)
        if len(asked) == 2:  # once by the scan, then right before the file is read
            put(tmp_path / "new.tmp", new).rename(path)

    ledger.on_asked = replace
    with Reader(source(tmp_path, ledger)) as reader:
        frame = reader.next()
        assert frame.data == new
        assert frame.file is not None
        assert frame.file.inode == path.stat().st_ino, "the key is that of this content"
        reader.quiet()


def test_settled_files_are_not_even_read(tmp_path: Path, ledger: MemoryLedger) -> None:
    paths = [put(tmp_path / name, picture(), age=100) for name in ("known.jpg", "new.jpg")]
    stats = [path.stat() for path in paths]
    for path in paths:
        os.utime(path, ns=(10**18, path.stat().st_mtime_ns))  # accessed long before it was written
    known = stats[0]
    ledger.settled.add(
        FileKey(bytes(paths[0]), known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns)
    )
    with Reader(source(tmp_path, ledger)) as reader:
        assert reader.names(1) == ["new.jpg"]
        reader.quiet(0.1)
    if paths[1].stat().st_atime_ns == 10**18:
        pytest.skip("this file system does not note when a file is read")
    assert paths[0].stat().st_atime_ns == 10**18


def test_handed_over_once_until_it_changes(tmp_path: Path, ledger: MemoryLedger) -> None:
    path = put(tmp_path / "a.jpg", picture(1), age=100)
    with Reader(source(tmp_path, ledger, rescan=0.05)) as reader:
        assert reader.next().name == "a.jpg"
        with path.open("ab"):
            pass  # closed after writing, and nothing was written
        reader.quiet()
        other = picture(2)
        path.write_bytes(other)
        assert reader.next().data == other
        os.utime(path, (5e8, 5e8))
        assert reader.next().taken_at == 5e8
        reader.quiet()


def test_what_got_lost_on_its_way_comes_again(tmp_path: Path, ledger: MemoryLedger) -> None:
    put(tmp_path / "a.jpg", picture())
    with Reader(source(tmp_path, ledger, rescan=0.05, retry=0.3)) as reader:
        first = reader.next()
        reader.quiet(0.1)
        again = reader.next()
        assert (again.sha256, again.file) == (first.sha256, first.file)
        assert again.id != first.id
        assert again.file is not None
        ledger.settled.add(again.file)
        reader.quiet(0.6)


def test_a_copy_is_the_pipelines_business(tmp_path: Path, ledger: MemoryLedger) -> None:
    data = picture()
    put(tmp_path / "a.jpg", data, age=10)
    put(tmp_path / "b.jpg", data)
    with Reader(source(tmp_path, ledger)) as reader:
        first, second = reader.next(), reader.next()
    assert first.sha256 == second.sha256
    assert first.file != second.file
