"""What the sources have brought before: files by what they looked like, pictures by content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from device.store import rows, tombs
from device.types import FileKey

Ask = Callable[[str, tuple[Any, ...]], list[Any]]
"""Runs a query."""

Row = tuple[int, bytes, int, int, int, int]
"""Source, path, device, inode, size, mtime."""


def seen_file(ask: Ask, source: str, key: FileKey) -> bool:
    """Was exactly this file settled before?"""
    known = [one for (one,) in ask("SELECT key FROM erased_key", ())]
    paths = key.path, *tombs.hidden(known, key.path)
    sql = (
        "SELECT 1 FROM file JOIN source ON source.id = source_id WHERE source.name = ?"
        f" AND path IN ({','.join('?' * len(paths))})"
        " AND device = ? AND inode = ? AND file.size = ? AND mtime_ns = ?"
    )
    return bool(ask(sql, (source, *paths, *rows.key_numbers(key))))


def seen_content(ask: Ask, source: str, sha256: bytes) -> bool:
    """Did this source bring this content before, tagged or refused?"""
    sql = (
        "SELECT 1 FROM picture JOIN source ON source.id = source_id"
        " WHERE source.name = ?1 AND sha256 = ?2 UNION ALL"
        " SELECT 1 FROM refusal JOIN source ON source.id = source_id"
        " WHERE source.name = ?1 AND sha256 = ?2 LIMIT 1"
    )
    return bool(ask(sql, (source, sha256)))


def after(ask: Ask, last: tuple[int, bytes], limit: int) -> list[Row]:
    """The next files after this source and path."""
    sql = (
        "SELECT source_id, path, device, inode, size, mtime_ns FROM file"
        " WHERE (source_id, path) > (?, ?) ORDER BY source_id, path LIMIT ?"
    )
    return ask(sql, (*last, limit))
