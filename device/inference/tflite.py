"""TFLite models by LiteRT, tflite-runtime or TensorFlow: all three have the same `Interpreter`.

An Edge TPU comes in by its delegate, and takes only what was compiled for it: the runtime would
run any other model on the CPU without a word, so such a file is refused.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.config import Accelerator
from device.errors import AcceleratorLost, ModelError, NoAccelerator, NoRuntime
from device.inference import decode
from device.inference.card import Card, ModelFile
from device.inference.engine import Settings
from device.inference.tensors import Tensor

EDGETPU_LIBRARY = "libedgetpu.so.1"
_EDGETPU_OP = b"edgetpu-custom-op"  # the operator that a compiled model consists of

_GREETING = b"INFO: Created TensorFlow Lite"


@dataclass(frozen=True, slots=True)
class TfliteRuntime:
    """One of the three packages."""

    name: str
    title: str
    version: str
    module: Any  # with Interpreter and load_delegate

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    def require(self, accelerator: Accelerator) -> None:
        """Of accelerators these runtimes know the Edge TPU; its delegate is loaded for a moment."""
        if accelerator != "none":
            self._delegate(accelerator)

    def file(self, card: Card, accelerator: Accelerator) -> ModelFile:
        """`model` of the card, or its `edgetpu`, which must hold what an Edge TPU runs."""
        if accelerator != "edgetpu":
            return ModelFile(card.model, card.sha256)
        compiled = card.variants.get("edgetpu")
        if compiled is None:
            raise ModelError(
                f"the model {card.name} has no file for the Edge TPU: compile model.tflite with"
                " edgetpu_compiler and name the result under `edgetpu` in its card.yaml"
            )
        if _EDGETPU_OP not in compiled.path.read_bytes():
            raise ModelError(
                f"{compiled.path} is not compiled for the Edge TPU and would run on the CPU"
            )
        return compiled

    def open(self, card: Card, settings: Settings) -> TfliteEngine:
        """Raises `ModelError` for a model it refuses, `NoAccelerator`."""
        return TfliteEngine(self, card, settings)

    def interpreter(self, model: str, threads: int, accelerator: Accelerator = "none") -> Any:
        """An interpreter with its memory allocated."""
        delegates = [] if accelerator == "none" else [self._delegate(accelerator)]
        try:
            with _without_chatter():
                interpreter = self.module.Interpreter(
                    model_path=model, num_threads=threads, experimental_delegates=delegates
                )
                interpreter.allocate_tensors()
        except (ValueError, RuntimeError, SystemError) as error:
            raise ModelError(f"{self} cannot load {model}: {_first_line(error)}") from error
        return interpreter

    def _delegate(self, accelerator: Accelerator) -> Any:
        if accelerator != "edgetpu":
            raise NoAccelerator(f"{self} cannot use {accelerator}; runtime onnx can")
        try:
            ctypes.CDLL(EDGETPU_LIBRARY)  # the delegate's own failure leaves half an object
            return self.module.load_delegate(EDGETPU_LIBRARY)
        except (OSError, ValueError, RuntimeError) as error:
            raise NoAccelerator(
                f"no Edge TPU can be used ({_first_line(error)}): install libedgetpu1-std, plug"
                " it in, and let tagd's user open it (group plugdev)"
            ) from error


class TfliteEngine:
    """A model in an interpreter."""

    def __init__(self, runtime: TfliteRuntime, card: Card, settings: Settings) -> None:
        file = runtime.file(card, settings.accelerator)
        self._accelerated = settings.accelerator != "none"
        self._spec = card.spec
        self._interpreter = runtime.interpreter(
            str(file.path), settings.threads, settings.accelerator
        )
        self.backend = f"{runtime} on Edge TPU" if self._accelerated else str(runtime)
        self.sha256 = file.sha256
        inputs = self._interpreter.get_input_details()
        self._index = inputs[0]["index"]
        self._outputs = self._interpreter.get_output_details()
        self.inputs = [Tensor.of(detail) for detail in inputs]
        self.outputs = [Tensor.of(detail) for detail in self._outputs]

    def run(self, values: NDArray[Any]) -> list[NDArray[np.float32]]:
        """See `Engine`."""
        try:
            self._interpreter.set_tensor(self._index, values)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            kind = AcceleratorLost if self._accelerated else ModelError
            raise kind(f"{self._spec} failed on {self.backend}: {_first_line(error)}") from error
        return [self._output(detail) for detail in self._outputs]

    def close(self) -> None:
        """Twice does no harm."""
        self._interpreter = None

    def _output(self, detail: dict[str, Any]) -> NDArray[np.float32]:
        values = self._interpreter.get_tensor(detail["index"])
        return decode.dequantise(values[0] if values.ndim else values, *detail["quantization"])


def litert() -> TfliteRuntime:
    """Raises `NoRuntime` unless ai-edge-litert is installed."""
    return _found("litert", "LiteRT", "ai-edge-litert", "ai_edge_litert.interpreter")


def tflite_runtime() -> TfliteRuntime:
    """Raises `NoRuntime` unless tflite-runtime is installed, with a numpy that it can bear."""
    module = "tflite_runtime.interpreter"
    runtime = _found("tflite-runtime", "tflite-runtime", "tflite-runtime", module)
    if int(np.__version__.split(".")[0]) >= 2:
        # Its import succeeds and the first Interpreter fails with a riddle.
        raise NoRuntime(f"{runtime} needs numpy below 2, and here is {np.__version__}")
    return runtime


def tensorflow() -> TfliteRuntime:
    """Raises `NoRuntime` unless TensorFlow is installed."""
    return _found("tensorflow", "TensorFlow Lite", "tensorflow", "tensorflow.lite")


def _found(name: str, title: str, package: str, module: str) -> TfliteRuntime:
    try:
        return TfliteRuntime(name, title, version(package), import_module(module))
    except (ImportError, PackageNotFoundError) as error:
        raise NoRuntime(f"{package} is not installed") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


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
