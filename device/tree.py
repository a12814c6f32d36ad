"""The files below a folder, listed and read without ever following a link out of it.

O_NOFOLLOW guards only the last part of a path: a sub-folder that someone swaps for a link would
still lead out. So every part below the root is opened by itself, relative to the one before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from device.types import FileKey

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def file_key(path: bytes, stat: os.stat_result) -> FileKey:
    """The identity of the file at this path as it was when `stat` was taken."""
    return FileKey(path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


@contextmanager
def open_folder(root: bytes, folder: bytes) -> Iterator[int]:
    """A descriptor of `folder`, which is `root` (it may be a link) or lies below it.

    Raises OSError; NotADirectoryError where a part of the path is a link.
    """
    handle = os.open(root, _FOLDER)
    try:
        for part in folder[len(root) :].split(b"/"):
            if part:
                deeper = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
                os.close(handle)
                handle = deeper
        yield handle
    finally:
        os.close(handle)


def walk(
    root: bytes,
    start: bytes,
    *,
    enter: Callable[[bytes], None],
    descend: Callable[[bytes], bool],
    failed: Callable[[bytes, OSError], None],
) -> Iterator[tuple[bytes, os.DirEntry[str]]]:
    """Path and entry of whatever is no folder in `start` (`root` or below it), in no order.

    Folders are listed lazily, one after the other: `enter` is told before, `descend` is asked
    of each sub-folder, `failed` is told of one that cannot be listed, and the rest goes on.
    Links are entries, never ways.
    """
    folders = [start]
    while folders:
        folder = folders.pop()
        try:
            enter(folder)
            with open_folder(root, folder) as handle, os.scandir(handle) as entries:
                for entry in entries:
                    path = folder + b"/" + os.fsencode(entry.name)
                    if not entry.is_dir(follow_symlinks=False):
                        yield path, entry
                    elif descend(path):
                        folders.append(path)
        except OSError as error:
            failed(folder, error)


def examine(root: bytes, path: bytes) -> os.stat_result:
    """What lies at `path` below `root`: of a link itself, and without opening it. OSError."""
    folder, _, name = path.rpartition(b"/")
    with open_folder(root, folder) as handle:
        return os.stat(name, dir_fd=handle, follow_symlinks=False)


def read(root: bytes, path: bytes, size: int) -> tuple[bytes, FileKey]:
    """At most `size` + 1 bytes, and the key of the file as it was after they were read.

    A caller who knew the key before, and finds it again, has the whole unchanged file.
    Raises OSError.
    """
    folder, _, name = path.rpartition(b"/")
    with open_folder(root, folder) as parent:
        handle = os.open(name, _FILE, dir_fd=parent)
    try:
        with open(handle, "rb", closefd=False) as file:
            data = file.read(size + 1)
        return data, file_key(path, os.fstat(handle))
    finally:
        os.close(handle)
