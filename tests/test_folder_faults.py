"""A watched folder that is missing, locked, taken away, or that inotify does not serve."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from folder_rig import (
    MemoryLedger,
    Reader,
    Refusals,
    Warnings,
    become_nobody,
    in_child,
    limit_inotify,
    needs_root,
    own_mounts,
    picture,
    put,
)

from device.errors import SourceError
from device.sources import folder as folder_module
from device.sources.folder import FolderSource


def source(path: Path, ledger: MemoryLedger, **options: Any) -> FolderSource:
    return FolderSource("inbox", path, ledger, **{"settle": 0.1, **options})


@needs_root
def test_a_sub_folder_without_rights_is_one_warning(public: Path) -> None:
    (public / "locked").mkdir(0o700)
    put(public / "locked" / "x.jpg", picture())
    (public / "open").mkdir()

    def run() -> list[Any]:
        become_nobody()
        warnings = Warnings()
        with Reader(source(public, MemoryLedger(), rescan=0.05)) as reader:
            reader.quiet()
        return warnings.texts

    [message] = in_child(run)
    assert message == (
        f"source inbox: the sub-folder {public}/locked may not be read by tagd: "
        "give its user the right to (chmod, chown)"
    )


@needs_root
def test_the_folder_without_rights(public: Path) -> None:
    (public / "inbox").mkdir(0o700)

    def run() -> str:
        become_nobody()
        with pytest.raises(SourceError) as caught:
            next(iter(source(public / "inbox", MemoryLedger())))
        return str(caught.value)

    assert "may not be read by tagd" in in_child(run)


def test_missing_or_no_folder(tmp_path: Path, ledger: MemoryLedger) -> None:
    inbox = source(tmp_path / "none", ledger)
    with pytest.raises(SourceError, match="none is not there: create it"):
        next(iter(inbox))
    put(tmp_path / "none", b"")
    with pytest.raises(SourceError, match="none is not a folder"):
        next(iter(inbox))
    (tmp_path / "none").unlink()
    (tmp_path / "none").mkdir()
    put(tmp_path / "none" / "a.jpg", picture())
    assert next(iter(inbox)).name == "a.jpg"


@pytest.mark.parametrize("way", ["deleted", "renamed"])
def test_the_folder_goes_and_comes_back(tmp_path: Path, ledger: MemoryLedger, way: str) -> None:
    path = tmp_path / "inbox"
    path.mkdir()
    put(path / "a.jpg", picture())
    handles = len(os.listdir("/proc/self/fd"))
    inbox = source(path, ledger)
    first = Reader(inbox).start()
    assert first.names(1) == ["a.jpg"]
    if way == "deleted":
        shutil.rmtree(path)
    else:
        path.rename(tmp_path / "away")
    assert first.ended()
    assert isinstance(first.error, SourceError)
    assert len(os.listdir("/proc/self/fd")) == handles
    assert str(first.error).startswith(f"the folder {path} ")
    path.mkdir()
    put(path / "b.jpg", picture())
    with Reader(inbox) as again:
        assert again.names(1) == ["b.jpg"]


def test_the_folder_goes_while_files_wait(tmp_path: Path, ledger: MemoryLedger) -> None:
    path = tmp_path / "inbox"
    path.mkdir()
    for name in ("a.jpg", "b.jpg"):
        put(path / name, picture())

    def run(**limits: int) -> list[object] | None:
        if limits and not limit_inotify(**limits):
            return None
        refused = Refusals()
        frames = iter(source(path, ledger, on_refused=refused))
        next(frames)
        path.rename(tmp_path / "away")
        with pytest.raises(SourceError):
            next(frames)
        (tmp_path / "away").rename(path)
        return refused

    assert run() == []
    assert in_child(lambda: run(instances=0)) in ([], None), "nor where inotify cannot tell"


@needs_root
def test_unmounted(tmp_path: Path) -> None:
    def run() -> str | None:
        mount = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
        if not own_mounts() or subprocess.run(["mount", "--make-rprivate", "/"]).returncode:
            return None
        subprocess.run(mount, check=True)
        put(tmp_path / "a.jpg", picture())
        with Reader(source(tmp_path, MemoryLedger())) as reader:
            reader.next()
            subprocess.run(["umount", str(tmp_path)], check=True)  # nothing is held open
            assert reader.ended()
            return str(reader.error)

    if (answer := in_child(run)) is None:
        pytest.skip("mounting is not allowed here")
    assert answer.endswith("was removed, renamed or unmounted: put it back")


@pytest.mark.alone
@pytest.mark.parametrize(
    ("limits", "sysctl"),
    [({"instances": 0}, "max_user_instances"), ({"watches": 1}, "max_user_watches")],
)
def test_without_inotify_it_looks_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], sysctl: str
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.setattr(folder_module, "_BLIND_RESCAN", 0.1)

    def run() -> list[Any] | None:
        if not limit_inotify(**limits):
            return None
        warnings = Warnings()
        inbox = source(tmp_path, MemoryLedger())
        with Reader(inbox) as reader:
            reader.quiet(0.2)
            put(tmp_path / "sub" / "a.jpg", picture())
            frame = reader.next()
            reader.quiet(0.3)
            start = time.monotonic()
            inbox.close()
            assert reader.ended()
            assert time.monotonic() - start < 0.2
        return [frame.name, warnings.texts]

    if (answer := in_child(run)) is None:
        pytest.skip("user namespaces are not allowed here")
    name, messages = answer
    assert name == "a.jpg"
    assert len(messages) == 1
    assert f"raise the sysctl fs.inotify.{sysctl}" in messages[0]
