"""Putting another text in the place of the config file: whole or not at all, what was is kept."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from device import ids
from device.disk import flush_folder
from device.errors import ConfigError, StoreError, StoreFull

HISTORY = "config-history"
"""In the data folder; it may hold passwords, so that nobody else may read it."""

KEPT = 20
"""Versions in there, the newest."""


def why_not(path: Path) -> str | None:
    """Why the file cannot be replaced by this process, with what to do; None: it can."""
    path = path.resolve()
    if not path.exists():
        return f"{path} is gone; put it back, or start tagd with another --config"
    if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        return (
            f"{path.parent} is read-only for tagd; allow it with `systemctl edit tagd` and"
            f" ReadWritePaths={path.parent}, or change the file on the machine itself"
        )
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        return (
            f"this user ({os.geteuid()}) may not replace {path}; give it the file and its folder"
            " (chown), or change the file on the machine itself"
        )
    return None


def replace(path: Path, data: bytes) -> None:
    """Put a new file in its place, with its mode and owner; killed at any time, one is there.

    Raises `ConfigError` where that may not be done, `StoreFull` without room.
    """
    path = path.resolve()  # a link stays a link
    part = path.with_name(f".{path.name}.part")
    try:
        old = path.stat()
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(handle, old.st_uid, old.st_gid)
            os.fchmod(handle, stat.S_IMODE(old.st_mode))
            os.fsync(handle)
        part.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise _told(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def keep(data_dir: Path, data: bytes) -> None:
    """Keep a version that is about to be replaced; the oldest of many goes."""
    folder = data_dir / HISTORY
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{ids.new_id()}.yaml"  # in the order of time
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        for old in sorted(folder.glob("*.yaml"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise _told(folder, error) from None


def _told(path: Path, error: OSError) -> ConfigError | StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(f"{path.parent}: the disk is full; nothing was changed, make room")
    return ConfigError([f"{path} cannot be replaced: {error.strerror}; nothing was changed"])
