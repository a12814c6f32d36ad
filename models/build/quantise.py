"""From a float model and the ranges of its activations to int8."""

from __future__ import annotations

from ai_edge_quantizer import qtyping, quantizer, recipe
from ai_edge_quantizer.algorithm_manager import AlgorithmName

from models.build import flat
from models.build.calibrate import Ranges

_Op = qtyping.TFLOperationName
_BOXES = "BoxEncodingPredictor"  # in the names of the layers that place the boxes of an SSD


def classifier(model: bytes, ranges: Ranges) -> bytes:
    """Weights int8 by channel, activations int8 by tensor; logits and softmax are float.

    An int8 probability has steps of 1/256, and ties. The weights of the logits are int8 by tensor
    and not by channel, which tflite-runtime 2.14 takes without an error in a fully connected
    layer whose activations are quantised at run time, and then gives nonsense.
    """
    work = quantizer.Quantizer(model, recipe.static_wi8_ai8())
    _leave_float(work, ".*", _Op.FULLY_CONNECTED, _Op.SOFTMAX, _Op.OUTPUT)
    whole = qtyping.QuantGranularity.TENSORWISE
    work.add_dynamic_config(".*", _Op.FULLY_CONNECTED, num_bits=8, granularity=whole)
    return _quantised(work, ranges)


def detector(model: bytes, ranges: Ranges) -> bytes:
    """Weights int8 by channel, activations int8 by tensor; boxes and the join of both are float.

    One int8 step of a box encoding is a tenth of a box's size. So the layers of the boxes have
    int8 weights and give real numbers, and the class logits are joined as real numbers: each
    feature map keeps the steps that suit it.
    """
    work = quantizer.Quantizer(model, recipe.static_wi8_ai8())
    _leave_float(work, ".*", _Op.CONCATENATION, _Op.RESHAPE, _Op.OUTPUT)
    _leave_float(work, _BOXES, _Op.CONV_2D)
    work.add_dynamic_config(_BOXES, _Op.CONV_2D, num_bits=8)
    return _quantised(work, ranges)


def _leave_float(work: quantizer.Quantizer, scope: str, *ops: qtyping.TFLOperationName) -> None:
    for op in ops:
        work.update_quantization_recipe(scope, op, None, AlgorithmName.NO_QUANTIZE)


def _quantised(work: quantizer.Quantizer, ranges: Ranges) -> bytes:
    """One file with its buffers inside."""
    content = work.quantize(ranges, enable_progress_report=False).quantized_model
    if content is None:
        raise RuntimeError("the quantizer gave no model")
    return flat.write(flat.read(bytes(content)))
