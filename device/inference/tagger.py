"""A model as a tagger: picture in, tags out, whatever engine runs it; arithmetic in `decode`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import AcceleratorLost, ModelError
from device.inference import decode
from device.inference.card import Card, Input
from device.inference.engine import Engine
from device.inference.engines import Engines
from device.inference.fit import require_fit
from device.inference.heads import finder
from device.inference.labels import NO_WORD
from device.inference.tensors import Tensor
from device.types import Box, Picture, Tag, TaggerInfo


class ModelTagger:
    """NOT thread-safe. Raises `ModelError` when the model cannot be loaded or run."""

    def __init__(
        self,
        name: str,
        card: Card,
        engines: Engines,
        *,
        min_confidence: float,
        max_tags: int,
    ) -> None:
        """What is less sure than `min_confidence`, or not among the `max_tags`, is not given."""
        self._card = card
        self._engines = engines
        self._floor = min_confidence
        self._max_tags = max_tags
        self._find = finder(card.head)
        size = (card.input.width, card.input.height)
        self.info = TaggerInfo(name, card.spec, card.sha256, "", size, len(card.labels))
        self._use(engines.open(card))

    def tag(self, picture: Picture) -> list[Tag]:
        """What reaches the floor, best first, at most `max_tags`."""
        spec = self._card.input
        region = _region(spec, picture.width, picture.height)
        pixels = picture.resized(spec.width, spec.height, region)
        found = self._find(self._run(pixels), self._floor, self._max_tags)
        return [self._tag(*one) for one in found if self._has_word(one[0])]

    def close(self) -> None:
        """Give the engine's memory back."""
        self._engine.close()

    def _use(self, engine: Engine) -> None:
        try:
            require_fit(self._card, engine.inputs, engine.outputs)
        except ModelError:
            engine.close()
            raise
        self._engine = engine
        self._levels = _levels(self._card.input, engine.inputs[0])
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

    def _has_word(self, index: int) -> bool:
        """A model may know classes that its labels do not: they cannot be said."""
        labels = self._card.labels
        return index < len(labels) and labels[index] != NO_WORD

    def _tag(self, index: int, confidence: float, box: decode.Box4 | None) -> Tag:
        return Tag(
            name=self._card.labels[index],
            confidence=min(1.0, max(0.0, confidence)),
            kind=self._card.kind,
            tagger=self.info.name,
            model=self._card.spec,
            box=Box(*box) if box else None,
        )


def _levels(spec: Input, tensor: Tensor) -> NDArray[Any]:
    """What each of the 256 pixel values becomes in the input tensor: normalised and quantised."""
    real = (np.arange(256, dtype=np.float32) - spec.mean) / spec.std
    kind = np.dtype(tensor.type)
    if not np.issubdtype(kind, np.integer):
        return real.astype(kind)
    return decode.quantise(real, tensor.scale, tensor.zero_point, kind)


def _region(spec: Input, width: int, height: int) -> Box | None:
    """The part of a picture of `width` x `height` that the model looks at; None for all."""
    if spec.region == "whole":
        return None
    side = spec.crop * min(width, height)
    w, h = side / width, side / height
    return Box((1 - w) / 2, (1 - h) / 2, w, h)
