"""Runs a model once, in a process of its own: `python -m device.inference.probe FILE|FOLDER`.

A file is run on a grey picture, as raw numbers; a folder with a card is run just as the daemon
runs it. Prints one line of JSON: what was seen, or `{"error": ...}`. `sandbox` starts it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from device.config import Inference
from device.errors import ModelError
from device.images import DecodedPicture
from device.inference.card import load_card
from device.inference.decode import dequantise
from device.inference.engines import Engines
from device.inference.runtime import find_runtime
from device.inference.tagger import ModelTagger
from device.inference.tensors import Tensor
from device.inference.tflite import TfliteRuntime

CPU_SECONDS = 60
MEMORY = (2 << 30) if sys.maxsize < 2**32 else (4 << 30)
"""Bytes of address space: what a runtime reserves is far more than what it uses."""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash is expected and needs no dump


def _raw(path: Path) -> dict[str, Any]:
    """Tensors, milliseconds, and the range of every output for a grey picture."""
    runtime = cast(TfliteRuntime, find_runtime())  # all that run without an accelerator are
    interpreter = runtime.interpreter(str(path), 1)
    (given,) = interpreter.get_input_details()
    grey = {"uint8": 128, "int8": 0}.get(np.dtype(given["dtype"]).name, 0.5)
    interpreter.set_tensor(given["index"], np.full(given["shape"], grey, given["dtype"]))
    start = time.monotonic()
    interpreter.invoke()
    milliseconds = (time.monotonic() - start) * 1000
    # Only now do outputs whose size depends on the picture have their real shape.
    outputs = interpreter.get_output_details()
    values = []
    for detail in outputs:
        scale, zero_point = detail["quantization"]
        real = dequantise(interpreter.get_tensor(detail["index"]), scale, zero_point)
        values.append(_range(real))
    return {
        "runtime": str(runtime),
        "milliseconds": round(milliseconds, 1),
        "outputs": [asdict(Tensor.of(detail)) for detail in outputs],
        "values": values,
    }


def _range(real: np.ndarray[Any, Any]) -> dict[str, Any]:
    finite = bool(np.isfinite(real).all()) and real.size > 0
    return {
        "low": float(real.min()) if finite else None,
        "high": float(real.max()) if finite else None,
        "sum": float(real.astype(np.float64).sum()) if finite else None,
        "whole": finite and bool((real == np.rint(real)).all()),
    }


def _tagged(folder: Path) -> dict[str, Any]:
    """The number of tags for a picture of noise, at a floor low enough to have some."""
    card = load_card(folder)
    engines = Engines(Inference(threads=1))
    tagger = ModelTagger(card.name, card, engines, min_confidence=0.001, max_tags=100)
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    tags = tagger.tag(DecodedPicture("probe", "RAW", (320, 240), noise))
    return {"tags": len(tags)}


def main() -> None:
    """The limits come first: a hostile file is not even opened without them."""
    _limit()
    path = Path(sys.argv[1])
    try:
        said = _tagged(path) if path.is_dir() else _raw(path)
    except (ModelError, ValueError, RuntimeError, MemoryError) as error:
        said = {"error": str(error).strip().partition("\n")[0] or "it needs too much memory"}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
