"""What goes into a report for whoever helps: each part as text, or why it is not there."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from device import __version__, board, mounts
from device.config import Config
from device.errors import TagdError
from device.store.database import FILE_NAME, open_reader, sqlite_errors
from device.store.people_db import FILE_NAME as PEOPLE

_PATIENCE = 10.0  # seconds for a program of the system
_LINES = 2000  # of the log
_KERNEL = re.compile(
    r"volt|power|throttl|thermal|mmc|\bsd[a-z]\b|nvme|ext4|i/o error|usb|video|camera|unicam|imx\d"
    r"|oom|out of memory|killed process|tagd|apex|nvidia|watchdog",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"serial ?number", re.IGNORECASE)


def versions() -> dict[str, Any]:
    """Of tagd and all it stands on."""
    return {
        "tagd": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "os": board.text(Path("/etc/os-release")).splitlines(),
        "packages": sorted(
            f"{one.metadata['Name']} {one.version}" for one in metadata.distributions()
        ),
    }


def machine(config: Config) -> dict[str, Any]:
    """Board, what the data folder lies on, what is plugged in by USB."""
    mount = mounts.mount_of(config.data_dir.resolve())
    disk = mounts.disk_of(mount) if mount else None
    places = sorted(Path("/sys/bus/usb/devices").glob("*/product"))
    return {
        "board": asdict(board.look()),
        "mount": {**asdict(mount), "options": sorted(mount.options)} if mount else None,
        "disk": asdict(disk) if disk else None,
        "usb": [board.text(one) for one in places],
        "video": [
            f"{one.parent.name}: {board.text(one)}"
            for one in sorted(Path("/sys/class/video4linux").glob("*/name"))
        ],
    }


def database(data_dir: Path, *, with_tags: bool) -> dict[str, Any]:
    """Sizes, rows of each table, the schema; no row of any. Raises `TagdError` where none is."""
    path = data_dir / FILE_NAME
    files = {one.name: one.stat().st_size for one in sorted(data_dir.glob("*")) if one.is_file()}
    with closing(open_reader(data_dir)) as db, sqlite_errors(path):
        found = dict(_facts(db))
        if with_tags:
            found["tags"] = _tags(db)
    return {"files": files, **found}


def _facts(db: sqlite3.Connection) -> Iterator[tuple[str, Any]]:
    for pragma in ("page_count", "page_size", "freelist_count", "journal_mode", "auto_vacuum"):
        yield pragma, db.execute(f"PRAGMA {pragma}").fetchone()[0]
    schema = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE sql NOTNULL ORDER BY 1"))
    tables = [
        name for name, kind in db.execute("SELECT name, type FROM sqlite_master") if kind == "table"
    ]
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in tables}
    yield (
        "rows",
        {
            name: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for name, table in quoted.items()
            if not name.startswith(("sqlite_", "picture_index"))
        },
    )
    yield "schema", schema


def _tags(db: sqlite3.Connection) -> dict[str, int]:
    sql = "SELECT name, sum(d.count) FROM tag_day d JOIN tag ON tag.id = tag_id GROUP BY 1"
    return dict(db.execute(sql))


def people(data_dir: Path) -> list[str]:
    """Names of all who may log in, of tokens, and of who made reviews: to leave them out.

    Raises `TagdError`: rather no report than one with the names of those who live here.
    """
    found = _names(data_dir / PEOPLE, "person", "token")
    with suppress(TagdError):  # a damaged one is what a report may be about
        found |= _names(data_dir / FILE_NAME, "person")
    return sorted(found)


def _names(path: Path, *tables: str) -> set[str]:
    if not path.exists():
        return set()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            return {name for table in tables for (name,) in db.execute(f"SELECT name FROM {table}")}
    except sqlite3.Error as error:
        told = f"{path} cannot be read ({error}): names of people could not be left out"
        raise TagdError(told) from None


def journal() -> str:
    """The newest lines of the service. Raises `TagdError` where they cannot be read."""
    said = _run("journalctl", "-u", "tagd", "-n", str(_LINES), "-o", "short-iso", "--no-hostname")
    if not said or "-- No entries --" in said:
        raise TagdError("the journal has no line of tagd that this user may read")
    return said


def log_lines(told: bytes) -> str:
    """The answer of `GET /api/v1/log`, a line each."""
    lines = json.loads(told)["lines"]
    return "\n".join(f"{one['at']} {one['level']} {one['logger']}: {one['text']}" for one in lines)


def kernel() -> str:
    """Its lines about power, cards, USB, cameras and memory, without serial numbers."""
    lines = _run("dmesg").splitlines()
    kept = [one for one in lines if _KERNEL.search(one) and not _SERIAL.search(one)]
    return "\n".join(kept[-_LINES:])


def _run(*command: str) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError:
        raise TagdError(f"there is no {command[0]} here") from None
    except subprocess.SubprocessError as error:
        said = str(getattr(error, "stderr", "") or error).strip()
        raise TagdError(f"{command[0]}: {said}; try it with sudo") from None
    return done.stdout
