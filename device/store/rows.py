"""Between rows and the words of the house."""

from __future__ import annotations

from typing import Any

from device import wire
from device.results import Tagged
from device.types import FileKey, PictureRef

COLUMNS = (
    "picture.id, uid, source.name, picture.name, taken_ms, tagged_ms, width, height, format,"
    " size, sha256, kept, tags"
)
"""What `picture` and `picture_text` read, from picture JOIN source."""

BY_CONTENT = (
    f"SELECT {COLUMNS} FROM picture JOIN source ON source.id = source_id"
    " WHERE source.name = ? AND sha256 = ?"
)


def key_numbers(key: FileKey) -> tuple[int, int, int, int]:
    """Device, inode, size, mtime, fit for SQLite: a 64-bit number is signed there.

    File systems know times that 64 bits of nanoseconds do not; those wrap around.
    """
    return _signed(key.device), _signed(key.inode), key.size, _signed(key.mtime_ns)


def picture_of(item: Tagged) -> PictureRef:
    """The picture that a result becomes."""
    origin = item.origin
    return PictureRef(
        id=origin.frame_id,
        source=origin.source,
        taken_at=origin.taken_at,
        tagged_at=item.tagged_at,
        width=item.width,
        height=item.height,
        format=item.format,
        size=origin.size,
        sha256=origin.sha256.hex() if origin.sha256 else None,
        name=origin.name,
        tags=item.tags,
        has_image=item.thumbnail is not None,
    )


def picture(row: tuple[Any, ...]) -> PictureRef:
    """A row of `COLUMNS` as a picture."""
    return _picture(row, wire.tags_from_json(row[12]))


def picture_text(row: tuple[Any, ...]) -> str:
    """A row of `COLUMNS` as the API's JSON, its tags passed on unread."""
    return wire.picture_json(_picture(row, ()), row[12])


def _picture(row: tuple[Any, ...], tags: Any) -> PictureRef:
    return PictureRef(
        id=row[1],
        source=row[2],
        name=row[3],
        taken_at=row[4] / 1000,
        tagged_at=row[5] / 1000,
        width=row[6],
        height=row[7],
        format=row[8],
        size=row[9],
        sha256=row[10].hex() if row[10] else None,
        tags=tags,
        has_image=row[11] != "none",
    )


def _signed(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
