"""Tries a new release before it is let near the owner's data: `tagd selftest`, run out of it.

As the user that the daemon runs as, with the passwords that systemd gives it, beside the release
that runs.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.appliance.host import Host, tail
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError

_PATIENCE = 1800.0  # seconds: a large database on a slow card, copied and migrated


@dataclass(frozen=True, slots=True)
class Tried:
    """What a release said of itself, with nothing wrong."""

    version: str
    data_dir: Path
    copy: str  # where it copies the database to before it migrates; empty: it needs not
    seconds: float  # that the migration took
    page: str  # where its page says whether it is well; empty: it has none
    warnings: tuple[str, ...]


def run(layout: Layout, host: Host, release: str) -> Tried:
    """Try `release`. Raises `ApplianceError` with all that is wrong."""
    program = layout.release(release) / "venv/bin/tagd"
    command = [str(program), "selftest", "--json", "--config", str(layout.config)]
    with _credentials(layout) as env:
        done = host.run([*_as_owner(layout), *command], env=env, check=False, seconds=_PATIENCE)
    lines = [_parsed(line) for line in done.said.splitlines()]
    wrong = [f"{one['about']}: {one['told']}" for one in lines if one.get("state") == "wrong"]
    facts = next((one["facts"] for one in lines if "facts" in one), None)
    if wrong:
        raise ApplianceError("; ".join(wrong))
    if done.code or not isinstance(facts, dict):
        raise ApplianceError(f"its self-test ended with {done.code}: {tail(done.said)}")
    return Tried(
        version=str(facts["version"]),
        data_dir=Path(facts["data_dir"]),
        copy=str(facts["copy"]),
        seconds=float(facts["seconds"]),
        page=str(facts["page"]),
        warnings=tuple(
            f"{one['about']}: {one['told']}" for one in lines if one.get("state") == "warning"
        ),
    )


def forget_copy(layout: Layout, host: Host, copy: str) -> None:
    """Take away what lies where the database will be copied to: of an update that went back.

    As the owner, too: whoever has taken over the daemon may have `copy` be any file at all.
    """
    host.run([*_as_owner(layout), "rm", "-f", "--", copy])


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _owner(layout: Layout) -> tuple[int, int]:
    try:
        found = layout.data.stat()
    except FileNotFoundError:
        return os.getuid(), os.getgid()
    return found.st_uid, found.st_gid


def _as_owner(layout: Layout) -> list[str]:
    """What makes a command that of the data folder's owner, and keeps root's terminal from it."""
    user, group = _owner(layout)
    if user == os.getuid():
        return []
    try:
        groups = ["--init-groups"] if pwd.getpwuid(user).pw_name else []
    except KeyError:
        groups = ["--clear-groups"]
    return [
        "setsid",
        "--wait",
        "setpriv",
        "--reuid",
        str(user),
        "--regid",
        str(group),
        *groups,
        "--",
    ]


@contextmanager
def _credentials(layout: Layout) -> Iterator[dict[str, str]]:
    """Where the config finds the passwords, as systemd would lay them out; gone afterwards."""
    user, group = _owner(layout)
    memory = layout.root / "run"
    folder = Path(tempfile.mkdtemp(prefix="tagd-trial-", dir=memory if memory.is_dir() else None))
    try:
        stored = layout.settings / "credentials"
        for path in sorted(stored.iterdir()) if stored.is_dir() else ():
            if path.is_file():
                copied = Path(shutil.copyfile(path, folder / path.name))
                copied.chmod(0o400)
                os.chown(copied, user, group)
        os.chown(folder, user, group)
        yield {"CREDENTIALS_DIRECTORY": str(folder), "HOME": str(layout.data)}
    finally:
        shutil.rmtree(folder)
