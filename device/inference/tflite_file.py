"""What a .tflite file says of itself, read without any runtime. Pure but for reading the file.

Field numbers are those of TensorFlow's `schema.fbs` (version 3) and, for the metadata, of
tflite-support's `metadata_schema.fbs`.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from device.errors import ModelError
from device.inference.flatbuffer import Damaged, Table
from device.inference.tensors import Tensor

POSTPROCESS = "TFLite_Detection_PostProcess"
_OPS_OF_RUNTIMES = {POSTPROCESS}  # the custom ops that every runtime has built in
_TYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 7: "int16", 9: "int8"}
_SOFTMAX, _LOGISTIC = 25, 14
_CUSTOM = 32
_PASSING = (6, 22, 114)  # DEQUANTIZE, RESHAPE, QUANTIZE: they say nothing of what values mean
_LARGEST = 2**30  # bytes of a model; a flatbuffer cannot exceed 2 GiB
_LABELS_LARGEST = 2**20


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in a file."""

    size: int  # bytes
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    unknown_ops: tuple[str, ...]  # custom ops that no plain runtime has
    makers: tuple[str, ...]  # what makes each output: `softmax`, `logistic` or ""
    listed: tuple[int, ...]  # outputs of the post-processing op: boxes, classes, scores, count
    normalisation: tuple[float, float] | None  # mean and std, from the metadata
    licence: str  # from the metadata; "" if it says nothing
    label_map: str  # the text of the file's own; "" without one


def inspect(path: Path) -> Inspected:
    """Read a file. Raises `ModelError` for what is no TFLite model or a damaged one."""
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):
            raise ModelError(f"{path} is no file")
        if told.st_size > _LARGEST:
            raise ModelError(f"{path} has more than {_LARGEST // 2**20} MB: that is no model")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    if data[4:8] != b"TFL3":
        raise ModelError(f"{path} is no TFLite model: it does not begin as one")
    try:
        return _inspect(data, path)
    except (Damaged, IndexError) as error:
        raise ModelError(f"{path} is cut off or damaged: {error}; fetch it again") from None


def _inspect(data: bytes, path: Path) -> Inspected:
    model = Table.root(data)
    buffers = model.tables(4)
    for buffer in buffers:
        start, length = buffer.bytes(0)
        start, length = buffer.number(1, "<Q", start), buffer.number(2, "<Q", length)
        if start + length > len(data):
            raise Damaged(f"its weights should reach byte {start + length} of {len(data)}")
    graphs = model.tables(2)
    if not graphs:
        raise Damaged("there is no graph in it")
    codes = [_op_name(code) for code in model.tables(1)]
    tensors = graphs[0].tables(0)
    outputs = [int(i) for i in graphs[0].numbers(2, "i")]
    made: dict[int, tuple[str, int]] = {}  # by tensor: the op that makes it, its first input
    listed: tuple[int, ...] = ()
    for op in graphs[0].tables(3):
        name = codes[op.number(0, "<I")]
        sources = [int(i) for i in op.numbers(1, "i")] or [-1]
        results = [int(i) for i in op.numbers(2, "i")]
        made.update(dict.fromkeys(results, (name, sources[0])))
        if name == POSTPROCESS and all(tensor in outputs for tensor in results):
            listed = tuple(outputs.index(tensor) for tensor in results)
    metadata = _metadata(data, model, buffers)
    return Inspected(
        size=len(data),
        inputs=tuple(_tensor(tensors[int(i)]) for i in graphs[0].numbers(1, "i")),
        outputs=tuple(_tensor(tensors[i]) for i in outputs),
        unknown_ops=tuple(sorted({c for c in codes if not c.isdigit()} - _OPS_OF_RUNTIMES)),
        makers=tuple(_maker(i, made) for i in outputs),
        listed=listed if len(listed) == 4 else (),
        normalisation=_normalisation(metadata),
        licence=metadata.text(5) if metadata else "",
        label_map=_label_map(path),
    )


def _op_name(code: Table) -> str:
    """The name of a custom op, else the number of a built-in one."""
    number = max(code.number(0, "<b"), code.number(3, "<i"))
    return code.text(1) if number == _CUSTOM else str(number)


def _maker(tensor: int, made: dict[int, tuple[str, int]]) -> str:
    for _ in made:
        name, source = made.get(tensor, ("", -1))
        if name not in map(str, _PASSING):
            return {str(_SOFTMAX): "softmax", str(_LOGISTIC): "logistic"}.get(name, "")
        tensor = source
    return ""


def _tensor(table: Table) -> Tensor:
    shape = table.numbers(7, "i") or table.numbers(0, "i")  # the signature has -1 for "any"
    scales: tuple[float, ...] = ()
    zeros: tuple[float, ...] = ()
    quantisation = table.table(4)
    if quantisation is not None:
        scales, zeros = quantisation.numbers(2, "f"), quantisation.numbers(3, "q")
    kind = table.number(1, "<b")
    return Tensor(
        name=table.text(3),
        shape=tuple(int(side) for side in shape),
        type=_TYPES.get(kind, f"type {kind}"),
        scale=scales[0] if scales else 0.0,
        zero_point=int(zeros[0]) if zeros else 0,
    )


def _metadata(data: bytes, model: Table, buffers: list[Table]) -> Table | None:
    for entry in model.tables(6):
        if entry.text(0) == "TFLITE_METADATA":
            start, length = buffers[entry.number(1, "<I")].bytes(0)
            return Table.root(data[start : start + length])
    return None


def _normalisation(metadata: Table | None) -> tuple[float, float] | None:
    """Mean and std of the first input, where they are the same for all three colours."""
    graphs = metadata.tables(3) if metadata else []
    inputs = graphs[0].tables(2) if graphs else []
    for unit in inputs[0].tables(4) if inputs else []:
        options = unit.table(1)
        if unit.number(0, "<B") == 1 and options is not None:  # NormalizationOptions
            means, stds = set(options.numbers(0, "f")), set(options.numbers(1, "f"))
            if len(means) == len(stds) == 1:
                return means.pop(), stds.pop()
    return None


def _label_map(path: Path) -> str:
    """The label map of the metadata: a .txt with `label` in its name, in a zip glued to the end."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.endswith(".txt") and "label" in n.lower()]
            # Translations have longer names: labels_de.txt beside labels.txt.
            name = min(names, key=lambda n: (len(n), n), default=None)
            if name is None or archive.getinfo(name).file_size > _LABELS_LARGEST:
                return ""
            with archive.open(name) as file:
                return file.read(_LABELS_LARGEST).decode("utf-8", "replace")
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError):
        return ""
