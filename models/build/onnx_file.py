"""A float TFLite model as ONNX: the same operators, weights and names, for ONNX Runtime.

TFLite is channels last, ONNX channels first: pictures are turned once on their way in, and
turned back only where a RESHAPE or the model's end looks at the order. After that the operators
are those of both default models: CONV_2D, DEPTHWISE_CONV_2D, ADD, MEAN over a picture,
FULLY_CONNECTED, SOFTMAX, RESHAPE, CONCATENATION.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

from models.build import flat
from models.build.calibrate import Floats

OPSET = 13
_IR = 8  # what every ONNX Runtime since 1.10 reads
_Codes = schema.BuiltinOperator
_RELU6 = schema.ActivationFunctionType.RELU6


def convert(content: bytes, name: str) -> bytes:
    """The model with the input `image` and the outputs of its signature, in the same order.

    Raises ValueError for an operator that is not among those above.
    """
    model = flat.read(content)
    return _Graph(model, name).write()


class _Graph:
    """The ONNX graph as it grows, one TFLite operator after another."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self._name = name
        self._tensors = model.subgraphs[0].tensors
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._first: dict[int, str] = {}  # tensor -> name of its channels-first twin
        self._last: dict[int, str] = {}  # tensor -> name, in TFLite's own order
        self._steps: dict[int, Callable[[Any], None]] = {
            _Codes.CONV_2D: self._convolution,
            _Codes.DEPTHWISE_CONV_2D: self._convolution,
            _Codes.ADD: self._add,
            _Codes.MEAN: self._mean,
            _Codes.FULLY_CONNECTED: self._dense,
            _Codes.SOFTMAX: self._softmax,
            _Codes.RESHAPE: self._reshape,
            _Codes.CONCATENATION: self._concatenation,
        }

    def write(self) -> bytes:
        graph = self._model.subgraphs[0]
        self._last[graph.inputs[0]] = "image"
        for op in graph.operators:
            kind = flat.code(self._model, op)
            if kind not in self._steps:
                raise ValueError(f"operator {kind} is not known to the ONNX conversion")
            self._steps[kind](op)
        outputs = [
            (entry.name.decode(), self._ordered(entry.tensorIndex), entry.tensorIndex)
            for entry in self._model.signatureDefs[0].outputs
        ]
        for name, inner, _ in outputs:
            self._nodes.append(helper.make_node("Identity", [inner], [name]))
        body = helper.make_graph(
            self._nodes,
            self._name,
            [self._value("image", graph.inputs[0])],
            [self._value(name, index) for name, _, index in outputs],
            self._constants,
        )
        whole = helper.make_model(
            body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR
        )
        onnx.checker.check_model(whole)
        return bytes(whole.SerializeToString())

    def _convolution(self, op: Any) -> None:
        picture, kernel, bias = op.inputs
        depthwise = flat.code(self._model, op) == _Codes.DEPTHWISE_CONV_2D
        # [out, h, w, in] to [out, in, h, w]; depthwise [1, h, w, out] to [out, 1, h, w].
        turned = self._weights(kernel).transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        options = op.builtinOptions
        strides = [options.strideH, options.strideW]
        sides = turned.shape[2:]
        pads = [0, 0, 0, 0]
        if options.padding == schema.Padding.SAME:
            pads = _same(self._shape(picture)[1:3], sides, strides)
        inputs = [
            self._turned(picture),
            self._constant(f"kernel{op.outputs[0]}", turned),
            self._constant(f"bias{op.outputs[0]}", self._weights(bias)),
        ]
        groups = turned.shape[0] if depthwise else 1
        self._node(op, "Conv", inputs, self._first, strides=strides, pads=pads, group=groups)

    def _add(self, op: Any) -> None:
        self._node(op, "Add", [self._turned(i) for i in op.inputs], self._first)

    def _mean(self, op: Any) -> None:
        inputs = [self._turned(op.inputs[0])]
        self._node(op, "ReduceMean", inputs, self._last, axes=[2, 3], keepdims=0)

    def _dense(self, op: Any) -> None:
        values, weights, bias = op.inputs
        inputs = [
            self._ordered(values),
            self._constant(f"weights{weights}", self._weights(weights)),
            self._constant(f"bias{bias}", self._weights(bias)),
        ]
        self._node(op, "Gemm", inputs, self._last, transB=1)

    def _softmax(self, op: Any) -> None:
        self._node(op, "Softmax", [self._ordered(op.inputs[0])], self._last, axis=-1)

    def _reshape(self, op: Any) -> None:
        shape = np.array(self._shape(op.outputs[0]), np.int64)
        inputs = [self._ordered(op.inputs[0]), self._constant(f"shape{op.outputs[0]}", shape)]
        self._node(op, "Reshape", inputs, self._last)

    def _concatenation(self, op: Any) -> None:
        inputs = [self._ordered(index) for index in op.inputs]
        self._node(op, "Concat", inputs, self._last, axis=op.builtinOptions.axis)

    def _node(
        self, op: Any, kind: str, inputs: list[str], order: dict[int, str], **attributes: Any
    ) -> None:
        """The operator, and its fused RELU6 behind it."""
        output = f"t{op.outputs[0]}"
        order[op.outputs[0]] = output
        fused = getattr(op.builtinOptions, "fusedActivationFunction", 0)
        if fused not in (0, _RELU6):
            raise ValueError(f"activation {fused} is not known to the ONNX conversion")
        raw = f"{output}_raw" if fused else output
        self._nodes.append(helper.make_node(kind, inputs, [raw], **attributes))
        if fused:
            ends = [self._constant("zero", np.float32(0)), self._constant("six", np.float32(6))]
            self._nodes.append(helper.make_node("Clip", [raw, *ends], [output]))

    def _turned(self, index: int) -> str:
        """The tensor as [1, channels, height, width]."""
        if index not in self._first:
            self._first[index] = self._transpose(self._last[index], "first", [0, 3, 1, 2])
        return self._first[index]

    def _ordered(self, index: int) -> str:
        """The tensor in TFLite's order."""
        if index not in self._last:
            self._last[index] = self._transpose(self._first[index], "last", [0, 2, 3, 1])
        return self._last[index]

    def _transpose(self, name: str, suffix: str, order: list[int]) -> str:
        self._nodes.append(helper.make_node("Transpose", [name], [f"{name}_{suffix}"], perm=order))
        return f"{name}_{suffix}"

    def _constant(self, name: str, values: Any) -> str:
        if all(known.name != name for known in self._constants):
            array = np.ascontiguousarray(values) if np.ndim(values) else np.asarray(values)
            self._constants.append(numpy_helper.from_array(array, name))
        return name

    def _weights(self, index: int) -> Floats:
        buffer = self._model.buffers[self._tensors[index].buffer]
        return np.frombuffer(bytes(buffer.data), np.float32).reshape(self._shape(index))

    def _shape(self, index: int) -> list[int]:
        return [int(side) for side in self._tensors[index].shape]

    def _value(self, name: str, index: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, self._shape(index))


def _same(sizes: list[int], kernel: tuple[int, ...], strides: list[int]) -> list[int]:
    """TFLite's SAME as explicit padding: what is odd goes behind and below."""
    needed = [
        max((-(-size // step) - 1) * step + side - size, 0)
        for size, side, step in zip(sizes, kernel, strides, strict=True)
    ]
    return [total // 2 for total in needed] + [total - total // 2 for total in needed]
