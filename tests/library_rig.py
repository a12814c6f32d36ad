"""Files of a media library, put into a store as uploads would, and the rows that they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from makers import NOON, tag, tagged

from device import ids
from device.assets import Asset, Filed
from device.config_compat import IMAGEKIT
from device.store.writer import Store
from device.types import Tag
from device.vocabulary import Vocabulary

DAY = 86400.0
OBJECTS = {"aws-auto-tagging": {"taggers": ["objects"], "status": "success"}}


@dataclass(frozen=True)
class Row:
    """A file as a test wants it."""

    name: str
    folder: str = "/"
    said: tuple[str, ...] = ()  # by the tagger `objects`
    tags: tuple[str, ...] = ()  # the client's own
    words: tuple[Tag, ...] = ()  # said as well
    implied: tuple[tuple[str, float], ...] = ()  # by these
    made_at: float = NOON
    updated_at: float | None = None  # None: when it was made
    width: int = 640
    height: int = 480
    size: int = 1000
    format: str = "JPEG"
    private: bool = False
    published: bool = True
    made_by: str = "shop"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: OBJECTS)


def shelve(store: Store, *rows: Row) -> list[Asset]:
    """A picture and a file for each, in this order."""
    assets = [_shelved(store, row) for row in rows]
    while store.tend():
        pass
    return assets


def _shelved(store: Store, row: Row) -> Asset:
    picture = tagged(
        f"{row.folder}/{row.name}", source=IMAGEKIT, tags=(*map(tag, row.said), *row.words)
    )
    origin = replace(picture.origin, size=row.size)
    picture = replace(
        picture,
        origin=origin,
        width=row.width,
        height=row.height,
        format=row.format,
        implied=row.implied,
    )
    store.commit([picture], {})
    asset = Asset(
        uid=ids.new_id(),
        picture=origin.frame_id,
        folder=row.folder,
        name=row.name,
        description=None,
        metadata=row.metadata,
        extensions=row.extensions,
        tags=row.tags,
        private=row.private,
        published=row.published,
        coordinates=None,
        made_at=row.made_at,
        updated_at=row.made_at if row.updated_at is None else row.updated_at,
        made_by=row.made_by,
    )
    asked = hashlib.sha256(asset.uid.encode()).digest()
    [done] = store.commit([Filed(ids.new_id(), asset, asked, Vocabulary(), known=True)], {})
    assert isinstance(done.answer, Asset), done.answer
    return done.answer
