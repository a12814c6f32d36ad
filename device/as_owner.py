"""Looking with the rights of the daemon: root may open everything, and would find no fault.

Nor may what the daemon's user wrote, its config included, lead root anywhere. Only for commands:
it is the whole process whose rights change.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

_USER = "tagd"


def may(path: Path, mode: int) -> bool:
    """Whether whom this process acts for may do that (`os.R_OK`, ...) with what lies there."""
    return os.access(path, mode, effective_ids=True)


def name() -> str:
    """Of whom this process acts for."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())


@contextlib.contextmanager
def acting_for_owner(folder: Path, config: Path | None = None) -> Iterator[None]:
    """As root: meanwhile as whoever owns the data folder, or is to own it. Else as before.

    `config` names the folder: where it is not root's, it is its owner who is meant, as a config
    that others may write could name a folder of anybody's.
    """
    owner = _owner(folder, config) if os.geteuid() == 0 else None
    if owner is None:
        yield
        return
    groups = os.getgroups()
    try:
        with contextlib.suppress(OSError):  # root of a container that may be nobody else
            _become(owner)
        if not may(Path(__file__), os.R_OK):
            _back(groups)  # root's own checkout: whoever that is could not even run tagd from it
        yield
    finally:
        _back(groups)


def _owner(folder: Path, config: Path | None) -> pwd.struct_passwd | None:
    """Whom root is to act for; None: itself."""
    if config is not None:
        with contextlib.suppress(KeyError, OSError):
            if number := config.lstat().st_uid:
                return pwd.getpwuid(number)
    with contextlib.suppress(KeyError, OSError):
        number = folder.stat().st_uid
        return pwd.getpwuid(number) if number else None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(_USER)
    return None


def _become(owner: pwd.struct_passwd) -> None:
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setegid(owner.pw_gid)
    os.seteuid(owner.pw_uid)


def _back(groups: list[int]) -> None:
    os.seteuid(os.getuid())
    os.setegid(os.getgid())
    with contextlib.suppress(OSError):  # as above: then they are still the same
        os.setgroups(groups)
