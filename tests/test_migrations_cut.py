"""A start that migrates the database, killed at 25 moments: old or new, and a copy before."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from test_migrations import golden

from device.search_query import parse
from device.store import copies
from device.store.reader import Reader
from device.store.writer import Store

KILLS = 25
FIRST = "m003_visits"  # that a database of the first release lacks

DYING = """
import os, signal, sqlite3, sys
from pathlib import Path

left, connect = int(sys.argv[2]), sqlite3.connect
seen = 0

def hear(statement):
    global seen
    if seen == left:
        os.kill(os.getpid(), signal.SIGKILL)
    seen += 1

def watched(*given, **how):
    opened = connect(*given, **how)
    opened.set_trace_callback(hear)
    return opened

sqlite3.connect = watched
from device.store.writer import Store
Store(Path(sys.argv[1]), "d").close()
print(seen)
"""


def start(folder: Path, statements: int) -> int:
    """Killed before that statement; how many there were, where it came to its end."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(folder), str(statements)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == -signal.SIGKILL:
        return 0
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def applied(path: Path) -> list[str]:
    """The migrations that a database has."""
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        rows = db.execute("SELECT name FROM _sqlite_migrations ORDER BY name").fetchall()
    finally:
        db.close()
    return [name for (name,) in rows]


def test_killed_anywhere(tmp_path: Path) -> None:
    uids = golden(tmp_path / "old")
    shutil.copytree(tmp_path / "old", tmp_path / "whole")
    statements = start(tmp_path / "whole", -1)
    every = applied(tmp_path / "whole/tagd.db")
    assert statements > KILLS
    states = set()
    for number in range(KILLS):
        folder = tmp_path / f"cut{number}"
        shutil.copytree(tmp_path / "old", folder)
        assert start(folder, number * statements // KILLS) == 0
        found = applied(folder / "tagd.db")
        assert found == every[: len(found)], "each is whole, in their order"
        states.add(len(found))
        if FIRST in found:
            copy = folder / copies.before(FIRST)
            assert copies.verify(copy).pictures == 3, "it was copied before anything changed"
            assert applied(copy) == every[:2]
        Store(folder, "d").close()
        assert applied(folder / "tagd.db") == every
        reader = Reader(folder)
        assert [picture.id for picture in reader.find(parse(""))] == uids[::-1]
        reader.close()
    assert {2, len(every)} <= states, "some were old, some new"
