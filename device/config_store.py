"""What can be said of the store: what is kept, for how long, in how much room, and its backups."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from device.config_base import Name, Seconds, Section

_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(%|MB|GB|TB)")
_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}


def _checked_size(value: str) -> str:
    found = _SIZE.fullmatch(value.strip())
    if not found or (found[2] == "%" and float(found[1]) > 90):
        raise ValueError("write a size such as 10% (of the disk, up to 90%), 500MB or 2GB")
    return value


Days = Annotated[float, Field(gt=0, le=36500)]
Size = Annotated[str, AfterValidator(_checked_size)]
"""A part of a disk, or a number of bytes: `10%`, `2GB`."""


def size_bytes(size: str, total: int) -> int:
    """Of a disk of `total` bytes."""
    found = _SIZE.fullmatch(size.strip())
    assert found is not None
    number = float(found[1])
    return round(number * total / 100 if found[2] == "%" else number * _UNITS[found[2]])


class Retention(Section):
    """What is forgotten, and when. Nothing is while none of these is given."""

    days: Days | None = None  # since it was tagged
    by_source: dict[Name, Days] = Field(default_factory=dict)  # instead of `days`
    by_tag: dict[str, Days] = Field(default_factory=dict)  # instead of both; the longest counts
    max_gb: Annotated[float, Field(gt=0)] | None = None  # GB (10^9 bytes) of pictures and database
    min_free: Size | None = None  # of the disk of data_dir
    keep: Literal["reviewed", "none"] = "reviewed"  # kept for ever, and the last to go for room
    events: Days = 14.0  # since they were made, once every sink has them


class Backup(Section):
    """Copies of the database in data_dir/backups."""

    every: Seconds = 86400.0  # 0: none
    keep: Annotated[int, Field(ge=1, le=1000)] = 7


class Store(Section):
    """What is kept of a picture beside its tags."""

    pictures: Literal["none", "thumbnail", "full"] = "thumbnail"
    thumbnail_side: Annotated[int, Field(ge=64, le=2048)] = 480  # pixels, the longer side
    retention: Retention = Retention()
    backup: Backup = Backup()
