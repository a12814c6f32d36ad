"""What is handed to the write thread: settled frames, and what they changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from device.hearing import Alternative
from device.types import FileKey, Frame, Tag, Visit


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
class HealthChange:
    """A camera began or ceased to suffer: told as a `health` event."""

    source: str
    state: str  # frozen, dark, covered, moved, silent, ...
    active: bool  # False: it is over
    since: float  # UTC, when it began
    detail: str  # for people
    facts: tuple[tuple[str, Any], ...] = ()  # numbers beside it, fit for JSON

    @property
    def frame_id(self) -> str:
        """Nobody waits for it."""
        return ""


Settled = Tagged | Refused | Known
"""What becomes of one frame."""


def bare(batch: Sequence[Settled]) -> list[Settled]:
    """The same without the files that would be kept of it."""
    return [
        replace(item, thumbnail=None, original=None) if isinstance(item, Tagged) else item
        for item in batch
    ]


Change = Settled | VisitChange | HealthChange
"""All that the write thread takes."""
