"""The words of the house as frozen dataclasses, and the three seams as Protocols.

Nothing here imports anything of ours. Times are seconds since the epoch in UTC (float),
confidences and box edges are 0..1, sizes are pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Height x width x 3, RGB, uint8."""

Kind = Literal["object", "scene", "action"]
"""What a tag speaks of: a thing in the picture, the whole of it, or what is being done."""


@dataclass(frozen=True, slots=True)
class FileKey:
    """What a file on disk looked like when it was read: the same key means the same content."""

    path: bytes  # as the file system spells it: names need not be UTF-8
    device: int
    inode: int
    size: int  # bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What is to be said at most; None and empty say nothing."""

    min_confidence: float | None = None  # 0..1, for every tag
    by_tag: Mapping[str, float] = field(default_factory=dict)  # 0..1, for these tags
    max_tags: int | None = None  # of a picture and tagger
    taggers: tuple[str, ...] | None = None  # only these


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as it arrived: encoded bytes or RGB pixels, never both."""

    id: str  # ULID: sorts by time; the dedupe key from the camera to MQTT
    source: str
    taken_at: float  # when the light arrived (or the file was written), not when it was handled
    data: bytes | Pixels
    name: str | None = None  # for people: the file's name; never used as a path
    sha256: bytes | None = None  # of the encoded bytes; set where equal content is one picture
    file: FileKey | None = None
    limits: Limits | None = None  # what whoever sent it wants to hear


@dataclass(frozen=True, slots=True)
class Box:
    """Edges in 0..1 of the upright picture; x and y are the top left corner."""

    x: float
    y: float
    width: float
    height: float


class Picture(Protocol):
    """The decoded, upright, read-only pixels of a frame. `images.decode` makes them."""

    @property
    def frame_id(self) -> str: ...
    @property
    def width(self) -> int:
        """Of the upright original, in pixels; `pixels` may be a reduced copy."""
        ...

    @property
    def height(self) -> int: ...
    @property
    def format(self) -> str:
        """JPEG, PNG, ... or RAW for pixels that never were a file."""
        ...

    @property
    def pixels(self) -> Pixels:
        """Read-only; possibly reduced, but never below what the decoder was asked for."""
        ...

    def resized(self, width: int, height: int, region: Box | None = None) -> Pixels:
        """A fresh, averaged copy of the region (the whole picture) in exactly this size."""
        ...

    def reduced(self, side: int) -> Pixels:
        """A fresh copy, shrunk by a whole factor to a longer side of about `side` pixels."""
        ...


@dataclass(frozen=True, slots=True)
class Tag:
    """One word said about a picture."""

    name: str
    confidence: float  # 0..1
    kind: Kind
    tagger: str  # the name the config gives it
    model: str  # name@version of the model that said it
    box: Box | None = None
    parents: tuple[str, ...] = ()  # nearest first


@dataclass(frozen=True, slots=True)
class TaggerInfo:
    """What a tagger is made of, as shown in health and logs."""

    name: str
    model: str  # name@version
    sha256: str  # hex, of the model file
    backend: str  # the runtime that runs it, with its version
    input_size: tuple[int, int]  # width, height
    labels: int  # how many it knows


@dataclass(frozen=True, slots=True)
class PictureRef:
    """What an event or an answer tells of a stored picture."""

    id: str
    source: str
    taken_at: float
    tagged_at: float
    width: int
    height: int
    format: str
    size: int  # bytes as it arrived; 0 for pixels that never were a file
    sha256: str | None  # hex
    name: str | None
    tags: tuple[Tag, ...]
    has_image: bool  # False when the owner keeps tags only


@dataclass(frozen=True, slots=True)
class Event:
    """One thing told. `body` is its one JSON form, the same bytes for every sink."""

    seq: int  # grows by one for each event of a device, never repeats
    id: str
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a frame: a stored picture, or why there is none."""

    frame_id: str
    picture: PictureRef | None = None
    error: str | None = None  # for people: what was wrong with the picture
    duplicate: bool = False  # the same content was tagged before; `picture` is that one


@dataclass(frozen=True, slots=True)
class Beat:
    """The pulse of one worker, read by the supervisor and by health."""

    name: str
    alive: bool
    age: float  # seconds since the worker last said that it is well (monotonic)
    done: int
    failed: int
    error: str | None = None  # the last one


class Source(Protocol):
    """Where frames come from. Iterating blocks until the next frame, and ends when exhausted."""

    name: str
    live: bool  # True: the newest frame wins; False: every frame counts

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames. A `SourceError` says that another try is worth while."""
        ...

    def close(self) -> None:
        """End the iteration. From any thread, at any time, twice if you like."""
        ...


class Tagger(Protocol):
    """A model with its decoder. NOT thread-safe: it lives and dies in one thread."""

    info: TaggerInfo

    def tag(self, picture: Picture) -> list[Tag]:
        """Best first; copies, never views of a model's memory."""
        ...

    def close(self) -> None: ...


class Sink(Protocol):
    """Where events go."""

    name: str

    def send(self, events: Sequence[Event]) -> None:
        """Deliver in order. Returning means delivered; raising means: try again later.

        Called with no events when there is nothing to tell, so that a sink can keep its
        connection ready; it raises `SinkError` while it has none.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class Reporting(Protocol):
    """A sink or source that has more to say for health."""

    def status(self) -> dict[str, Any]:
        """Small and fit for JSON; nothing secret. Any thread."""
        ...


class Ledger(Protocol):
    """What a source may ask about the files it has handed over before. Any thread."""

    def seen_file(self, source: str, key: FileKey) -> bool:
        """Was exactly this file (place, size, time) settled before: tagged or refused?"""
        ...

    def seen_content(self, source: str, sha256: bytes) -> bool:
        """Is there a picture of this source with this content?"""
        ...
