"""The self-test of a model: sample pictures whose tags are known.

A broken runtime, delegate or file is noticed before it writes wrong tags. Another processor or
runtime may move a score; it may not change the label.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from device import clock, ids, images, shipped
from device.inference.card import Card, Golden
from device.inference.engines import Engines
from device.inference.tagger import ModelTagger
from device.types import Frame, Tag

_SEEN = 0.05  # confidence from which a tag is looked at


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model said of one golden picture."""

    golden: Golden
    best: Tag | None  # the surest tag, None for nothing at all
    confidence: float  # of the golden tag, 0..1
    milliseconds: float  # without decoding the picture

    @property
    def right(self) -> bool:
        """The label must be the surest one, and reach the card's floor."""
        surest = self.best is not None and self.best.name == self.golden.tag
        return surest and self.confidence >= self.golden.at_least

    def __str__(self) -> str:
        golden = self.golden
        said = f"{golden.tag} {self.confidence:.2f}, at least {golden.at_least:.2f}"
        if self.best is not None and self.best.name != golden.tag:
            said += f", but {self.best.name} {self.best.confidence:.2f} is the surest"
        word = "ok   " if self.right else "WRONG"
        return f"{word} {golden.picture}: {said}, {self.milliseconds:.0f} ms"


def self_test(card: Card, engines: Engines) -> list[Verdict]:
    """A verdict on each golden picture of the card. Raises `ModelError`."""
    tagger = ModelTagger(card.name, card, engines, min_confidence=_SEEN, max_tags=100)
    try:
        return [_verdict(tagger, golden) for golden in card.golden]
    finally:
        tagger.close()


def _verdict(tagger: ModelTagger, golden: Golden) -> Verdict:
    data = (shipped.SAMPLES / golden.picture).read_bytes()
    picture = images.decode(Frame(ids.new_id(), "samples", clock.now(), data))
    start = time.monotonic()
    tags = tagger.tag(picture)
    milliseconds = (time.monotonic() - start) * 1000
    said = max((tag.confidence for tag in tags if tag.name == golden.tag), default=0.0)
    return Verdict(golden, tags[0] if tags else None, said, milliseconds)
