"""What lies on the disk of a container, seen from outside, and what became of it since."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

# Of the system itself, which goes on while one looks; nothing of an installer's is below these.
_ITS_OWN = (
    *("dev", "proc", "run", "sys", "tmp", "var/tmp", "var/log", "srv/carried"),
    *("var/lib/systemd/random-seed", "var/lib/systemd/timesync", "var/lib/systemd/timers"),
    *("etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock"),
    *("etc/subuid-", "etc/subgid-", "var/lib/mosquitto", "var/cache/ldconfig"),
)


def seen(root: Path, *, times: bool = False) -> dict[str, str]:
    """Path -> kind, mode, owner and content of everything; with `times` when it was written.

    A folder's time is not looked at: the same file written anew shows by its own.
    """
    found: dict[str, str] = {}
    for place, folders, names in os.walk(root):
        here = Path(place).relative_to(root)
        folders[:] = [name for name in folders if str(here / name) not in _ITS_OWN]
        for name in [*folders, *names]:
            if str(here / name) in _ITS_OWN:
                continue
            path = Path(place, name)
            about = path.lstat()
            told = f"{stat.filemode(about.st_mode)} {about.st_uid}:{about.st_gid}"
            if path.is_symlink():
                told += f" -> {path.readlink()}"
            elif path.is_file():
                told += f" {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
                told += f" {about.st_mtime_ns}" if times else ""
            found[str(here / name)] = told
    return found


def differs(before: dict[str, str], now: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Path -> what was and what is; empty: it is not there."""
    names = before.keys() | now.keys()
    both = {name: (before.get(name, ""), now.get(name, "")) for name in sorted(names)}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}
