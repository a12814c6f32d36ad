"""TFLite files as objects: read, write in one piece, name the outputs, wake dead channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

_LEAST = 1e-4  # of a channel's bias: the least weight that leaves room for the bias in int32


def read(content: bytes) -> Any:
    """The model as an object tree, with every buffer inside, wherever the file kept it."""
    return flatbuffer_utils.read_model_from_bytearray(bytearray(content))


def write(model: Any) -> bytes:
    """One flatbuffer with the buffers inside it, so that no tool that rewrites it cuts them off."""
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def code(model: Any, op: Any) -> int:
    """The builtin code of an operator."""
    entry = model.operatorCodes[op.opcodeIndex]
    return int(flatbuffer_utils.get_builtin_code_from_operator_code(entry))


def sign(content: bytes, outputs: tuple[str, ...]) -> bytes:
    """The model with one signature: input `image`, and the outputs by these names, in order."""
    model = read(content)
    graph = model.subgraphs[0]
    signature = schema.SignatureDefT()
    signature.signatureKey = b"serving_default"
    signature.subgraphIndex = 0
    signature.inputs = [_named("image", graph.inputs[0])]
    signature.outputs = [_named(n, i) for n, i in zip(outputs, graph.outputs, strict=True)]
    model.signatureDefs = [signature]
    return write(model)


def _named(name: str, index: int) -> Any:
    tensor = schema.TensorMapT()
    tensor.name = name.encode()
    tensor.tensorIndex = index
    return tensor


def wake_dead_channels(content: bytes) -> tuple[bytes, int]:
    """The model with a least weight in every convolution channel that has all but none.

    Weight decay leaves channels with weights near 1e-8 and a bias that still matters. Their
    int8 scale is so small that the bias overflows the int32 it is stored in, and the channel
    says something else. One weight of 1e-4 times the bias changes the float model by nothing
    and makes room for the bias. Returns the model and how many channels were woken.
    """
    model = read(content)
    graph = model.subgraphs[0]
    woken = 0
    for op in graph.operators:
        kind = code(model, op)
        depthwise = kind == schema.BuiltinOperator.DEPTHWISE_CONV_2D
        if not depthwise and kind != schema.BuiltinOperator.CONV_2D:
            continue
        tensor = graph.tensors[op.inputs[1]]
        buffer = model.buffers[tensor.buffer]
        values = np.frombuffer(bytes(buffer.data), np.float32).copy()
        # Output channels lie last in a depthwise kernel, first in any other.
        channels = tensor.shape[-1 if depthwise else 0]
        rows = values.reshape(-1, channels).T if depthwise else values.reshape(channels, -1)
        bias_buffer = model.buffers[graph.tensors[op.inputs[2]].buffer]
        bias = np.abs(np.frombuffer(bytes(bias_buffer.data), np.float32))
        least = np.maximum(bias * _LEAST, 1e-6)
        dead = np.abs(rows).max(axis=1) < least
        rows[dead, 0] = least[dead]
        woken += int(dead.sum())
        buffer.data = values.view(np.uint8)
    return write(model), woken
