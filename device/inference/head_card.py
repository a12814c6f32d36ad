"""The `output` of a card: which head a model has, and what the head must know."""

from __future__ import annotations

from device.inference.decode import AnchorSpec
from device.inference.heads import SCORES, Head, ListedHead, ScoresHead, SsdHead, YoloHead
from device.inference.part import Part

CLASSIFIERS: tuple[str, ...] = SCORES
DETECTORS = ("ssd", "ssd-postprocess", "yolo")
_KINDS = ("0..1", "pixels")


def read_head(part: Part, task: str, size: tuple[int, int]) -> Head:
    """The head; `size` is the input's (width, height). What is wrong joins the part's problems."""
    head = part.choice("head", CLASSIFIERS + DETECTORS)
    if (head in DETECTORS) != (task == "detection"):
        wanted = DETECTORS if task == "detection" else CLASSIFIERS
        part.problem("head", f"is {head!r}: a model for {task} has {' or '.join(wanted)}")
    if head == "ssd":
        return _ssd(part)
    if head == "ssd-postprocess":
        return ListedHead(
            boxes=part.get("boxes", int, least=0),
            classes=part.get("classes", int, least=0),
            scores=part.get("scores", int, least=0),
            count=part.get("count", int, least=0),
            first=part.get("first", int, least=0, most=1),
        )
    if head == "yolo":
        pixels = part.choice("boxes", _KINDS) == "pixels"
        return YoloHead(
            output=_output(part),
            layout=part.choice("layout", ("channels-first", "boxes-first")),
            unit=(float(size[0]), float(size[1])) if pixels else (1.0, 1.0),
            iou=part.get("iou", float, least=0, most=1),
        )
    temperature = part.get("temperature", float, 0.1, 10) if "temperature" in part.raw else 1.0
    scores = next((one for one in SCORES if one == head), SCORES[0])
    return ScoresHead(scores, _output(part), temperature)


def _output(part: Part) -> int:
    """The index of the one output that counts; 0 where the card does not say."""
    return part.get("output", int, least=0) if "output" in part.raw else 0


def _ssd(part: Part) -> SsdHead:
    part.choice("activation", ("sigmoid",))
    y, x, height, width = part.numbers("coder", 4)
    anchors = part.part("anchors")
    low, high = anchors.numbers("scales", 2)
    scales, ratios = anchors.numbers("first_scales"), anchors.numbers("first_ratios")
    if len(scales) != len(ratios):
        anchors.problem("first_ratios", f"has {len(ratios)} values for {len(scales)} scales")
    return SsdHead(
        boxes=part.get("boxes", int, least=0),
        scores=part.get("scores", int, least=0),
        background=part.get("background", int, least=0),
        coder=(y, x, height, width),
        iou=part.get("iou", float, least=0, most=1),
        anchors=AnchorSpec(
            maps=tuple(int(cells) for cells in anchors.numbers("maps")),
            first=tuple(zip(scales, ratios, strict=False)),
            scales=(low, high),
            ratios=anchors.numbers("ratios"),
        ),
    )
