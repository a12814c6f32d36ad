"""Sub-folders, floods, lost news, and the end of a watched folder."""

from __future__ import annotations

import os
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from folder_rig import MemoryLedger, Reader, picture, put, until

from device.sources.folder import FolderSource
from device.types import FileKey


def source(folder: Path, ledger: MemoryLedger, **options: Any) -> FolderSource:
    return FolderSource("inbox", folder, ledger, **{"settle": 0.2, **options})


def test_sub_folders_however_they_come(
    tmp_path: Path, ledger: MemoryLedger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "deep").mkdir()
    put(other / "deep" / "moved.jpg", picture())
    with Reader(source(tmp_path, ledger)) as reader:
        (tmp_path / "a" / "b" / "c").mkdir(parents=True)
        put(tmp_path / "a" / "b" / "c" / "made.jpg", picture())
        assert reader.names(1) == ["made.jpg"]
        other.rename(tmp_path / "in")
        assert reader.names(1) == ["moved.jpg"]
        put(tmp_path / "in" / "deep" / "later.jpg", picture())
        assert reader.names(1) == ["later.jpg"]
        (tmp_path / ".hidden").mkdir()
        put(tmp_path / ".hidden" / "x.jpg", picture())
        reader.quiet()
        (tmp_path / "a").rename(tmp_path / "z")
        assert reader.next().file.path == bytes(tmp_path / "z" / "b" / "c" / "made.jpg")
        put(tmp_path / "z" / "b" / "new.jpg", picture())
        assert reader.next().file.path == bytes(tmp_path / "z" / "b" / "new.jpg")
        reader.quiet()


def test_sub_folders_may_be_left_out(tmp_path: Path, ledger: MemoryLedger) -> None:
    (tmp_path / "old").mkdir()
    put(tmp_path / "old" / "x.jpg", picture())
    with Reader(source(tmp_path, ledger, recursive=False, rescan=0.1)) as reader:
        (tmp_path / "new").mkdir()
        put(tmp_path / "new" / "x.jpg", picture())
        put(tmp_path / "a.jpg", picture())
        assert reader.names(1) == ["a.jpg"]
        reader.quiet()


def test_lost_news_are_made_good_by_a_scan(tmp_path: Path, ledger: MemoryLedger) -> None:
    depth = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if depth > 50_000:
        pytest.skip("the queue of this system is too long to be filled quickly")
    put(tmp_path / "first.jpg", picture())
    inbox = source(tmp_path, ledger)
    frames = iter(inbox)
    assert next(frames).name == "first.jpg"
    noise = [bytes(tmp_path / "a.txt"), bytes(tmp_path / "b.txt")]
    for _ in range(depth // 2 + 10):
        for name in noise:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT))
    put(tmp_path / "unheard.jpg", picture())
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub" / "too.jpg", picture())
    assert [next(frames).name for _ in range(2)] == ["unheard.jpg", "too.jpg"]
    put(tmp_path / "sub" / "heard.jpg", picture())
    assert next(frames).name == "heard.jpg"
    inbox.close()
    assert list(frames) == []


@pytest.mark.parametrize("count", [2000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_flood_needs_memory_for_names_only(
    tmp_path: Path, ledger: MemoryLedger, count: int
) -> None:
    data = picture(size=400)  # some 100 kB
    originals = [put(tmp_path / f"{number}.original", data, age=100) for number in range(2)]
    inbox = source(tmp_path, ledger, rescan=0.05)
    for number in range(count):
        os.link(originals[number * 2 // count], tmp_path / f"{number:06}.jpg")
    tracemalloc.start()
    try:
        frames = iter(inbox)
        names = [next(frames).name for _ in range(5)]
        put(tmp_path / "more.jpg", data)
        names += [next(frames).name for _ in range(5)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        inbox.close()
    assert names == [f"{number:06}.jpg" for number in range(10)]
    assert peak < 10 * len(data) + count * 700, f"{peak / count:.0f} bytes a file"


@pytest.mark.alone
def test_close_ends_it_at_once(tmp_path: Path, ledger: MemoryLedger) -> None:
    inbox = source(tmp_path, ledger)
    with Reader(inbox) as reader:
        reader.quiet(0.1)
        start = time.monotonic()
        inbox.close()
        assert reader.ended(2)
        assert time.monotonic() - start < 0.2
        inbox.close()
    put(tmp_path / "a.jpg", picture())
    assert list(inbox) == []


@pytest.mark.alone
def test_close_in_the_middle_of_a_long_scan(tmp_path: Path, ledger: MemoryLedger) -> None:
    for number in range(200):
        (tmp_path / f"{number}.jpg").touch()
    asked: list[FileKey] = []

    def slowly(key: FileKey) -> None:
        asked.append(key)
        time.sleep(0.01)

    ledger.on_asked = slowly
    inbox = source(tmp_path, ledger)
    with Reader(inbox) as reader:
        until(lambda: len(asked) > 3)
        start = time.monotonic()
        inbox.close()
        assert reader.ended(2)
        assert time.monotonic() - start < 0.2
    assert len(asked) < 100


def test_close_from_many_threads_at_any_time(tmp_path: Path, ledger: MemoryLedger) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(30):
        inbox = source(tmp_path, ledger)
        with Reader(inbox) as reader:
            closers = [threading.Thread(target=inbox.close) for _ in range(3)]
            time.sleep(number * 0.0002)
            for closer in closers:
                closer.start()
            for closer in closers:
                closer.join()
            assert reader.ended(1)
            assert reader.error is None
    assert len(os.listdir("/proc/self/fd")) == before
