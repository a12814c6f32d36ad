"""What is handed to the write thread: settled frames, and what they changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from device.assets import Called, Edited, Filed, Unfiled
from device.hearing import Alternative
from device.review import Judgement
from device.types import FileKey, Frame, HealthChange, State, Tag, Visit
from device.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Origin:
    """What is remembered of a frame once its pixels are gone."""

    frame_id: str
    source: str
    taken_at: float
    name: str | None
    size: int  # bytes as it arrived; 0 for pixels that never were a file
    sha256: bytes | None
    file: FileKey | None

    @classmethod
    def of(cls, frame: Frame) -> Origin:
        """The origin of a frame."""
        return cls(
            frame_id=frame.id,
            source=frame.source,
            taken_at=frame.taken_at,
            name=frame.name,
            size=len(frame.data) if isinstance(frame.data, bytes) else 0,
            sha256=frame.sha256,
            file=frame.file,
        )


@dataclass(frozen=True, slots=True)
class Tagged:
    """A picture with its tags, ready to be stored and told."""

    origin: Origin
    tagged_at: float
    width: int
    height: int
    format: str
    tags: tuple[Tag, ...]
    thumbnail: bytes | None  # a JPEG; None: the owner keeps tags only
    original: bytes | None  # the encoded bytes, where the owner keeps them
    implied: tuple[tuple[str, float], ...] = ()  # further words to find it by, with confidence
    alternatives: tuple[Alternative, ...] = ()  # what was nearly said, kept for a review

    @property
    def frame_id(self) -> str:
        """Who may wait for it."""
        return self.origin.frame_id


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture that could not be tagged, and why."""

    origin: Origin
    reason: str

    @property
    def frame_id(self) -> str:
        """Who may wait for it."""
        return self.origin.frame_id


@dataclass(frozen=True, slots=True)
class Known:
    """Content that this source brought before: it has its picture or its refusal already."""

    origin: Origin

    @property
    def frame_id(self) -> str:
        """Who may wait for it."""
        return self.origin.frame_id


VisitEvent = Literal["visit_start", "visit_update", "visit_end"]


@dataclass(frozen=True, slots=True)
class VisitChange:
    """A visit as it is from now on."""

    visit: Visit
    event: VisitEvent | None  # None: noted, so that a restart knows the last sight, and not told
    picture: Tagged | None = None  # stored with it, without an event of its own
    tags: tuple[Tag, ...] = ()  # what the event says: this visit's tag, with its box

    @property
    def frame_id(self) -> str:
        """Nobody waits for it."""
        return self.visit.id


@dataclass(frozen=True, slots=True)
class Switched:
    """A person's choice whether a source is on, kept until the config's own word changes."""

    source: str
    enabled: bool
    configured: bool  # what the config said at that time
    frame_id: str  # of no frame: who may wait until it is durable


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person says of the tags of pictures: of each of them the same."""

    frame_id: str  # of no frame: who may wait; the answer is a `Done` for each picture, in order
    by: str  # their name
    pictures: tuple[str, ...]  # ids
    judgements: tuple[Judgement, ...]  # none: it is right as it is
    vocabulary: Vocabulary  # the words that hold when it is said
    version: int | None = None  # of the picture that they looked at; None: whatever it is
    key: str | None = None  # the same one of the same person: the same review, sent again


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A review is taken back, as if it had never been."""

    frame_id: str  # of no frame: who may wait; the answer is one `Done`
    by: str
    review: str  # id


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that a sink will never get: told as a `gap` event, and its cursor is behind them."""

    sink: str
    first: int  # seq
    last: int  # seq
    reason: str  # for people

    @property
    def frame_id(self) -> str:
        """Nobody waits for it."""
        return ""


Erasable = Literal["picture", "visit", "query"]
"""What can be erased: one picture, a visit with what only it has, all that a search finds."""


@dataclass(frozen=True, slots=True)
class Erase:
    """What is to be gone for ever: once this is committed, it goes on until it is done."""

    kind: Erasable
    wanted: str  # an id, or a query
    by: str  # who
    frame_id: str  # of no frame: the act's own id


@dataclass(frozen=True, slots=True)
class Imported:
    """A picture of an export: stored as it was, and not told."""

    picture: Tagged
    states: tuple[State, ...]  # of its tags, in their order
    reviewed_at: float | None
    even_erased: bool  # also what was erased here
    frame_id: str  # of no frame: the same picture may be brought twice at once


ERASED = "it was erased meanwhile; send it again"
"""Of a content that was known a moment ago, as the error of an outcome."""

Settled = Tagged | Refused | Known
"""What becomes of one frame."""

Change = (
    Settled
    | VisitChange
    | HealthChange
    | Switched
    | Reviewed
    | Unreviewed
    | Gap
    | Erase
    | Imported
    | Filed
    | Edited
    | Unfiled
    | Called
)
"""All that the write thread takes."""

ERASING = (Erase, Filed, Unfiled)
"""Those after which there may be something to erase: a file that goes may be a picture's last."""


def bare(batch: Sequence[Change]) -> list[Change]:
    """The same without the files that would be kept of it."""
    return [_bare(change) for change in batch]


def _bare(change: Change) -> Change:
    if isinstance(change, Tagged):
        return replace(change, thumbnail=None, original=None)
    if isinstance(change, (VisitChange, Imported)) and change.picture is not None:
        picture = replace(change.picture, thumbnail=None, original=None)
        return replace(change, picture=picture)
    return change
