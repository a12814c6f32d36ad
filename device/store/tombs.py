"""Tombstones: what was erased stays erased, and they do not say what it was.

A tombstone is a keyed hash of a picture's id, a visit's id or a content: it knows what it is asked
about and tells nothing by itself. They are in the database, and in the file `erased` beside it,
which outlives the loss of the database and its replacement by an older copy. The file is written
first, a line each: the key, then the hashes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from device.disk import flush_folder
from device.errors import StoreError
from device.store import database

FILE = "erased"
_SIZE = 16  # bytes of a hash; so long that two things never meet
_LINE = re.compile(r"(key )?([0-9a-f]{32}|[0-9a-f]{64})")
_HIDDEN = b"erased:"
_FIND = "SELECT 1 FROM erased WHERE hash = ?"


class Tombs:
    """Those of a data folder, on the store's write connection and in its transactions."""

    def __init__(self, db: sqlite3.Connection, data_dir: Path) -> None:
        self._db = db
        self._file = data_dir / FILE
        self._keys = keys(db)

    def add(self, things: Iterable[bytes]) -> None:
        """Durable in the file on return, in the database with its transaction.

        Raises `StoreFull` or `StoreError`.
        """
        try:
            if not self._keys:
                self._begin()
            found = [_hash(self._keys[0], thing) for thing in things]
            _append(self._file, [one.hex() for one in found])
        except OSError as error:
            raise database.folder_error(self._file.parent, error) from error
        self._db.execute("INSERT OR IGNORE INTO erased_key VALUES (?)", self._keys[:1])
        self._db.executemany("INSERT OR IGNORE INTO erased VALUES (?)", ((one,) for one in found))

    def lift(self, things: Iterable[bytes]) -> None:
        """These may be here again. The file is replaced: only what was there is taken away."""
        gone = {_hash(key, thing) for thing in things for key in self._keys}
        gone = {one for one in gone if self._db.execute(_FIND, (one,)).fetchone()}
        if not gone:
            return
        self._db.executemany("DELETE FROM erased WHERE hash = ?", ((one,) for one in gone))
        found, hashes = _read(self._file)
        lines = [f"key {key.hex()}" for key in found]
        lines += [one.hex() for one in hashes - gone]
        part = self._file.with_name(f".{FILE}.part")
        try:
            part.unlink(missing_ok=True)
            _append(part, lines)
            part.replace(self._file)
            flush_folder(self._file.parent)
        except OSError as error:
            raise database.folder_error(self._file.parent, error) from error

    def has(self, thing: bytes) -> bool:
        """Whether it was erased."""
        return has(self._db, self._keys, thing)

    def hidden(self, path: bytes) -> bytes:
        """In place of a path: it can be asked for, and does not tell. Once something is erased."""
        [found] = hidden(self._keys[:1], path)
        return found

    def _begin(self) -> None:
        key = secrets.token_bytes(32)
        _append(self._file, [f"key {key.hex()}"])
        flush_folder(self._file.parent)
        self._keys = [key]


def picture(uid: bytes) -> bytes:
    """The thing that a picture's id is."""
    return b"picture:" + uid


def visit(uid: str) -> bytes:
    """The thing that a visit's id is."""
    return b"visit:" + uid.encode()


def content(sha256: bytes) -> bytes:
    """The thing that a content is, whoever brings it."""
    return b"content:" + sha256


def keys(db: sqlite3.Connection) -> list[bytes]:
    """The keys that hashes were made with; more than one only after two boxes became one."""
    return [key for (key,) in db.execute("SELECT key FROM erased_key")]


def has(db: sqlite3.Connection, known: Sequence[bytes], thing: bytes) -> bool:
    """Whether it was erased, by any of the keys."""
    return any(db.execute(_FIND, (_hash(key, thing),)).fetchone() for key in known)


def hidden(known: Sequence[bytes], path: bytes) -> list[bytes]:
    """How a path may be spelt that does not tell, by each of the keys."""
    return [_HIDDEN + _hash(key, b"path:" + path).hex().encode() for key in known]


def is_hidden(path: bytes) -> bool:
    """Whether a path of the ledger is one that does not tell."""
    return path.startswith(_HIDDEN)


def agree(db: sqlite3.Connection, data_dir: Path) -> bool:
    """Have database and file know the same; whether the database had to learn something.

    In a transaction. Raises `StoreFull` or `StoreError`.
    """
    beside_keys, beside = _read(data_dir / FILE)
    here_keys = set(keys(db))
    here = {one for (one,) in db.execute("SELECT hash FROM erased")}
    db.executemany("INSERT INTO erased_key VALUES (?)", ((k,) for k in beside_keys - here_keys))
    db.executemany("INSERT INTO erased VALUES (?)", ((one,) for one in beside - here))
    lines = [f"key {key.hex()}" for key in here_keys - beside_keys]
    try:
        _append(data_dir / FILE, lines + [one.hex() for one in here - beside])
        if lines:
            flush_folder(data_dir)
    except OSError as error:
        raise database.folder_error(data_dir, error) from error
    return bool(beside - here)


def save_beside(data_dir: Path) -> None:
    """Before a database goes: what it knows is in the file, as far as it can be read."""
    with (
        contextlib.suppress(StoreError, sqlite3.Error),
        contextlib.closing(database.open_reader(data_dir)) as db,
    ):
        beside_keys, beside = _read(data_dir / FILE)
        lines = [f"key {key.hex()}" for key in keys(db) if key not in beside_keys]
        rows = db.execute("SELECT hash FROM erased")
        lines += [one.hex() for (one,) in rows if one not in beside]
        _append(data_dir / FILE, lines)


def _hash(key: bytes, thing: bytes) -> bytes:
    return hashlib.blake2b(thing, digest_size=_SIZE, key=key).digest()


def _read(path: Path) -> tuple[set[bytes], set[bytes]]:
    """Keys and hashes; a line that a power cut tore says nothing, its act goes on anyway."""
    found: tuple[set[bytes], set[bytes]] = set(), set()
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            for line in file:
                if (match := _LINE.fullmatch(line.rstrip("\n"))) is not None:
                    size = 2 * _SIZE * (2 if match[1] else 1)
                    if len(match[2]) == size:
                        found[0 if match[1] else 1].add(bytes.fromhex(match[2]))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise database.folder_error(path.parent, error) from error
    return found


def _append(path: Path, lines: Sequence[str]) -> None:
    if not lines:
        return
    # A line feed first: what a power cut left of the last line must not swallow the next.
    data = "".join(f"\n{line}" for line in lines).encode() + b"\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
