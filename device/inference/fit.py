"""Does a model file fit its card? Shapes and types of its tensors, without running it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from device.errors import ModelError
from device.inference.card import Card
from device.inference.decode import ssd_anchors
from device.inference.heads import ListedHead, ScoresHead, SsdHead, YoloHead
from device.inference.tensors import Tensor, picture_problem


def require_fit(card: Card, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raises `ModelError` with all `misfits`, if there are any."""
    wrong = misfits(card, inputs, outputs)
    if wrong:
        raise ModelError(f"{card.spec} does not fit its card: {'; '.join(wrong)}")


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
        boxes = next(iter(outputs[head.boxes].sides), None) if head.boxes < len(outputs) else None
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

    One wanted number holds for any shape with that many values, none for a single value. What a
    file leaves open (no shape, or -1) is known only when the model is loaded.
    """
    place = card.at(f"output.{key}")
    if index >= len(outputs):
        yield f"{place} is {index}, but the model has {len(outputs)} outputs, counted from 0"
        return
    sides = outputs[index].sides
    if not outputs[index].shape or min(sides, default=0) < 0:
        return
    if len(wanted) < 2:
        count, values = (*wanted, 1)[0], math.prod(sides)
        if count not in (values, None):
            what = card.at("labels.count") if isinstance(card.head, ScoresHead) else place
            yield f"{what} is {count}, but output {index} has {values} values"
    elif len(sides) != len(wanted) or any(
        want not in (None, side) for want, side in zip(wanted, sides, strict=True)
    ):
        shape = " x ".join("any" if want is None else str(want) for want in wanted)
        yield f"{place}: output {index} is {outputs[index]}, which is not 1 x {shape}"
