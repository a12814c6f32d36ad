"""How far the detections of one model follow those of another. Pure functions on tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from device.types import Box, Tag

SAME_PLACE = 0.8  # intersection over union of two boxes of one thing
SAME_SCORE = 0.05  # a score may move by this much, also across the threshold


def iou(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(across, 0.0) * max(down, 0.0)
    return shared / (one.width * one.height + other.width * other.height - shared)


@dataclass(slots=True)
class Agreement:
    """Sums over pictures; counts are of detections at the threshold."""

    threshold: float
    pictures: int = 0
    wanted: int = 0  # by the reference
    said: int = 0  # by the model
    found: int = 0  # of the wanted: same label and place, score not lower by more than 0.05
    found_sharp: int = 0  # ... and at the threshold itself
    extra: int = 0  # said, and the reference has nothing like it
    missing: int = 0  # wanted, and the model has nothing like it
    close: int = 0  # of the found: scores within 0.05
    overlaps: list[float] = field(default_factory=list)  # IoU of the found

    def add(self, wanted: Sequence[Tag], said: Sequence[Tag]) -> None:
        """One picture; both with their detections down to threshold - 0.05."""
        self.pictures += 1
        sure = [tag for tag in wanted if tag.confidence >= self.threshold]
        self.wanted += len(sure)
        for tag in sure:
            match = _match(tag, said)
            if match is None:
                self.missing += 1
                continue
            self.found += 1
            self.found_sharp += match.confidence >= self.threshold
            self.close += abs(match.confidence - tag.confidence) <= SAME_SCORE
            self.overlaps.append(_overlap(tag, match))
        ours = [tag for tag in said if tag.confidence >= self.threshold]
        self.said += len(ours)
        self.extra += sum(_match(tag, wanted) is None for tag in ours)


def _overlap(one: Tag, other: Tag) -> float:
    assert one.box is not None
    assert other.box is not None
    return iou(one.box, other.box)


def _match(tag: Tag, others: Sequence[Tag]) -> Tag | None:
    """The one of the same label that overlaps it best, if that is the same place."""
    same = [other for other in others if other.name == tag.name]
    best = max(same, key=lambda other: _overlap(tag, other), default=None)
    return best if best is not None and _overlap(tag, best) >= SAME_PLACE else None
