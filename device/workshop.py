"""Where a folder of files is made before it appears, whole, under its name."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.errors import ModelError


@contextmanager
def opened(models: Path) -> Iterator[Path]:
    """An empty folder on the same disk, ours alone; what a killed tagd left there goes first.

    Two levels below `models`, so that nothing in it is taken for a model.
    """
    place = models / ".adding"
    place.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelError(
                "another tagd adds or removes a model: wait until it is done"
            ) from None
        _clear(place)
        try:
            yield place
        finally:
            _clear(place)
    finally:
        os.close(handle)


def _clear(place: Path) -> None:
    for left in place.iterdir():
        shutil.rmtree(left)


def write(path: Path, content: Path | bytes) -> None:
    """A new file with that content, or a copy of that file, safe from a power cut."""
    with path.open("xb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Make the names in a folder safe from a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refusal(models: Path, error: OSError) -> str:
    """Why a folder could not be written, for a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"there is no room on the disk of {models}"
    return f"{error.filename or models} cannot be written: {error.strerror}"
