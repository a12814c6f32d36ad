"""What is told of the files of a drop-in media library and of their folders, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from device.assets import Asset
from device.search_query import Query

Order = Literal["made", "updated", "name", "width", "height", "size"]
"""What files are sorted by; those that are alike in it, by their age."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word said of a picture."""

    name: str
    confidence: float  # 0..1
    taggers: tuple[str, ...]  # all that said it; none: a person did
    rejected: bool  # a person denied it


@dataclass(frozen=True, slots=True)
class Listed:
    """A file with what is known of its picture."""

    asset: Asset
    width: int  # pixels, upright
    height: int
    format: str  # as in `Picture.format`
    size: int  # bytes as it arrived
    kept: str  # none, thumbnail, full
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """One that has files, or has folders that have some."""

    path: str  # /a/b
    made_at: float  # UTC, of the first file that is still in it
    updated_at: float  # UTC, of the last

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def id(self) -> str:
        """Always the same for a path: its UTF-8 in hexadecimal figures."""
        return self.path.encode().hex()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listed."""

    query: Query = field(default_factory=Query)  # in the dialect of files
    order: Order = "made"
    descending: bool = False
    skip: int = 0
    limit: int = 1000
    files: bool = True
    folders: bool = False
