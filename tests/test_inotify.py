from __future__ import annotations

import errno
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from folder_rig import in_child, limit_inotify, needs_root, own_mounts

from device.inotify import Change, Inotify


@pytest.fixture
def news() -> Iterator[Inotify]:
    inotify = Inotify()
    yield inotify
    inotify.close()


@pytest.fixture
def folder(tmp_path: Path, news: Inotify) -> Path:
    news.add(bytes(tmp_path))
    return tmp_path


def told(news: Inotify) -> list[Change]:
    """All that is there; news come in no time, on the thread that causes them."""
    changes: list[Change] = []
    while more := news.read(0.02):
        changes += more
    return changes


def file(path: Path) -> Change:
    return Change("file", bytes(path))


def watches_of_this_process() -> int:
    count = 0
    for fd in os.listdir("/proc/self/fdinfo"):
        with suppress(FileNotFoundError):
            count += Path("/proc/self/fdinfo", fd).read_text().count("inotify wd:")
    return count


def test_a_file_is_told_at_its_close(news: Inotify, folder: Path) -> None:
    with (folder / "a").open("wb") as writing:
        writing.write(b"1")
        writing.flush()
        assert told(news) == []
    assert told(news) == [file(folder / "a")]
    (folder / "a").read_bytes()
    assert told(news) == [], "reading is no news"


def test_a_rename_is_told_under_the_new_name(news: Inotify, folder: Path) -> None:
    (folder / "a.part").write_bytes(b"1")
    (folder / "a.part").rename(folder / "a")
    assert told(news) == [file(folder / "a.part"), file(folder / "a")]


def test_any_name(news: Inotify, folder: Path) -> None:
    names = [b"k\xe4fer", b"two\nlines", b"x" * 255]
    for name in names:
        with open(bytes(folder) + b"/" + name, "wb"):
            pass
    assert [change.path.rpartition(b"/")[2] for change in told(news)] == names


def test_new_sub_folders_and_one_that_moves_in(
    news: Inotify, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder / "new").mkdir()
    tmp_path_factory.mktemp("other").rename(folder / "moved")
    (folder / "link").symlink_to(folder / "new")
    changes = [Change("folder", bytes(folder / "new")), Change("folder", bytes(folder / "moved"))]
    assert told(news) == changes


def test_only_the_added_folders_count(news: Inotify, folder: Path) -> None:
    sub = folder / "sub"
    sub.mkdir()
    told(news)
    (sub / "a").touch()
    assert told(news) == []
    news.add(bytes(sub))
    news.add(bytes(sub))
    (sub / "b").touch()
    assert told(news) == [file(sub / "b")]


def test_deleted(news: Inotify, folder: Path) -> None:
    folder.rmdir()
    assert told(news) == [Change("gone", bytes(folder))]


def test_a_moved_folder_takes_the_watches_below_with_it(
    news: Inotify, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sub, deep = folder / "sub", folder / "sub" / "deep"
    deep.mkdir(parents=True)
    news.add(bytes(sub))
    news.add(bytes(deep))
    told(news)
    away = sub.rename(tmp_path_factory.mktemp("other") / "away")
    assert watches_of_this_process() == 3
    assert told(news) == [Change("gone", bytes(sub))]
    assert watches_of_this_process() == 1, "they are a limited good"
    (away / "deep" / "a").touch()
    assert told(news) == [], "the old path would be wrong"
    (folder / "b").touch()
    assert told(news) == [file(folder / "b")]


def test_a_folder_added_again_after_its_rename_has_its_new_path(
    news: Inotify, folder: Path
) -> None:
    (folder / "old").mkdir()
    news.add(bytes(folder / "old"))
    told(news)
    new = (folder / "old").rename(folder / "new")
    changes = told(news)
    assert Change("folder", bytes(new)) in changes
    news.add(bytes(new))
    (new / "a").touch()
    assert told(news) == [file(new / "a")]


def test_overflow(news: Inotify, folder: Path) -> None:
    depth = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if depth > 50_000:
        pytest.skip("the queue of this system is too long to be filled quickly")
    names = [bytes(folder / "a"), bytes(folder / "b")]
    for _ in range(depth // 2 + 10):  # the kernel folds equal neighbours into one
        for name in names:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT))
    changes = told(news)
    assert changes[-1] == Change("overflow", b"")
    assert len(changes) > depth // 2


def test_what_cannot_be_watched(news: Inotify, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, code in [("none", errno.ENOENT), ("file", errno.ENOTDIR)]:
        with pytest.raises(OSError) as caught:
            news.add(bytes(tmp_path / path))
        assert caught.value.errno == code


@pytest.mark.alone
def test_waiting_takes_its_time_and_no_more(news: Inotify, folder: Path) -> None:
    start = time.monotonic()
    assert news.read(0.1) == []
    assert 0.09 < time.monotonic() - start < 1.0
    assert news.read(-1.0) == []


@pytest.mark.alone
def test_close_wakes_a_reader(news: Inotify, folder: Path) -> None:
    answers: list[tuple[list[Change], float]] = []
    reader = threading.Thread(target=lambda: answers.append((news.read(None), time.monotonic())))
    reader.start()
    reader.join(0.1)
    assert reader.is_alive()
    closed_at = time.monotonic()
    news.close()
    news.close()
    reader.join(2)
    assert answers[0][0] == []
    assert answers[0][1] - closed_at < 0.2
    assert news.read(None) == []
    news.add(bytes(folder))


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = count()
    for _ in range(20):
        inotify = Inotify()
        inotify.add(bytes(tmp_path))
        inotify.read(0)
        inotify.close()
    assert count() == before


def test_limits_of_the_user(tmp_path: Path) -> None:
    def watches() -> list[object] | None:
        if not limit_inotify(watches=1):
            return None
        (tmp_path / "sub").mkdir()
        inotify = Inotify()
        inotify.add(bytes(tmp_path))
        try:
            inotify.add(bytes(tmp_path / "sub"))
        except OSError as error:
            (tmp_path / "a").touch()
            return [error.errno, len(inotify.read(1))]
        return []

    def instances() -> list[object] | None:
        if not limit_inotify(instances=0):
            return None
        before = len(os.listdir("/proc/self/fd"))
        try:
            Inotify()
        except OSError as error:
            return [error.errno, len(os.listdir("/proc/self/fd")) - before]
        return []

    if (answer := in_child(watches)) is None:
        pytest.skip("user namespaces are not allowed here")
    assert answer == [errno.ENOSPC, 1]
    assert in_child(instances) == [errno.EMFILE, 0]


@needs_root
def test_unmounted(tmp_path: Path) -> None:
    def unmount() -> list[str] | None:
        mount = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
        if not own_mounts() or subprocess.run(["mount", "--make-rprivate", "/"]).returncode:
            return None
        subprocess.run(mount, check=True)
        inotify = Inotify()
        inotify.add(bytes(tmp_path))
        subprocess.run(["umount", str(tmp_path)], check=True)
        return [change.kind for change in told(inotify)]

    if (answer := in_child(unmount)) is None:
        pytest.skip("mounting is not allowed here")
    assert answer == ["gone"]
