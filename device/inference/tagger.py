"""A model as a tagger: picture in, tags out, whatever engine runs it; arithmetic in `decode`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import AcceleratorLost, ModelError
from device.inference import decode
from device.inference.card import Card, Input, SsdHead
from device.inference.engine import Engine, InputTensor
from device.inference.engines import Engines
from device.types import Box, Picture, Tag, TaggerInfo

FLOORS = {"classification": 0.3, "detection": 0.4}
"""Confidence below which nothing is said, where the config names no floor.

A softmax over 1000 fine names seldom passes 0.5; on an empty road the detector sees a person
at up to 0.34."""

_Found = tuple[int, float, decode.Box4 | None]


class ModelTagger:
    """NOT thread-safe. Raises `ModelError` when the model cannot be loaded or run."""

    def __init__(
        self,
        name: str,
        card: Card,
        engines: Engines,
        *,
        min_confidence: float | None,
        max_tags: int,
    ) -> None:
        self._card = card
        self._engines = engines
        self._floor = FLOORS[card.task] if min_confidence is None else min_confidence
        self._max_tags = max_tags
        head = card.head
        self._anchors = decode.ssd_anchors(head.anchors) if isinstance(head, SsdHead) else None
        size = (card.input.width, card.input.height)
        self.info = TaggerInfo(name, card.spec, card.sha256, "", size, len(card.labels))
        self._use(engines.open(card))

    def tag(self, picture: Picture) -> list[Tag]:
        """What reaches the floor, best first, at most `max_tags`."""
        spec = self._card.input
        region = _region(spec, picture.width, picture.height)
        pixels = picture.resized(spec.width, spec.height, region)
        outputs = self._run(pixels)
        return [self._tag(*found) for found in self._found(outputs)[: self._max_tags]]

    def close(self) -> None:
        """Give the engine's memory back."""
        self._engine.close()

    def _use(self, engine: Engine) -> None:
        self._engine = engine
        self._levels = _levels(self._card, engine.input)
        self.info = replace(self.info, backend=engine.backend, sha256=engine.sha256)

    def _run(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        try:
            return self._engine.run(self._levels.take(pixels)[np.newaxis])
        except AcceleratorLost as error:
            other = self._engines.replace(self._card, str(error))
            if other is None:
                raise
        self._engine.close()
        self._use(other)
        return self._engine.run(self._levels.take(pixels)[np.newaxis])

    def _found(self, outputs: list[NDArray[np.float32]]) -> list[_Found]:
        head = self._card.head
        if isinstance(head, SsdHead):
            assert self._anchors is not None
            return [
                *decode.ssd_detections(
                    outputs[head.boxes],
                    outputs[head.scores],
                    self._anchors,
                    coder=head.coder,
                    floor=self._floor,
                    iou=head.iou,
                    background=head.background,
                )
            ]
        scores = outputs[0]
        return [(i, score, None) for i, score in decode.top_k(scores, self._max_tags, self._floor)]

    def _tag(self, index: int, confidence: float, box: decode.Box4 | None) -> Tag:
        return Tag(
            name=self._card.labels[index],
            confidence=min(1.0, max(0.0, confidence)),
            kind=self._card.kind,
            tagger=self.info.name,
            model=self._card.spec,
            box=Box(*box) if box else None,
        )


def _levels(card: Card, tensor: InputTensor) -> NDArray[Any]:
    """What each of the 256 pixel values becomes in the input tensor: normalised and quantised.

    Raises `ModelError` for a tensor that is not one picture of the card's size.
    """
    spec = card.input
    if tensor.shape != (1, spec.height, spec.width, 3):
        raise ModelError(
            f"{card.spec} takes {list(tensor.shape)}, and its card says"
            f" {[1, spec.height, spec.width, 3]}: input.width and input.height must fit"
        )
    real = (np.arange(256, dtype=np.float32) - spec.mean) / spec.std
    if not np.issubdtype(tensor.dtype, np.integer):
        return real.astype(tensor.dtype)
    return decode.quantise(real, tensor.scale, tensor.zero_point, tensor.dtype)


def _region(spec: Input, width: int, height: int) -> Box | None:
    """The part of a picture of `width` x `height` that the model looks at; None for all."""
    if spec.region == "whole":
        return None
    side = spec.crop * min(width, height)
    w, h = side / width, side / height
    return Box((1 - w) / 2, (1 - h) / 2, w, h)
