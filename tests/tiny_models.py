"""Real .tflite files of a few kB, made op by op: what they say follows from a picture's colours.

Each takes a picture of 8 x 8 and has its three `COLOURS` as classes: the score of one is how much
of that colour there is. Nothing is trained, so the tests know what must come out.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

SIDE = 8
COLOURS = ("red", "green", "blue")
OP = schema.BuiltinOperator
TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int8": 9}
BOXES = 4  # a quarter of the picture each: top left, top right, bottom left, bottom right


@dataclass
class Graph:
    """A model under construction: every method adds a tensor or an op and gives its index."""

    model: Any = field(default_factory=schema.ModelT)
    graph: Any = field(default_factory=schema.SubGraphT)

    def __post_init__(self) -> None:
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.graph.tensors, self.graph.operators = [], []

    def tensor(self, shape: tuple[int, ...], kind: str = "float32", **more: Any) -> int:
        made = schema.TensorT()
        made.shape, made.type = list(shape), TYPES[kind]
        made.name = more.get("name", f"t{len(self.graph.tensors)}").encode()
        if "scale" in more:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale = [more["scale"]]
            made.quantization.zeroPoint = [more["zero_point"]]
        if "values" in more:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(more["values"].tobytes(), np.uint8)
            self.model.buffers.append(buffer)
            made.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def constant(self, values: np.ndarray) -> int:
        return self.tensor(values.shape, values.dtype.name, values=values)

    def op(self, code: int, inputs: list[int], outputs: list[int], **more: Any) -> None:
        entry = schema.OperatorCodeT()
        entry.builtinCode, entry.version = code, more.get("version", 1)
        entry.deprecatedBuiltinCode = min(code, 127)
        if "custom" in more:
            entry.customCode = more["custom"].encode()
        self.model.operatorCodes.append(entry)
        made = schema.OperatorT()
        made.opcodeIndex = len(self.model.operatorCodes) - 1
        made.inputs, made.outputs = inputs, outputs
        if "options" in more:
            made.builtinOptionsType, made.builtinOptions = more["options"]
        if "custom_options" in more:
            made.customOptions = list(more["custom_options"])
        self.graph.operators.append(made)

    def colours(self, kind: str, rows: int) -> int:
        """`rows` times how much there is of each colour, 0..1 each: [1, rows * 3]."""
        more: dict[str, Any] = {}
        if kind == "uint8":
            more = {"scale": 1 / 255, "zero_point": 0}
        elif kind == "int8":
            more = {"scale": 1 / 255, "zero_point": -128}
        picture = self.tensor((1, SIDE, SIDE, 3), kind, name="picture", **more)
        self.graph.inputs = [picture]
        if kind != "float32":
            real = self.tensor((1, SIDE, SIDE, 3))
            self.op(OP.DEQUANTIZE, [picture], [real], version=3 if kind == "float16" else 2)
            picture = real
        flat = self.reshape(picture, (1, SIDE * SIDE * 3))
        weights = np.tile(np.eye(3, dtype=np.float32), (rows, SIDE * SIDE)) / SIDE**2
        return self.dense(flat, weights, np.zeros(rows * 3, np.float32))

    def dense(self, source: int, weights: np.ndarray, bias: np.ndarray) -> int:
        made = self.tensor((1, len(weights)))
        options = (schema.BuiltinOptions.FullyConnectedOptions, schema.FullyConnectedOptionsT())
        inputs = [source, self.constant(weights.astype(np.float32)), self.constant(bias)]
        self.op(OP.FULLY_CONNECTED, inputs, [made], options=options)
        return made

    def reshape(self, source: int, shape: tuple[int, ...]) -> int:
        made = self.tensor(shape)
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        chosen = (schema.BuiltinOptions.ReshapeOptions, options)
        self.op(OP.RESHAPE, [source, self.constant(np.array(shape, np.int32))], [made],
                options=chosen)  # fmt: skip
        return made

    def file(self, *outputs: int, metadata: bytes = b"") -> bytes:
        self.graph.outputs = list(outputs)
        self.model.subgraphs = [self.graph]
        if metadata:
            buffer, entry = schema.BufferT(), schema.MetadataT()
            buffer.data = np.frombuffer(metadata, np.uint8)
            self.model.buffers.append(buffer)
            entry.name, entry.buffer = b"TFLITE_METADATA", len(self.model.buffers) - 1
            self.model.metadata = [entry]
        builder = flatbuffers.Builder(4096)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def scores(kind: str = "float32", last: str = "softmax", metadata: bytes = b"") -> bytes:
    """[1, 3]: `last` is softmax, logistic or nothing, over 8 times each colour minus 2."""
    graph = Graph()
    amounts = graph.colours(kind, 1)
    logits = graph.dense(amounts, np.eye(3) * 8, np.full(3, -2, np.float32))
    if last == "nothing":
        return graph.file(logits, metadata=metadata)
    made = graph.tensor((1, 3))
    if last == "softmax":
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        chosen = (schema.BuiltinOptions.SoftmaxOptions, options)
        graph.op(OP.SOFTMAX, [logits], [made], options=chosen)
    else:
        graph.op(OP.LOGISTIC, [logits], [made])
    return graph.file(made, metadata=metadata)


def yolo(pixels: bool = False, boxes_first: bool = False, classes: int = 3) -> bytes:
    """[1, 4 + classes, 20] or [1, 20, 4 + classes]: two boxes with a red thing, 18 with nothing."""
    rows = np.zeros((4 + classes, 20), np.float32)
    unit = SIDE if pixels else 1.0
    rows[:4, 0] = np.array([0.25, 0.25, 0.5, 0.5]) * unit
    rows[:4, 1] = np.array([0.26, 0.25, 0.5, 0.5]) * unit  # the same thing again
    rows[:4, 2] = np.array([0.75, 0.75, 0.5, 0.5]) * unit
    weights = np.zeros((4 + classes, 20, 3), np.float32)
    for box, share in ((0, 0.9), (1, 0.8), (2, 0.7)):
        weights[4 + (0 if box < 2 else 2), box, 0 if box < 2 else 2] = share
    if boxes_first:
        rows, weights = rows.T, weights.transpose(1, 0, 2)
    graph = Graph()
    flat = graph.dense(graph.colours("float32", 1), weights.reshape(-1, 3), rows.reshape(-1).copy())
    return graph.file(graph.reshape(flat, (1, *rows.shape)))


def listed(order: tuple[int, ...] = (0, 1, 2, 3), kind: str = "uint8") -> bytes:
    """TFLite_Detection_PostProcess itself: a quarter of the picture for each colour."""
    graph = Graph()
    amounts = graph.colours(kind, 1)
    weights = np.zeros((BOXES, 4, 3), np.float32)
    for colour in range(3):
        weights[colour, colour + 1, colour] = 1.0  # class 0 is the background
    predictions = graph.reshape(
        graph.dense(amounts, weights.reshape(-1, 3), np.zeros(16, np.float32)), (1, BOXES, 4)
    )
    still = graph.dense(amounts, np.zeros((16, 3)), np.zeros(16, np.float32))
    encodings = graph.reshape(still, (1, BOXES, 4))
    middles = [(y, x, 0.5, 0.5) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    anchors = graph.constant(np.array(middles, np.float32))
    outputs = [graph.tensor((1, 10, 4)), *(graph.tensor((1, 10)) for _ in range(2))]
    outputs.append(graph.tensor((1,)))
    options = {"max_detections": 10, "max_classes_per_detection": 1, "num_classes": 3,
               "nms_score_threshold": 0.01, "nms_iou_threshold": 0.5,
               "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0,
               "use_regular_nms": False}  # fmt: skip
    graph.op(OP.CUSTOM, [encodings, predictions, anchors], outputs,
             custom="TFLite_Detection_PostProcess",
             custom_options=flexbuffers.Dumps(options))  # fmt: skip
    return graph.file(*(outputs[i] for i in order))


def made_up_op(name: str = "MadeUpOp") -> bytes:
    """A model that no runtime can run."""
    graph = Graph()
    amounts = graph.colours("float32", 1)
    made = graph.tensor((1, 3))
    graph.op(OP.CUSTOM, [amounts], [made], custom=name)
    return graph.file(made)


def metadata(mean: float, std: float, licence: str = "") -> bytes:
    """A `TFLITE_METADATA` buffer that says how pixels become numbers, and a licence."""
    b = flatbuffers.Builder(256)

    def table(*fields: tuple[int, int], byte: int | None = None) -> int:
        b.StartObject(8)
        for slot, offset in fields:
            b.PrependUOffsetTRelativeSlot(slot, offset, 0)
        if byte is not None:
            b.PrependUint8Slot(0, byte, 0)
        return int(b.EndObject())

    def vector(*offsets: int) -> int:
        b.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            b.PrependUOffsetTRelative(offset)
        return int(b.EndVector())

    numbers = [b.CreateNumpyVector(np.array([value], np.float32)) for value in (mean, std)]
    options = table((0, numbers[0]), (1, numbers[1]))
    given = table((4, vector(table((1, options), byte=1))))
    graph = table((2, vector(given)))
    text = b.CreateString(licence)
    b.Finish(table((3, vector(graph)), (5, text)), file_identifier=b"M001")
    return bytes(b.Output())


def with_files(model: bytes, **files: str) -> bytes:
    """The model with a zip of files glued to its end, as TFLite's metadata tools do it."""
    packed = io.BytesIO(model)
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.txt", text)
    return packed.getvalue()


def picture_like(shape: tuple[int, ...], kind: str = "float32") -> bytes:
    """A model that gives back its input of this shape; -1 for a side that is not fixed."""
    graph = Graph()
    source = graph.tensor(tuple(max(side, 1) for side in shape), kind, name="picture")
    graph.graph.tensors[source].shapeSignature = list(shape)
    graph.graph.inputs = [source]
    made = graph.tensor(tuple(max(side, 1) for side in shape), kind)
    graph.op(OP.ABS, [source], [made])
    return graph.file(made)
