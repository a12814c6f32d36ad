"""What quantisation costs: both files on pictures that calibration never saw, and their speed."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from device.inference import decode
from models.build.calibrate import Floats

_ROUNDS, _RUNS = 5, 20  # the median of the best round counts: the others met a busy machine


class Model:
    """A TFLite file that takes and gives real numbers, whatever its tensors hold."""

    def __init__(self, content: bytes, threads: int = 2) -> None:
        self._interpreter = Interpreter(model_content=content, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._image = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()

    def run(self, image: Floats) -> list[Floats]:
        """The outputs of one picture, without the batch axis."""
        scale, zero = self._image["quantization"]
        values = decode.quantise(image, scale, zero, self._image["dtype"])
        self._interpreter.set_tensor(self._image["index"], values)
        self._interpreter.invoke()
        return [
            decode.dequantise(self._interpreter.get_tensor(o["index"])[0], *o["quantization"])
            for o in self._outputs
        ]

    def milliseconds(self) -> float:
        """Time of an invoke."""
        times = np.empty((_ROUNDS, _RUNS))
        for index in np.ndindex(times.shape):
            start = time.perf_counter()
            self._interpreter.invoke()
            times[index] = time.perf_counter() - start
        return round(float(np.median(times, axis=1).min()) * 1e3, 1)


def speed(content: bytes) -> dict[str, float]:
    """Milliseconds of an invoke with one thread and with two."""
    return {f"threads_{n}": Model(content, n).milliseconds() for n in (1, 2)}


def classes(pictures: Sequence[Path]) -> NDArray[np.int64]:
    """The true class of each picture, from the labels.csv beside them."""
    with (pictures[0].parent / "labels.csv").open(encoding="utf-8", newline="") as table:
        known = {row["file"]: int(row["class_index"]) for row in csv.DictReader(table)}
    return np.array([known[picture.name] for picture in pictures])


def accuracy(model: Model, images: Sequence[Floats], truth: NDArray[np.int64]) -> dict[str, float]:
    """Top-1 and top-5 in percent."""
    best = np.array([[i for i, _ in decode.top_k(model.run(x)[0], 5, 0.0)] for x in images])
    hits = best == truth[:, None]
    return {
        "top1": round(100 * float(hits[:, 0].mean()), 1),
        "top5": round(100 * float(hits.any(axis=1).mean()), 1),
    }


def agreement(
    reference: Model, model: Model, images: Sequence[Floats], head: dict[str, Any], floor: float
) -> dict[str, Any]:
    """How far the detections follow the reference's: same class, IoU above 0.5.

    A detection within 0.1 below the floor counts as seen, so that the edge decides nothing.
    """
    kept = total = extra = 0
    shifts: list[float] = []
    for image in images:
        wanted, near = _both(reference, image, head, floor)
        found, found_near = _both(model, image, head, floor)
        total += len(wanted)
        matches = [(one, _match(one, found_near)) for one in wanted]
        shifts += [abs(one[1] - other[1]) for one, other in matches if other]
        kept += sum(other is not None for _, other in matches)
        extra += sum(_match(one, near) is None for one in found)
    return {
        "pictures": len(images),
        "floor": floor,
        "float_detections": total,
        "kept": kept,
        "extra": extra,
        "mean_score_shift": round(float(np.mean(shifts)), 3) if shifts else 0.0,
    }


_Detection = tuple[int, float, decode.Box4]


def detections(model: Model, image: Floats, head: dict[str, Any], floor: float) -> list[_Detection]:
    """What an SSD sees in one picture; `head` as in `card.yaml`."""
    spec = head["anchors"]
    anchors = decode.ssd_anchors(
        decode.AnchorSpec(
            maps=tuple(spec["maps"]),
            first=tuple(zip(spec["first_scales"], spec["first_ratios"], strict=True)),
            scales=(spec["scales"][0], spec["scales"][1]),
            ratios=tuple(spec["ratios"]),
        )
    )
    outputs = model.run(image)
    return decode.ssd_detections(
        outputs[head["boxes"]],
        outputs[head["scores"]],
        anchors,
        coder=tuple(head["coder"]),
        floor=floor,
        iou=head["iou"],
    )


def _both(
    model: Model, image: Floats, head: dict[str, Any], floor: float
) -> tuple[list[_Detection], list[_Detection]]:
    near = detections(model, image, head, floor - 0.1)
    return [one for one in near if one[1] >= floor], near


def _match(one: _Detection, others: Sequence[_Detection]) -> _Detection | None:
    same = [other for other in others if other[0] == one[0]]
    for other in same:
        # NMS of the two at 0.5 drops the second exactly when they overlap by more.
        if decode.nms(np.array([one[2], other[2]]), np.array([1.0, 0.5]), 0.5).size == 1:
            return other
    return None
