"""Files that a watched folder leaves alone, and those that it refuses and says so."""

from __future__ import annotations

import logging
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from folder_rig import (
    MemoryLedger,
    Reader,
    Refusals,
    become_nobody,
    in_child,
    needs_root,
    picture,
    put,
    until,
)

from device.sources.folder import FolderSource
from device.types import FileKey


def source(path: Path, ledger: MemoryLedger, **options: Any) -> FolderSource:
    return FolderSource("inbox", path, ledger, **{"settle": 0.1, **options})


def test_left_alone_and_counted(
    tmp_path: Path, ledger: MemoryLedger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    put(outside / "private.jpg", picture())
    (tmp_path / "file.jpg").symlink_to(outside / "private.jpg")
    (tmp_path / "folder").symlink_to(outside)
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "dangling.jpg").symlink_to("none")
    os.mkfifo(tmp_path / "fifo.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.jpg"))
    special = 6
    if os.getuid() == 0:
        os.mknod(tmp_path / "null.jpg", 0o600 | 0o020000, os.makedev(1, 3))
        special = 7
    for name in (".hidden.jpg", "a.jpg.part", "b.TMP", "c.jpg~", "notes.txt", "jpg"):
        put(tmp_path / name, picture())
    refused = Refusals()
    inbox = source(tmp_path, ledger, on_refused=refused)
    with Reader(inbox) as reader:
        until(lambda: sum(inbox.left_alone.values()) == special + 6)
        os.close(os.open(tmp_path / "fifo.jpg", os.O_RDWR))  # told by inotify as closed
        os.symlink(outside / "private.jpg", outside / "l.jpg")
        (outside / "l.jpg").rename(tmp_path / "l.jpg")
        put(tmp_path / "a.jpg", picture())
        assert reader.names(1) == ["a.jpg"]
        reader.quiet(0.5)
    assert refused == []
    assert inbox.left_alone == {
        "not a file": special,
        "hidden": 1,
        "unfinished": 3,
        "other ending": 2,
    }


def test_a_folder_swapped_for_a_link_leads_nowhere(
    tmp_path: Path, ledger: MemoryLedger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside, sub = tmp_path_factory.mktemp("outside"), tmp_path / "sub"
    put(outside / "a.jpg", picture())
    sub.mkdir()
    put(sub / "a.jpg", picture())

    def swap(key: FileKey) -> None:
        if not sub.is_symlink():
            sub.rename(tmp_path / "was")
            sub.symlink_to(outside)

    ledger.on_asked = swap
    refused = Refusals()
    with Reader(source(tmp_path, ledger, on_refused=refused, recursive=True)) as reader:
        frame = reader.next()
        assert frame.file is not None
        assert frame.file.path == bytes(tmp_path / "was" / "a.jpg")
        reader.quiet()
    assert [(name, key) for name, _, key in refused] == [("sub/a.jpg", None)]


def test_a_folder_that_is_itself_a_link_is_the_owners_wish(
    tmp_path: Path, ledger: MemoryLedger
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "inbox").symlink_to("disk")
    with Reader(source(tmp_path / "inbox", ledger)) as reader:
        put(tmp_path / "disk" / "a.jpg", picture())
        assert reader.names(1) == ["a.jpg"]


def test_too_big_is_told_once_with_its_key(tmp_path: Path, ledger: MemoryLedger) -> None:
    (tmp_path / "sub").mkdir()
    path = put(tmp_path / "sub" / "big\n.jpg", bytes(3 * 2**20))
    refused = Refusals()
    inbox = source(tmp_path, ledger, max_bytes=2**20, rescan=0.05, on_refused=refused)
    with Reader(inbox) as reader:
        reader.quiet()
        [(name, reason, key)] = refused
        assert name == "sub/big\\n.jpg"
        assert "3.0 MiB of at most 1.0" in reason
        assert key is not None
        assert (key.path, key.size) == (bytes(path), 3 * 2**20)
        put(path, picture())
        assert reader.names(1) == ["big\\n.jpg"]


def test_an_empty_file_is_waited_for_and_then_told(tmp_path: Path, ledger: MemoryLedger) -> None:
    refused = Refusals()
    with Reader(source(tmp_path, ledger, on_refused=refused, rescan=0.05)) as reader:
        start = time.monotonic()
        (tmp_path / "a.jpg").touch()
        refused.wait()
        assert time.monotonic() - start > 0.18
        put(tmp_path / "a.jpg", picture())
        assert reader.names(1) == ["a.jpg"]
        reader.quiet()
    [(name, reason, key)] = refused
    assert (name, reason) == ("a.jpg", "the file is empty: send it again")
    assert key is not None


def test_a_file_that_is_gone_is_told(tmp_path: Path, ledger: MemoryLedger) -> None:
    put(tmp_path / "a.jpg", picture(), age=10)
    put(tmp_path / "b.jpg", picture())
    refused = Refusals()
    inbox = source(tmp_path, ledger, on_refused=refused)
    frames = iter(inbox)
    next(frames)
    (tmp_path / "b.jpg").unlink()
    put(tmp_path / "c.jpg", picture())
    assert next(frames).name == "c.jpg"
    inbox.close()
    assert [(name, key) for name, _, key in refused] == [("b.jpg", None)]
    assert "gone" in refused[0][1]


def test_without_a_callback_it_is_a_warning(
    tmp_path: Path, ledger: MemoryLedger, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "big.jpg", bytes(2000))
    with Reader(source(tmp_path, ledger, max_bytes=1000, rescan=0.05)) as reader:
        reader.quiet()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("source inbox: big.jpg refused: the file is too big")


@needs_root
def test_a_file_without_rights_is_told_and_tried_again(public: Path) -> None:
    put(public / "a.jpg", picture()).chmod(0)

    def run() -> list[Any]:
        become_nobody()
        refused = Refusals()
        with Reader(source(public, MemoryLedger(), on_refused=refused, rescan=0.05)) as reader:
            reader.quiet()
        return [(name, reason, key) for name, reason, key in refused]

    [(name, reason, key)] = in_child(run)
    assert (name, key) == ("a.jpg", None)
    assert "may not read" in reason


@needs_root
def test_a_file_that_gets_its_rights_later(public: Path) -> None:
    path = put(public / "a.jpg", picture())
    path.chmod(0)
    os.chown(path, 65534, 65534)

    def run() -> list[str | None]:
        become_nobody()
        refused = Refusals()
        with Reader(source(public, MemoryLedger(), on_refused=refused, rescan=0.05)) as reader:
            refused.wait()
            path.chmod(0o600)
            return reader.names(1)

    assert in_child(run) == ["a.jpg"]
