"""A disk that loses what was not flushed: states in which a power cut may have left a folder.

Writes that were not flushed are lost, kept, exchanged with others or torn into sectors, each by
chance; names (made, renamed, removed) are kept in their order up to some point at or after the last
flush, as a journaling file system does.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass(frozen=True)
class Op:
    what: str  # Create, Truncated open, Write, Sync, Length, Rename, Unlink, Directory
    path: str  # below the root
    offset: int
    data: bytes


@dataclass
class Inode:
    ops: list[tuple[int, Op]] = field(default_factory=list)  # with their place in the record
    synced: int = -1  # all before this place is on the disk


def read_record(path: Path, root: Path) -> list[Op]:
    """What the recorder noted."""
    data, at, ops = path.read_bytes(), 0, []
    while at < len(data):
        end = data.index(b"\n", at)
        what, length, offset, name = data[at:end].decode().split(" ")
        at = end + 1
        whole = data[at : at + int(name)].decode()
        at += int(name)
        ops.append(
            Op(what, whole.removeprefix(f"{root}/"), int(offset), data[at : at + int(length)])
        )
        at += int(length)
    return ops


def state(ops: list[Op], crash: int, chance: random.Random, root: str) -> dict[str, bytes]:
    """Files by name after a cut just before `ops[crash]`."""
    flushed = max((n for n, op in enumerate(ops[:crash]) if op.what == "S"), default=0)
    names_until = chance.randint(flushed, crash)
    live: dict[str, Inode] = {}
    kept: dict[str, Inode] = {}
    for number, op in enumerate(ops[:crash]):
        if op.what in "CT":
            if op.path not in live:
                live[op.path] = Inode()
            if op.what == "T":
                live[op.path].ops.append((number, Op("L", op.path, 0, b"")))
        elif op.what in "WL":
            live.setdefault(op.path, Inode()).ops.append((number, op))
        elif op.what == "S" and op.path in live:
            live[op.path].synced = number
        elif op.what == "R":
            live[op.data.decode().removeprefix(f"{root}/")] = live.pop(op.path)
        elif op.what == "U":
            live.pop(op.path, None)
        if number < names_until:
            kept = dict(live)
    return {name: _content(inode, names_until, chance) for name, inode in kept.items()}


def _content(inode: Inode, names_until: int, chance: random.Random) -> bytes:
    sure = [op for number, op in inode.ops if number < inode.synced]
    loose = [(number, op) for number, op in inode.ops if number >= inode.synced]
    # A length is a name's business: in order, up to the same point.
    loose = [(n, op) for n, op in loose if op.what == "W" or n < names_until]
    loose = [(n, op) for n, op in loose if op.what == "L" or chance.random() < 0.5]
    if chance.random() < 0.3 and all(op.what == "W" for _, op in loose):
        chance.shuffle(loose)
    data = bytearray()
    for op in sure:
        _apply(data, op, None)
    for _, op in loose:
        _apply(data, op, chance if chance.random() < 0.3 else None)
    return bytes(data)


def _apply(data: bytearray, op: Op, torn: random.Random | None) -> None:
    if op.what == "L":
        del data[op.offset :]
        data.extend(bytes(max(0, op.offset - len(data))))
        return
    for start in range(0, len(op.data), SECTOR):
        if torn is not None and torn.random() < 0.5:
            continue
        at, part = op.offset + start, op.data[start : start + SECTOR]
        data.extend(bytes(max(0, at + len(part) - len(data))))
        data[at : at + len(part)] = part
