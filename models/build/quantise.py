"""From a float model and the ranges of its activations to int8."""

from __future__ import annotations

from ai_edge_quantizer import qtyping, quantizer, recipe
from ai_edge_quantizer.algorithm_manager import AlgorithmName

from models.build import flat
from models.build.calibrate import Ranges

_Op = qtyping.TFLOperationName


def to_int8(model: bytes, ranges: Ranges, *, float_head: bool) -> bytes:
    """Weights int8 by channel, activations int8 by tensor, buffers inside the file.

    With `float_head` the last fully connected layer gives float logits, and the softmax and the
    output are float: an int8 probability has steps of 1/256, and ties. Its weights are int8 by
    tensor and not by channel, which tflite-runtime 2.14 takes without an error where activations
    are quantised at run time, and then gives nonsense.
    """
    work = quantizer.Quantizer(model, recipe.static_wi8_ai8())
    if float_head:
        for op in (_Op.FULLY_CONNECTED, _Op.SOFTMAX, _Op.OUTPUT):
            work.update_quantization_recipe(".*", op, None, AlgorithmName.NO_QUANTIZE)
        whole = qtyping.QuantGranularity.TENSORWISE
        work.add_dynamic_config(".*", _Op.FULLY_CONNECTED, num_bits=8, granularity=whole)
    content = work.quantize(ranges, enable_progress_report=False).quantized_model
    if content is None:
        raise RuntimeError("the quantizer gave no model")
    return flat.write(flat.read(bytes(content)))
