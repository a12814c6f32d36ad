"""Bias correction: rounding shifts the mean of a channel; its bias shifts it back.

After Nagel and others, "Data-free quantization through weight equalization and bias correction"
(2019), section 4.2, with measured means in place of estimated ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from device.inference import decode
from models.build import flat
from models.build.calibrate import Floats

_CONVOLUTIONS = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D)


def correct(real: bytes, small: bytes, images: Sequence[Floats]) -> bytes:
    """The int8 model `small` with the channel means of the float model `real`, layer by layer.

    In order of execution, so that each layer is corrected on what the corrected ones before it
    give. Both models must have the same convolutions.
    """
    model = flat.read(small)
    tensors = model.subgraphs[0].tensors
    layers = _convolutions(model)
    wanted = _means(real, [op.outputs[0] for op in _convolutions(flat.read(real))], images)
    for op, aim in zip(layers, wanted, strict=True):
        (mean,) = _means(flat.write(model), [op.outputs[0]], images)
        bias = tensors[op.inputs[2]]
        buffer = model.buffers[bias.buffer]
        if bias.type == schema.TensorType.FLOAT32:  # a layer whose results are real numbers
            real_bias = np.frombuffer(bytes(buffer.data), np.float32) + (aim - mean)
            buffer.data = real_bias.view(np.uint8)
            continue
        steps = np.frombuffer(bytes(buffer.data), np.int32)
        moved = steps + np.rint((aim - mean) / np.asarray(bias.quantization.scale, np.float64))
        limits = np.iinfo(np.int32)
        buffer.data = np.clip(moved, limits.min, limits.max).astype(np.int32).view(np.uint8)
    return flat.write(model)


def _convolutions(model: Any) -> list[Any]:
    return [op for op in model.subgraphs[0].operators if flat.code(model, op) in _CONVOLUTIONS]


def _means(content: bytes, tensors: list[int], images: Sequence[Floats]) -> list[Floats]:
    """The mean of every channel of these tensors, in real numbers."""
    interpreter = Interpreter(
        model_content=content, num_threads=1, experimental_preserve_all_tensors=True
    )
    interpreter.allocate_tensors()
    image = interpreter.get_input_details()[0]
    scale, zero = image["quantization"]
    steps = {t["index"]: t["quantization"] for t in interpreter.get_tensor_details()}
    sums = [np.zeros(1, np.float64) for _ in tensors]
    for picture in images:
        values = decode.quantise(picture, scale, zero, image["dtype"])
        interpreter.set_tensor(image["index"], values)
        interpreter.invoke()
        for n, index in enumerate(tensors):
            output = decode.dequantise(interpreter.get_tensor(index), *steps[index])
            sums[n] = sums[n] + output.reshape(-1, output.shape[-1]).mean(axis=0, dtype=np.float64)
    return [(total / len(images)).astype(np.float32) for total in sums]
