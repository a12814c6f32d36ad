"""A TFLite model as a tagger: picture in, tags out, all arithmetic in `decode`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import ModelError
from device.inference import decode
from device.inference.card import Card, Input, SsdHead
from device.inference.runtime import Runtime, open_interpreter
from device.types import Box, Picture, Tag, TaggerInfo

_Found = tuple[int, float, decode.Box4 | None]


class TfliteTagger:
    """NOT thread-safe. Raises `ModelError` when the model cannot be loaded or run."""

    def __init__(
        self,
        name: str,
        card: Card,
        runtime: Runtime,
        *,
        threads: int,
        min_confidence: float,
        max_tags: int,
    ) -> None:
        """What is less sure than `min_confidence`, or not among the `max_tags`, is not given."""
        self._card = card
        self._name = name
        self._floor = min_confidence
        self._max_tags = max_tags
        self._interpreter: Any = open_interpreter(runtime, str(card.model), threads)
        self._input = self._interpreter.get_input_details()[0]
        self._levels = _levels(card.input, self._input)
        self._outputs = self._interpreter.get_output_details()
        head = card.head
        self._anchors = decode.ssd_anchors(head.anchors) if isinstance(head, SsdHead) else None
        size = (card.input.width, card.input.height)
        self.info = TaggerInfo(name, card.spec, card.sha256, str(runtime), size, len(card.labels))

    def tag(self, picture: Picture) -> list[Tag]:
        """What reaches the floor, best first, at most `max_tags`."""
        spec = self._card.input
        region = _region(spec, picture.width, picture.height)
        pixels = picture.resized(spec.width, spec.height, region)
        try:
            values = self._levels.take(pixels)[np.newaxis]
            self._interpreter.set_tensor(self._input["index"], values)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{self._card.spec} failed: {error}") from error
        return [self._tag(*found) for found in self._found()[: self._max_tags]]

    def close(self) -> None:
        """Give the interpreter's memory back."""
        self._interpreter = None

    def _found(self) -> list[_Found]:
        head = self._card.head
        if isinstance(head, SsdHead):
            assert self._anchors is not None
            return [
                *decode.ssd_detections(
                    self._output(head.boxes),
                    self._output(head.scores),
                    self._anchors,
                    coder=head.coder,
                    floor=self._floor,
                    iou=head.iou,
                    background=head.background,
                )
            ]
        scores = decode.sharpen(self._output(0), head.temperature)
        return [(i, score, None) for i, score in decode.top_k(scores, self._max_tags, self._floor)]

    def _output(self, number: int) -> NDArray[np.float32]:
        """An output without its batch axis, as real numbers; a copy."""
        detail = self._outputs[number]
        scale, zero_point = detail["quantization"]
        values = self._interpreter.get_tensor(detail["index"])[0]
        return decode.dequantise(values, scale, zero_point)

    def _tag(self, index: int, confidence: float, box: decode.Box4 | None) -> Tag:
        return Tag(
            name=self._card.labels[index],
            confidence=min(1.0, max(0.0, confidence)),
            kind=self._card.kind,
            tagger=self._name,
            model=self._card.spec,
            box=Box(*box) if box else None,
        )


def _levels(spec: Input, detail: dict[str, Any]) -> NDArray[Any]:
    """What each of the 256 pixel values becomes in the input tensor: normalised and quantised."""
    real = (np.arange(256, dtype=np.float32) - spec.mean) / spec.std
    scale, zero_point = detail["quantization"]
    if not np.issubdtype(detail["dtype"], np.integer):
        return real.astype(detail["dtype"])
    return decode.quantise(real, scale, zero_point, detail["dtype"])


def _region(spec: Input, width: int, height: int) -> Box | None:
    """The part of a picture of `width` x `height` that the model looks at; None for all."""
    if spec.region == "whole":
        return None
    side = spec.crop * min(width, height)
    w, h = side / width, side / height
    return Box((1 - w) / 2, (1 - h) / 2, w, h)
