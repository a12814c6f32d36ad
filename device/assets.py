"""Files of a drop-in media library: what it knows of a picture besides its tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
