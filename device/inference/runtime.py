"""Finds a TFLite runtime: LiteRT, else tflite-runtime, else TensorFlow's own.

All three have the same `Interpreter`. LiteRT comes first because its int8 runs 15 to 40 times
as fast as tflite-runtime's, which does not use XNNPACK for int8.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from device.errors import ModelError, NoRuntime

log = logging.getLogger(__name__)

_GREETING = b"INFO: Created TensorFlow Lite"
_RUNTIMES = (
    ("LiteRT", "ai-edge-litert", "ai_edge_litert.interpreter"),
    ("tflite-runtime", "tflite-runtime", "tflite_runtime.interpreter"),
    ("TensorFlow Lite", "tensorflow", "tensorflow.lite"),
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime that could be imported."""

    name: str
    version: str
    interpreter: Callable[..., Any]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def installed_runtimes() -> list[Runtime]:
    """Every runtime that is installed and can work here, the best first."""
    found = []
    for name, package, module in _RUNTIMES:
        try:
            number = version(package)
            interpreter = import_module(module).Interpreter
        except (ImportError, PackageNotFoundError, AttributeError):
            continue
        if package == "tflite-runtime" and int(np.__version__.split(".")[0]) >= 2:
            # Its import succeeds and the first Interpreter fails with a riddle.
            log.warning("tflite-runtime %s needs numpy below 2; passed over", number)
            continue
        found.append(Runtime(name, number, interpreter))
    return found


def find_runtime(name: str | None = None) -> Runtime:
    """The best runtime, or the one of that name.

    Raises `NoRuntime` where there is none.
    """
    for runtime in installed_runtimes():
        if name is None or runtime.name == name:
            return runtime
    raise NoRuntime(
        "no TFLite runtime is installed: pip install ai-edge-litert (64-bit Linux),"
        " or tflite-runtime with 'numpy<2' (32-bit Arm, Python 3.11 or older)"
    )


def open_interpreter(runtime: Runtime, model: str, threads: int) -> Any:
    """An interpreter with its memory allocated. Raises `ModelError` for a model it refuses."""
    try:
        with _without_chatter():
            interpreter = runtime.interpreter(model_path=model, num_threads=threads)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError, SystemError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "unknown"
        raise ModelError(f"{runtime} cannot load {model}: {reason}") from error
    return interpreter


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back the runtime's greeting, which its C++ writes straight to standard error.

    Whatever else came meanwhile, also from other threads, is passed on afterwards.
    """
    own = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(own, 2)
            os.close(own)
            held.seek(0)
            for line in held:
                if not line.startswith(_GREETING):
                    os.write(2, line)
