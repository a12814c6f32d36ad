"""What a model's outputs mean: the head of a card, and from outputs to what was found. Pure.

A finder takes every output without its batch axis, as real numbers, a floor in 0..1 and how
many at most; it returns (index of the label, confidence, box or None), best first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from device.inference import decode
from device.inference.decode import AnchorSpec, Box4, Floats

Found = tuple[int, float, Box4 | None]
Finder = Callable[[Sequence[Floats], float, int], list[Found]]

Scores = Literal["softmax", "logits", "sigmoid", "sigmoid-logits"]
SCORES: tuple[Scores, ...] = get_args(Scores)


@dataclass(frozen=True, slots=True)
class ScoresHead:
    """One value for each label, in an output of any shape with that many values.

    `softmax`: probabilities that add up to 1; `logits`: what becomes that by a softmax;
    `sigmoid`: probabilities, each for itself (several labels may hold); `sigmoid-logits`: what
    becomes that by a sigmoid.
    """

    scores: Scores
    output: int = 0  # its index
    temperature: float = 1.0  # divides the logits: below 1 for a model that says less than it knows

    @property
    def exclusive(self) -> bool:
        """Whether only one label can be true of a picture, so that confidences add up."""
        return self.scores in ("softmax", "logits")


@dataclass(frozen=True, slots=True)
class SsdHead:
    """Two outputs, box encodings and class logits (before the sigmoid), over fixed anchors."""

    boxes: int  # index of the output
    scores: int
    background: int  # the class that is nothing
    coder: Box4  # divides the encodings: y, x, height, width
    iou: float  # two boxes of a class that overlap more are one thing
    anchors: AnchorSpec


@dataclass(frozen=True, slots=True)
class ListedHead:
    """Four outputs of TFLite_Detection_PostProcess, which has done NMS: what was found, listed."""

    boxes: int  # index of the output [N, 4]: top, left, bottom, right in 0..1
    classes: int  # [N]
    scores: int  # [N], 0..1
    count: int  # one number: how many of the N are valid
    first: int  # the label of class 0: 1 where the labels begin with the background


@dataclass(frozen=True, slots=True)
class YoloHead:
    """One output [4 + classes, N] (YOLOv8) or [N, 4 + classes]: boxes as centre and size."""

    output: int
    layout: Literal["channels-first", "boxes-first"]
    unit: tuple[float, float]  # what is 1.0 in x and y: (1, 1), or width and height in pixels
    iou: float


Head = ScoresHead | SsdHead | ListedHead | YoloHead


def finder(head: Head) -> Finder:
    """How to read the outputs of a model with this head."""
    if isinstance(head, ScoresHead):
        return _scores(head)
    if isinstance(head, SsdHead):
        return _ssd(head)
    if isinstance(head, ListedHead):
        return _listed(head)
    return _yolo(head)


def _scores(head: ScoresHead) -> Finder:
    def find(outputs: Sequence[Floats], floor: float, most: int) -> list[Found]:
        scores = outputs[head.output].reshape(-1)
        if head.scores == "logits":
            scores = decode.softmax(scores)
        elif head.scores == "sigmoid-logits":
            scores = decode.sigmoid(scores)
        if head.exclusive:
            scores = decode.sharpen(scores, head.temperature)
        return [(i, score, None) for i, score in decode.top_k(scores, most, floor)]

    return find


def _ssd(head: SsdHead) -> Finder:
    anchors = decode.ssd_anchors(head.anchors)

    def find(outputs: Sequence[Floats], floor: float, most: int) -> list[Found]:
        found = decode.ssd_detections(
            outputs[head.boxes],
            outputs[head.scores],
            anchors,
            coder=head.coder,
            floor=floor,
            iou=head.iou,
            background=head.background,
        )
        return [*found[:most]]

    return find


def _listed(head: ListedHead) -> Finder:
    def find(outputs: Sequence[Floats], floor: float, most: int) -> list[Found]:
        found = decode.listed_detections(
            outputs[head.boxes],
            outputs[head.classes].reshape(-1),
            outputs[head.scores].reshape(-1),
            float(outputs[head.count].reshape(-1)[0]),
            floor=floor,
        )
        return [(index + head.first, score, box) for index, score, box in found[:most]]

    return find


def _yolo(head: YoloHead) -> Finder:
    def find(outputs: Sequence[Floats], floor: float, most: int) -> list[Found]:
        values = outputs[head.output]
        rows = values.T if head.layout == "channels-first" else values
        found = decode.yolo_detections(rows, unit=head.unit, floor=floor, iou=head.iou)
        return [*found[:most]]

    return find
