"""The words of the house as frozen dataclasses.

Nothing here imports anything of ours. Times are seconds since the epoch in UTC (float),
confidences and box edges are 0..1, sizes are pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Height x width x 3, RGB, uint8."""

Grey = NDArray[np.uint8]
"""Height x width, brightness, uint8."""

Kind = Literal["object", "scene", "action"]
"""What a tag speaks of: a thing in the picture, the whole of it, or what is being done."""

State = Literal["proposed", "accepted", "manual", "rejected"]
"""What is thought of a tag: a model said it, a person agreed, a person added it, or denied it."""


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
    by_tagger: Mapping[str, Limits] = field(default_factory=dict)  # nearer, for these taggers


@dataclass(frozen=True, slots=True)
class Box:
    """Edges in 0..1 of the upright picture; x and y are the top left corner."""

    x: float
    y: float
    width: float
    height: float


class Raw(Protocol):
    """A picture in its camera's own form, converted only when asked: by any thread, at any time."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    def grey(self) -> Grey:
        """Height x width, read-only, without a conversion: the luma plane."""
        ...

    def pixels(self) -> Pixels:
        """A fresh RGB copy that may be written to."""
        ...


Reason = Literal["motion", "visit", "interval", "asked"]
"""Why a look is taken: something moves, someone is there, it is time, or a person wants it."""


@dataclass(frozen=True, slots=True)
class Look:
    """Why a frame of a watched camera is to be tagged, and where something happens in it."""

    reason: Reason
    moved: tuple[Box, ...] = ()  # where something moves, the largest first


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as it arrived: encoded bytes, RGB pixels or a camera's own form."""

    id: str  # ULID: sorts by time; the dedupe key from the camera to MQTT
    source: str
    taken_at: float  # when the light arrived (or the file was written), not when it was handled
    data: bytes | Pixels | Raw
    name: str | None = None  # for people: the file's name; never used as a path
    sha256: bytes | None = None  # of the encoded bytes; set where equal content is one picture
    file: FileKey | None = None
    limits: Limits | None = None  # what whoever sent it wants to hear
    words: tuple[str, ...] = ()  # what whoever sent it says of it
    moment: float | None = None  # s, steady (monotonic; in a film its position); None: a still
    better: bytes | Raw | None = None  # the same view in more pixels: what is to be kept
    better_off: float = 0.0  # s that lie between this picture and the better one
    look: Look | None = None  # None: a picture of its own; else one look of a watched camera
    unkept: bool = False  # only whoever waits for it is told; nothing of it is stored


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
    zones: tuple[str, ...] = ()  # of its source, where it is


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
    states: tuple[State, ...] = ()  # of the tags; none where all are proposed
    reviewed_at: float | None = None  # by a person, the last time
    version: int = 0  # grows with each review and undoing of one


@dataclass(frozen=True, slots=True)
class Visit:
    """One tag at one source from its first confirmed sight to its last.

    Times are UTC for people; `duration` was measured by the steady clock.
    """

    id: str  # ULID
    source: str
    tag: str
    kind: Kind
    started_at: float  # its first sight, not its confirmation
    seen_at: float  # its last sight
    duration: float  # seconds from the first sight to the last
    ended_at: float | None = None  # None: still open; else the last sight
    best_confidence: float = 0.0  # 0..1
    best_picture: str | None = None  # id of a stored picture
    box: Box | None = None  # where it was last
    zones: tuple[str, ...] = ()  # entered so far, in order
    actions: tuple[str, ...] = ()  # arriving, stationary, entering:driveway, ... in order
    path: tuple[tuple[float, float], ...] = ()  # x, y of its foot in 0..1, thinned out
    interrupted: bool = False  # closed by a restart: when it really ended is not known


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
    answer: Any = None  # to what else was asked of the store


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A camera began or ceased to suffer: told as a `health` event."""

    source: str  # empty: it is about the store
    state: str  # frozen, dark, covered, moved, silent, ...
    active: bool  # False: it is over
    since: float  # UTC, when it began
    detail: str  # for people
    facts: tuple[tuple[str, Any], ...] = ()  # numbers beside it, fit for JSON

    @property
    def frame_id(self) -> str:
        """Nobody waits for it."""
        return ""
