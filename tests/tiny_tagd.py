"""A program that stands for tagd where releases are changed: its commands, its database, in small.

Packed into wheels by `upgrade_rig`, with another VERSION, SCHEMA and WAY each.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path

VERSION = "0.1.0"
SCHEMA = 1
WAY = "well"  # or: selftest, crashes, hangs, falls, config
ROOT = Path(sys.argv[sys.argv.index("--config") + 1]).parents[2]
DATA = ROOT / "var/lib/tagd"
DB = DATA / "tagd.db"
COPY = DATA / f"backups/before-m{SCHEMA:03}_x.db"


def schema_of(path):
    db = sqlite3.connect(path)
    try:
        return db.execute("PRAGMA user_version").fetchone()[0]
    finally:
        db.close()


def selftest():
    stale = DB.exists() and schema_of(DB) < SCHEMA
    told = {"about": "models", "state": "wrong" if WAY == "selftest" else "ok", "told": "cats"}
    print("a stray line")
    print(json.dumps(told))
    facts = {"version": VERSION, "data_dir": str(DATA), "page": "", "seconds": 0.1}
    print(json.dumps({"facts": facts | {"copy": str(COPY) if stale else ""}}))
    return int(WAY == "selftest")


def restore(copy):
    number = 1
    while (kept := DATA / f"replaced/{number}").exists():
        number += 1
    kept.mkdir(parents=True)
    part = DB.with_suffix(".part")
    shutil.copyfile(copy, part)
    os.replace(DB, kept / DB.name)
    os.replace(part, DB)
    return 0


def run():
    if WAY == "config":
        print("tagd.yaml:3: there is no such key", file=sys.stderr)
        return 2
    DATA.joinpath("backups").mkdir(parents=True, exist_ok=True)
    there = schema_of(DB) if DB.exists() else 0
    if there > SCHEMA:
        print(f"written by a newer tagd ({there})", file=sys.stderr)
        return 2
    if there and there < SCHEMA:
        part = COPY.with_suffix(".part")
        shutil.copyfile(DB, part)
        os.replace(part, COPY)
    db = sqlite3.connect(DB, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    db.execute("CREATE TABLE IF NOT EXISTS picture (told TEXT)")
    db.execute(f"PRAGMA user_version = {SCHEMA}")
    db.execute("INSERT INTO picture VALUES (?)", (VERSION,))
    db.execute("COMMIT")
    if WAY == "crashes":
        return 1
    (ROOT / "run/ready.part").write_text(VERSION)
    os.replace(ROOT / "run/ready.part", ROOT / "run/ready")
    if WAY == "falls":
        time.sleep(0.15)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(60)


def main():
    command = sys.argv[1]
    if command == "restore":
        sys.exit(restore(sys.argv[-1]))
    sys.exit({"selftest": selftest, "run": run}[command]())
