"""What the tests of store and stages are made of: settled frames, a colourful tagging, patience."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from device import ids, images
from device.inference.fake import FakeTagger
from device.results import Known, Origin, Refused, Tagged
from device.tagging import Tagging
from device.types import FileKey, Frame, Pixels, Tag
from device.vocabulary import Vocabulary

NOON = 1_800_000_000.123  # 2027-01-15T08:00:00.123Z
GREY: Pixels = np.full((6, 8, 3), 128, dtype=np.uint8)
THUMBNAIL = images.jpeg_bytes(GREY)


def until(true: Callable[[], Any], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


def spawn(target: Callable[..., Any], *args: Any) -> threading.Thread:
    """A started thread that does not outlive a failed test."""
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def tag(name: str, confidence: float = 0.9, **more: Any) -> Tag:
    return Tag(name, confidence, "object", "objects", "ssd@1", **more)


def key(name: str = "a.jpg", **changes: int) -> FileKey:
    numbers = {"device": 1, "inode": 2, "size": 3, "mtime_ns": 4, **changes}
    return FileKey(path=name.encode(), **numbers)


def origin(
    content: str | None = None,
    source: str = "inbox",
    name: str | None = None,
    file: FileKey | None = None,
) -> Origin:
    digest = hashlib.sha256(content.encode()).digest() if content is not None else None
    return Origin(ids.new_id(), source, NOON - 5, name, 1000, digest, file)


def tagged(
    content: str | None = None,
    *names: str,
    source: str = "inbox",
    name: str | None = None,
    file: FileKey | None = None,
    tags: tuple[Tag, ...] | None = None,
    tagged_at: float = NOON,
    original: bytes | None = None,
    thumbnail: bytes | None = THUMBNAIL,
) -> Tagged:
    """A picture with these tags; without a content it is a live frame, which never is a copy."""
    return Tagged(
        origin=origin(content, source, name, file),
        tagged_at=tagged_at,
        width=640,
        height=480,
        format="JPEG",
        tags=tuple(tag(n) for n in names) if tags is None else tags,
        thumbnail=thumbnail,
        original=original,
    )


def refused(content: str | None = None, reason: str = "it is no picture", **more: Any) -> Refused:
    return Refused(origin(content, **more), reason)


def known(content: str, **more: Any) -> Known:
    return Known(origin(content, **more))


def jpeg(seed: int = 0) -> bytes:
    """A small picture; another seed is another content."""
    file = io.BytesIO()
    Image.new("RGB", (32, 24), (seed * 40 % 256, 90, 160)).save(file, "JPEG")
    return file.getvalue()


def frame(data: bytes, source: str = "upload", name: str | None = None) -> Frame:
    return Frame(ids.new_id(), source, NOON, data, name, hashlib.sha256(data).digest())


def colours() -> Tagging:
    """The path from frame to tags with the tagger that needs no model."""
    return Tagging([FakeTagger()], Vocabulary(), thumbnail_side=64)
