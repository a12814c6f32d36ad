"""Finds an inference runtime: by its name in the config, or the best that is installed.

LiteRT comes first because its int8 runs more than ten times as fast as tflite-runtime's, which
does not use XNNPACK for int8. ONNX Runtime is the one that knows NVIDIA's accelerators.
"""

from __future__ import annotations

import logging

from device import registry
from device.config import ACCELERATED_BY, Accelerator
from device.errors import NoRuntime
from device.inference.engine import Runtime

log = logging.getLogger(__name__)


def installed_runtimes() -> list[Runtime]:
    """Every runtime that is installed and can work here, the best first."""
    found = []
    for name in registry.RUNTIMES:
        try:
            found.append(_load(name))
        except NoRuntime:
            continue
    return found


def find_runtime(name: str = "auto", accelerator: Accelerator = "none") -> Runtime:
    """The runtime of that name, or the best that can use the accelerator.

    Only what is chosen is imported. Raises `NoRuntime` where there is none.
    """
    if name != "auto":
        return _load(name)
    reasons = []
    for one in ACCELERATED_BY[accelerator]:
        try:
            runtime = _load(one)
        except NoRuntime as error:
            reasons.append(str(error))
            continue
        if reasons:
            log.info("%s it is: %s", runtime, "; ".join(reasons))
        return runtime
    if accelerator in ("cuda", "tensorrt"):
        raise NoRuntime(f"{accelerator} needs ONNX Runtime: pip install onnxruntime-gpu")
    raise NoRuntime(
        "no TFLite runtime is installed: pip install ai-edge-litert (64-bit Linux),"
        " or tflite-runtime with 'numpy<2' (32-bit Arm, Python 3.11 or older)"
    )


def _load(name: str) -> Runtime:
    runtime: Runtime = registry.load("tagd.runtimes", registry.RUNTIMES, name)()
    return runtime
