"""What the infer thread hands to the write thread: one settled frame after another."""

from __future__ import annotations

from dataclasses import dataclass

from device.hearing import Alternative
from device.types import FileKey, Frame, Tag


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


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture that could not be tagged, and why."""

    origin: Origin
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """Content that this source brought before: it has its picture or its refusal already."""

    origin: Origin


Settled = Tagged | Refused | Known
