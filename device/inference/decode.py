"""The arithmetic after a model: tensors in, numbers out. No image library, no I/O, no state.

Anchors and box coding follow the SSD of the TensorFlow Object Detection API
(`multiple_grid_anchor_generator` with reduced boxes in the lowest layer, `faster_rcnn_box_coder`).
NaN never wins: a score that is NaN is below every floor, a box that holds one is dropped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
Box4 = tuple[float, float, float, float]  # x, y, width, height in 0..1

_MOST = 300  # candidates that reach NMS: what a floor near 0 may cost at most
_GROWTH = 20.0  # exp() of more than this is "as wide as the picture" for every anchor


@dataclass(frozen=True, slots=True)
class AnchorSpec:
    """How the anchors of an SSD lie on its feature maps."""

    maps: tuple[int, ...]  # cells a side, finest map first
    first: tuple[tuple[float, float], ...]  # (scale, ratio) of each anchor of the finest map
    scales: tuple[float, float]  # of the first and the last map, in 0..1; linear between
    ratios: tuple[float, ...]  # width / height of the anchors of every other map


def dequantise(values: NDArray[Any], scale: float, zero_point: int) -> Floats:
    """Real numbers of a tensor quantised as a whole: `scale * (values - zero_point)`; a copy.

    A scale of 0 is how TFLite marks a tensor that is float already.
    """
    if scale == 0.0:
        return values.astype(np.float32)
    # The subtraction must not wrap: exact in float32 up to 16 bits, in float64 up to 32.
    wide = np.float32 if values.dtype.itemsize <= 2 else np.float64
    return ((values.astype(wide) - zero_point) * scale).astype(np.float32)


def quantise(values: NDArray[Any], scale: float, zero_point: int, dtype: DTypeLike) -> NDArray[Any]:
    """The inverse of `dequantise`: rounded to the nearest step, kept inside the integer type.

    NaN becomes the zero point. A scale of 0 only casts, as for a float tensor.
    """
    if scale == 0.0:
        return values.astype(dtype)
    limits = np.iinfo(np.dtype(dtype))
    steps = np.rint(np.nan_to_num(values.astype(np.float64) / scale)) + zero_point
    result: NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(dtype)
    return result


def softmax(logits: NDArray[Any]) -> Floats:
    """Probabilities along the last axis, without overflow. Empty in, empty out."""
    if logits.size == 0:
        return logits.astype(np.float32)
    with np.errstate(invalid="ignore"):  # an infinite logit gives NaN, which no floor lets pass
        grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
        result: Floats = (grown / grown.sum(axis=-1, keepdims=True)).astype(np.float32)
    return result


def sharpen(probabilities: Floats, temperature: float) -> Floats:
    """The softmax of the logits behind `probabilities` divided by the temperature.

    Below 1 it makes a model surer that is right more often than it says (Guo et al., "On
    Calibration of Modern Neural Networks", 2017).
    """
    if temperature == 1.0:
        return probabilities
    grown = probabilities ** np.float32(1.0 / temperature)
    result: Floats = (grown / max(float(grown.sum()), 1e-12)).astype(np.float32)
    return result


def sigmoid(logits: NDArray[Any]) -> Floats:
    """`1 / (1 + exp(-x))`, element by element, without overflow."""
    result: Floats = (1.0 / (1.0 + np.exp(-np.clip(logits, -80.0, 80.0)))).astype(np.float32)
    return result


def top_k(scores: NDArray[Any], k: int, floor: float) -> list[tuple[int, float]]:
    """The k best (index, score) that reach the floor, best first, equal scores by index."""
    return [(int(i), float(scores[i])) for i in _best(scores, k, floor)]


def _best(scores: NDArray[Any], k: int, floor: float) -> Indices:
    reaching = np.flatnonzero(scores >= floor)
    if k <= 0:
        return reaching[:0]
    if reaching.size > k:
        # Everything that ties with the k-th stays in: the stable sort decides by index.
        kth = np.partition(scores[reaching], reaching.size - k)[reaching.size - k]
        reaching = reaching[scores[reaching] >= kth]
    return reaching[np.argsort(-scores[reaching], kind="stable")][:k]


def ssd_anchors(spec: AnchorSpec) -> Floats:
    """Anchors as [N, 4] (y centre, x centre, height, width) in 0..1, row by row, cell by cell.

    Maps after the first get one anchor for each ratio and a last, square one whose scale is the
    geometric mean of the map's own and the next (1.0 after the last).
    """
    low, high = spec.scales
    last = max(len(spec.maps) - 1, 1)
    scales = [low + (high - low) * i / last for i in range(len(spec.maps))] + [1.0]
    grids = []
    for i, cells in enumerate(spec.maps):
        shapes = list(spec.first)
        if i:
            shapes = [(scales[i], ratio) for ratio in spec.ratios]
            shapes.append((math.sqrt(scales[i] * scales[i + 1]), 1.0))
        sizes = np.array([(s / math.sqrt(r), s * math.sqrt(r)) for s, r in shapes])
        centres = (np.arange(cells) + 0.5) / cells
        grid = np.empty((cells, cells, len(shapes), 4))
        grid[..., 0] = centres[:, None, None]
        grid[..., 1] = centres[None, :, None]
        grid[..., 2:] = sizes
        grids.append(grid.reshape(-1, 4))
    return np.concatenate(grids).astype(np.float32)


def ssd_boxes(encodings: Floats, anchors: Floats, coder: Box4) -> Floats:
    """Boxes [N, 4] as (x, y, width, height), clipped to 0..1, of encodings [N, 4] (y, x, h, w).

    `coder` divides the encodings: (y, x, height, width), as they were scaled in training.
    """
    offsets = encodings / np.array(coder, np.float32)
    centre = offsets[:, :2] * anchors[:, 2:] + anchors[:, :2]
    half = np.exp(np.minimum(offsets[:, 2:], _GROWTH)) * anchors[:, 2:] / 2
    with np.errstate(invalid="ignore"):  # infinite encodings give NaN, which is dropped later
        near = np.clip(centre - half, 0.0, 1.0)
        far = np.clip(centre + half, 0.0, 1.0)
    return np.concatenate((near[:, ::-1], (far - near)[:, ::-1]), axis=1).astype(np.float32)


def nms(boxes: NDArray[Any], scores: NDArray[Any], iou: float) -> Indices:
    """Indices of the boxes (x, y, width, height) that stay, best first.

    Greedy: a box goes when it overlaps a better one that stays by more than `iou`
    (intersection over union). Equal scores by index; boxes without area overlap nothing.
    """
    order = np.argsort(-scores, kind="stable")
    near = boxes[order, :2]
    size = boxes[order, 2:]
    far = near + size
    area = size[:, 0] * size[:, 1]
    sides = np.minimum(far[:, None], far) - np.maximum(near[:, None], near)
    shared = np.prod(np.maximum(sides, 0.0), axis=2)
    clash = shared > iou * (area[:, None] + area - shared)
    alive = np.ones(order.size, np.bool_)
    for i in range(order.size):
        if alive[i]:
            alive[i + 1 :] &= ~clash[i, i + 1 :]
    return order[alive]


def ssd_detections(
    encodings: Floats,
    logits: Floats,
    anchors: Floats,
    *,
    coder: Box4,
    floor: float,
    iou: float,
    background: int | None = 0,
) -> list[tuple[int, float, Box4]]:
    """What an SSD saw: (class index, score 0..1, box) of each thing, best first.

    `encodings` is [N, 4], `logits` [N, classes] before the sigmoid, `anchors` [N, 4]. NMS is
    done class by class. Only what reaches the floor is decoded, and at most the 300 best.
    """
    classes = logits.shape[1]
    if background is not None:
        logits = logits.copy()
        logits[:, background] = -np.inf
    # The floor as a logit: comparing 46,000 logits is much cheaper than 46,000 exponentials.
    least = -math.inf if floor <= 0 else math.log(floor / (1 - floor)) if floor < 1 else math.inf
    # Lowest finite float, so that a floor of 0 still leaves the background out.
    least = max(least, float(np.finfo(np.float32).min))
    flat = logits.reshape(-1)
    found = _best(flat, _MOST, least)
    rows, labels = np.divmod(found, classes)
    boxes = ssd_boxes(encodings[rows], anchors[rows], coder)
    return _distinct(boxes, labels, sigmoid(flat[found]), iou)


def yolo_detections(
    rows: Floats, *, unit: tuple[float, float], floor: float, iou: float
) -> list[tuple[int, float, Box4]]:
    """What a YOLOv8 saw: (class index, score 0..1, box) of each thing, best first.

    `rows` is [N, 4 + classes]: centre x, centre y, width, height, each divided by `unit` (of x
    and of y) to be in 0..1, then a score for each class, after the sigmoid. NMS is done class by
    class; only the 300 best that reach the floor are looked at.
    """
    scores = rows[:, 4:]
    flat = scores.reshape(-1)
    found = _best(flat, _MOST, max(floor, float(np.finfo(np.float32).tiny)))
    places, labels = np.divmod(found, scores.shape[1])
    one = np.array(unit, np.float32)
    centre, half = rows[places, :2] / one, rows[places, 2:4] / one / 2
    with np.errstate(invalid="ignore"):  # infinite sizes give NaN, which is dropped later
        near, far = np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)
    boxes = np.concatenate((near, far - near), axis=1).astype(np.float32)
    return _distinct(boxes, labels, flat[found], iou)


def listed_detections(
    corners: Floats, classes: Floats, scores: Floats, count: float, *, floor: float
) -> list[tuple[int, float, Box4]]:
    """What TFLite_Detection_PostProcess listed: (class index, score 0..1, box), best first.

    `corners` is [N, 4] (top, left, bottom, right in 0..1), `classes` and `scores` are [N], of
    which the first `count` are valid. The op has done NMS.
    """
    valid = int(min(max(count, 0.0), len(scores))) if math.isfinite(count) else 0
    found = _best(scores[:valid], _MOST, floor)
    edges = np.clip(corners[found], 0.0, 1.0)
    near = edges[:, 1::-1]
    boxes = np.concatenate((near, edges[:, 3:1:-1] - near), axis=1)
    kinds = classes[found]
    sound = (boxes[:, 2:] > 0).all(axis=1) & np.isfinite(kinds) & (kinds >= 0)
    labels = np.rint(kinds[sound]).astype(np.intp).tolist()
    best = scores[found[sound]].tolist()
    return list(zip(labels, best, map(_box, boxes[sound]), strict=True))


def _distinct(
    boxes: Floats, labels: Indices, scores: Floats, iou: float
) -> list[tuple[int, float, Box4]]:
    """What stays after NMS, class by class, of boxes that hold something, best first."""
    sound = (boxes[:, 2:] > 0).all(axis=1)  # NaN is not; nor is a box outside of the picture
    boxes, labels, scores = boxes[sound], labels[sound], scores[sound]
    # Each class is moved to a place of its own, so that one pass never compares two classes.
    apart = boxes.astype(np.float64)
    apart[:, 0] += 2.0 * labels
    return [(int(labels[i]), float(scores[i]), _box(boxes[i])) for i in nms(apart, scores, iou)]


def _box(row: Floats) -> Box4:
    x, y, width, height = row.tolist()
    return x, y, width, height
