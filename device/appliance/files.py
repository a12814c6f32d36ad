"""Writing a file so that a power cut leaves the old one or the new one, and taking things away."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

UNFINISHED = ".tagd-unfinished"
"""At the end of a file's name while it is being written. The same each time: none is left."""


def write(path: Path, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put a file in its place, whole, with its mode and owner, and on the disk."""
    part = path.with_name(f".{path.name}{UNFINISHED}")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if owner is not None:
                os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            os.fsync(handle)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush(path.parent)


def link(path: Path, target: str) -> None:
    """Have `path` point to `target` from one moment to the next."""
    part = path.with_name(f".{path.name}{UNFINISHED}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(path)
    flush(path.parent)


def flush(folder: Path) -> None:
    """The names in a folder are on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> bool:
    """Take away a file, a link, or a folder with all that is in it; whether there was one."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        return False
    return True


def sha256(path: Path) -> str | None:
    """Of what a file holds; None where there is no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def size(folder: Path) -> int:
    """Bytes that a folder takes on its disk; a file of several names counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(os.path.join(place, name))
            if (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_blocks * 512
    return total
