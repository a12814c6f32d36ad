"""Does a model file fit its card? Shapes and types of its tensors, without running it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from device.inference.card import Card
from device.inference.decode import ssd_anchors
from device.inference.heads import ListedHead, ScoresHead, SsdHead, YoloHead

INPUT_TYPES = ("float32", "float16", "int8", "uint8")
CHANNELS_FIRST = "channels come first (NCHW): export it with channels last (NHWC)"


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output, as a runtime or the file itself tells it."""

    name: str
    shape: tuple[int, ...]  # with the batch axis; -1 for a side that is not fixed
    type: str  # numpy's name
    scale: float  # 0 where it is not quantised
    zero_point: int

    @classmethod
    def of(cls, detail: dict[str, Any]) -> Tensor:
        """From one of an interpreter's tensor details."""
        shape = tuple(int(side) for side in detail["shape"])
        scale, zero_point = detail["quantization"]
        kind = np.dtype(detail["dtype"]).name
        return cls(str(detail["name"]), shape, kind, float(scale), int(zero_point))

    @property
    def sides(self) -> tuple[int, ...]:
        """The shape without the batch axis."""
        return self.shape[1:]

    def __str__(self) -> str:
        shape = " x ".join(str(side) if side >= 0 else "?" for side in self.shape)
        return f"{shape or 'one'} {self.type}"


def picture_problem(inputs: Sequence[Tensor]) -> str | None:
    """Why no picture can go into these inputs; None if one can."""
    if len(inputs) != 1:
        return f"the model has {len(inputs)} inputs: tagd can use one with a single picture"
    (one,) = inputs
    if one.type not in INPUT_TYPES:
        return f"the input is {one.type}: it must be {', '.join(INPUT_TYPES[:-1])} or uint8"
    if len(one.shape) == 4 and one.shape[1] == 3 and one.shape[3] != 3:
        return f"the input is {one}: its {CHANNELS_FIRST}"
    if len(one.shape) != 4 or one.shape[3] != 3 or one.shape[0] not in (1, -1):
        return f"the input is {one}: it must be 1 x height x width x 3, one RGB picture"
    if min(one.shape[1:3]) < 1:
        return f"the input is {one}: export it with a fixed height and width"
    if one.type in ("int8", "uint8") and one.scale <= 0:
        return f"the input is {one} without a scale: export it with its quantisation"
    return None


def misfits(card: Card, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[str]:
    """What of the card is not so in the model, each a sentence with file and line; none: []."""
    problem = picture_problem(inputs)
    if problem is not None:
        return [f"{card.model}: {problem}"]
    height, width = inputs[0].shape[1:3]
    sides = (("width", card.input.width, width), ("height", card.input.height, height))
    found = [
        f"{card.at(f'input.{key}')} is {said}, but the model takes {real}"
        for key, said, real in sides
        if said != real
    ]
    return [*found, *_head(card, outputs)]


def _head(card: Card, outputs: Sequence[Tensor]) -> Iterator[str]:
    head, labels = card.head, len(card.labels)
    if isinstance(head, ScoresHead):
        yield from _shape(card, outputs, "output", head.output, labels)
    elif isinstance(head, SsdHead):
        count = len(ssd_anchors(head.anchors))
        yield from _shape(card, outputs, "boxes", head.boxes, count, 4)
        yield from _shape(card, outputs, "scores", head.scores, count, labels)
    elif isinstance(head, ListedHead):
        yield from _shape(card, outputs, "boxes", head.boxes, None, 4)
        boxes = outputs[head.boxes].sides[0] if head.boxes < len(outputs) else None
        yield from _shape(card, outputs, "classes", head.classes, boxes)
        yield from _shape(card, outputs, "scores", head.scores, boxes)
        yield from _shape(card, outputs, "count", head.count)
    elif isinstance(head, YoloHead):
        sides = (4 + labels, None) if head.layout == "channels-first" else (None, 4 + labels)
        yield from _shape(card, outputs, "output", head.output, *sides)


def _shape(
    card: Card, outputs: Sequence[Tensor], key: str, index: int, *wanted: int | None
) -> Iterator[str]:
    """A problem unless output `index` has the wanted sides after its batch axis (None: any).

    One wanted number holds for any shape with that many values.
    """
    place = card.at(f"output.{key}")
    if index >= len(outputs):
        yield f"{place} is {index}, but the model has {len(outputs)} outputs, counted from 0"
        return
    sides = outputs[index].sides
    if len(wanted) < 2:
        values = math.prod(sides)
        if (wanted or (1,))[0] not in (values, None):
            yield (
                f"{card.at('labels.count') if isinstance(card.head, ScoresHead) else place}:"
                f" output {index} has {values} values where the card has {(wanted or (1,))[0]}"
            )
    elif len(sides) != len(wanted) or any(
        want not in (None, side) for want, side in zip(wanted, sides, strict=True)
    ):
        shape = " x ".join("any" if want is None else str(want) for want in wanted)
        yield f"{place}: output {index} is {outputs[index]}, which is not 1 x {shape}"
