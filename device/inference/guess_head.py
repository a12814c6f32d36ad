"""Which head a model has: by its ops where they tell, else by the shape and range of its outputs.

Pure. Raises `Unknown` with what is missing, in a sentence, rather than choosing between two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from device.inference.labels import NO_WORD
from device.inference.tensors import Run, Tensor
from device.inference.tflite_file import Inspected

_NOTHING = (NO_WORD, "background")
_IOU = 0.5  # of NMS after a YOLO, as `objects` has it


class Unknown(ValueError):
    """The head, or something that it must know, cannot be seen in the model."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The `output` of a card."""

    output: dict[str, Any]
    labels: int | None  # how many it needs; None: any number
    why: str


def guess_head(file: Inspected, run: Run, labels: tuple[str, ...], head: str | None) -> Guess:
    """The head that the model has, or knowing it, what goes with it."""
    shapes = [one.sides for one in run.outputs]
    if head == "ssd":
        raise Unknown(
            "output: head ssd needs its anchors, which no model file tells: write a card.yaml"
            " beside it (docs/models.md) and add the folder"
        )
    if head == "ssd-postprocess" or (head is None and (file.listed or len(shapes) == 4)):
        return _listed(file, run, labels)
    if head == "yolo" or (head is None and len(shapes) == 1 and _boxed(shapes[0])):
        return _yolo(run, labels)
    if len(shapes) == 1 and (head is not None or max(shapes[0], default=1) == _values(shapes[0])):
        return _scores(file, run, head)
    listed = "; ".join(str(one) for one in run.outputs)
    raw = len(shapes) == 2 and sorted(len(sides) for sides in shapes) == [2, 2]
    hint = "it may be an SSD without its post-processing: write" if raw else "say --head, or write"
    raise Unknown(
        f"output: nothing known has these outputs ({listed}): {hint} a card.yaml beside it"
        " (docs/models.md) and add the folder"
    )


def _values(sides: tuple[int, ...]) -> int:
    return math.prod(sides)


def _boxed(sides: tuple[int, ...]) -> bool:
    """[4 + classes, N] or [N, 4 + classes], with more boxes than values a box."""
    return len(sides) == 2 and min(sides) >= 5


def _scores(file: Inspected, run: Run, head: str | None) -> Guess:
    count = _values(run.outputs[0].sides)
    if head is not None:
        return Guess({"head": head}, count, "--head")
    if file.makers[0] == "softmax":
        return Guess({"head": "softmax"}, count, "its last op is a softmax")
    if file.makers[0] == "logistic":
        return Guess({"head": "sigmoid"}, count, "its last op is a sigmoid")
    values = run.values[0]
    if values.low is None or values.high is None or values.sum is None:
        raise Unknown("output: not all of its values are numbers for a grey picture")
    if values.low >= 0 and abs(values.sum - 1) < 0.05:
        return Guess({"head": "softmax"}, count, "its values add up to 1")
    if values.low >= 0 and values.high <= 1:
        raise Unknown(
            "output: its values lie in 0..1, but do not add up to 1: say --head sigmoid if each is"
            " a probability, --head logits if a softmax is still to be applied"
        )
    return Guess({"head": "logits"}, count, "its values are no probabilities")


def _yolo(run: Run, labels: tuple[str, ...]) -> Guess:
    sides = run.outputs[0].sides
    if len(sides) != 2 or min(sides) < 5:
        raise Unknown(f"output: {run.outputs[0]} is not that of a YOLO: 1 x (4 + labels) x boxes")
    rows, columns = sides
    first = rows < columns
    if labels and 4 + len(labels) in sides:
        first = rows == 4 + len(labels)
    classes = (rows if first else columns) - 4
    if labels and classes == len(labels) + 1:
        raise Unknown(
            f"output: {run.outputs[0]} has one value a box more than {len(labels)} labels need:"
            " it looks like a YOLOv5 with its objectness, which tagd does not read"
        )
    high = run.values[0].high
    if high is None:
        raise Unknown("output: not all of its values are numbers for a grey picture")
    output = {
        "head": "yolo",
        "output": 0,
        "layout": "channels-first" if first else "boxes-first",
        "boxes": "pixels" if high > 2 else "0..1",
        "iou": _IOU,
    }
    boxes = columns if first else rows
    return Guess(output, classes, f"{boxes} boxes in {output['boxes']}, {classes} classes each")


def _listed(file: Inspected, run: Run, labels: tuple[str, ...]) -> Guess:
    why = "its last op is TFLite_Detection_PostProcess"
    if file.listed:
        order = file.listed
    else:
        order, why = _order(run), "its outputs have the shapes of TFLite_Detection_PostProcess"
    output = {"head": "ssd-postprocess", **dict(zip(_KEYS, order, strict=True))}
    # TensorFlow's older label maps begin with the background, which the op does not count.
    output["first"] = int(bool(labels) and labels[0].lower() in _NOTHING)
    return Guess(output, None, why)


_KEYS = ("boxes", "classes", "scores", "count")


def _order(run: Run) -> tuple[int, int, int, int]:
    """The four outputs by shape, classes and scores by name, else by range."""
    boxes = [i for i, one in enumerate(run.outputs) if one.sides[1:] == (4,)]
    count = [i for i, one in enumerate(run.outputs) if _values(one.sides) == 1]
    rest = [i for i in range(len(run.outputs)) if i not in (*boxes, *count)]
    if len(boxes) != 1 or len(count) != 1 or len(rest) != 2:
        raise Unknown("output: no boxes, classes, scores and count can be told apart in it")
    scores = [i for i in rest if _is_score(run, i)]
    if len(scores) != 1:
        names = " and ".join(run.outputs[i].name for i in rest)
        raise Unknown(
            f"output: which of {names} has the scores cannot be seen: write a card.yaml beside it"
            " (docs/models.md) and add the folder"
        )
    (classes,) = set(rest) - set(scores)
    return boxes[0], classes, scores[0], count[0]


def _is_score(run: Run, index: int) -> bool:
    name: Tensor = run.outputs[index]
    if "score" in name.name.lower():
        return True
    if "class" in name.name.lower() or "categor" in name.name.lower():
        return False
    return not run.values[index].whole
