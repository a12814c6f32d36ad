"""Files of a drop-in media library: what it knows of a picture besides its tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from device.errors import AssetError
from device.types import Tag
from device.vocabulary import Vocabulary

MOST_METADATA = 16 * 1024
"""Characters of what a client keeps with a file, as JSON."""

MOST_EXTENSIONS = 100
"""Of a file."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in its folder; several may be of one picture."""

    uid: str  # its own id, a ULID: what the clients call fileId
    picture: str  # id
    folder: str  # "/" or "/a/b"
    name: str  # in its folder there is no other of that name
    description: str | None
    metadata: Mapping[str, Any]  # what the client keeps with it, fit for JSON
    extensions: Mapping[str, Mapping[str, Any]]  # by name, `taggers` that answered, and `status`
    tags: tuple[str, ...]  # the client's own, as it spelled them
    private: bool
    published: bool
    coordinates: str | None  # "x,y,width,height" in pixels
    made_at: float  # UTC
    updated_at: float  # UTC
    made_by: str  # the name of whoever sent it

    @property
    def path(self) -> str:
        """Folder and name."""
        return f"{self.folder.rstrip('/')}/{self.name}"


def require_small(asset: Asset) -> None:
    """Raises `AssetError` for one that has grown too much, edit by edit."""
    if len(json.dumps(asset.metadata)) > MOST_METADATA:
        raise AssetError(f"customMetadata may have {MOST_METADATA // 1024} kB in all")
    if len(asset.extensions) > MOST_EXTENSIONS:
        raise AssetError(f"a file may have {MOST_EXTENSIONS} extensions")


@dataclass(frozen=True, slots=True)
class Extra:
    """What taggers say of a picture that was stored before."""

    tags: tuple[Tag, ...] = ()
    implied: tuple[tuple[str, float], ...] = ()  # further words, with confidence


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody wants to hear at this URL what became of an extension."""

    url: str
    service: str  # the extension's name
    status: str  # SUCCESS or FAILURE


@dataclass(frozen=True, slots=True)
class Pending:
    """A call that is still to be made; the file is there."""

    uid: str
    asset: str  # id
    call: Call
    made_at: float  # UTC


@dataclass(frozen=True, slots=True)
class Called:
    """These calls were made, or are given up."""

    frame_id: str  # of no frame: who may wait
    uids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What goes with a file that is replaced, where the new one does not bring its own."""

    tags: bool = True
    extensions: bool = True
    metadata: bool = True


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored picture becomes a file; the answer is the `Asset`, or an `AssetError`."""

    frame_id: str  # of no frame: who may wait
    asset: Asset  # as it is to be
    asked: bytes  # all that was asked for, hashed: the same again is the same upload
    vocabulary: Vocabulary
    known: bool = False  # the picture was there before: its words are still to be said
    extra: Extra = Extra()
    overwrite: Overwrite | None = None  # None: not where the name is taken
    administrator: bool = False  # may replace what others sent
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of a file; what says nothing stays as it is."""

    tags: tuple[str, ...] | None = None  # the client's, from now on
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    wrong: tuple[str, ...] | Literal["all"] = ()  # what taggers said, by name
    columns: Mapping[str, Any] = field(default_factory=dict)  # description, coordinates, published
    metadata: Mapping[str, Any] = field(default_factory=dict)  # None: it goes
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    extra: Extra = Extra()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """Files are changed, none where one is missing; the answer is a `Dealt`."""

    frame_id: str  # of no frame: who may wait
    by: str
    uids: tuple[str, ...]
    edit: Edit
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Unfiled:
    """Files go, none where one is missing, and pictures with their last; a `Dealt`."""

    frame_id: str  # of no frame: who may wait
    by: str
    uids: tuple[str, ...]
    administrator: bool = False  # may delete what others sent


@dataclass(frozen=True, slots=True)
class Dealt:
    """What became of several files."""

    assets: tuple[Asset, ...] = ()  # as they are now, or were
    missing: tuple[str, ...] = ()  # ids: then nothing was done
    refused: Mapping[str, str] = field(default_factory=dict)  # by id, why
