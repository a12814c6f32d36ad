"""ONNX models by ONNX Runtime, whose execution providers give CUDA and TensorRT.

ONNX Runtime goes on with the CPU when a provider cannot start; here that is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.config import Accelerator
from device.errors import AcceleratorLost, ModelError, NoAccelerator, NoRuntime
from device.inference.card import Card, ModelFile
from device.inference.engine import Settings
from device.inference.tensors import Tensor

PROBE = bytes.fromhex(
    "08083a370a0c0a0178120179220452656c75120570726f62655a0f0a0178120a0a08080112040a02"
    "0804620f0a0179120a0a08080112040a02080442040a00100d"
)
"""The smallest model, y = Relu(x): whether a provider can start is known by starting it."""

_PROVIDERS = {
    "none": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
}
"""By accelerator, as ONNX Runtime names them; the later ones take what the first does not know."""

_TITLES = {"cuda": "CUDA", "tensorrt": "TensorRT"}
_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}
_DRIVERS = (Path("/sys/module/nvidia/version"), Path("/etc/nv_tegra_release"))


@dataclass(frozen=True, slots=True)
class OnnxRuntime:
    """The package onnxruntime, or onnxruntime-gpu under the same name."""

    module: Any
    name: str = "onnx"

    def __str__(self) -> str:
        return f"ONNX Runtime {self.module.__version__}"

    def require(self, accelerator: Accelerator) -> None:
        """The provider must be built in, and start for the smallest model."""
        if accelerator != "none":
            self.session(PROBE, Settings(accelerator=accelerator))

    def file(self, card: Card, _accelerator: Accelerator, /) -> ModelFile:
        """`onnx` of the card; the same for every accelerator."""
        found = card.variants.get("onnx")
        if found is None:
            raise ModelError(
                f"the model {card.name} has no ONNX file: make one with models/build/build.sh"
                " --onnx, or set inference.runtime to auto"
            )
        return found

    def open(self, card: Card, settings: Settings) -> OnnxEngine:
        """Raises `ModelError` for a model it refuses, `NoAccelerator`."""
        return OnnxEngine(self, card, settings)

    def session(self, model: str | bytes, settings: Settings, compiled: Path | None = None) -> Any:
        """A session on exactly the accelerator that was asked for.

        `compiled` is the folder for what TensorRT makes of the model.
        """
        providers = _PROVIDERS.get(settings.accelerator)
        if providers is None or providers[0] not in self.module.get_available_providers():
            raise NoAccelerator(
                f"{self} knows no {settings.accelerator} here: install onnxruntime-gpu"
                " (on a Jetson the package of its JetPack), or set inference.accelerator to none"
            )
        options = self.module.SessionOptions()
        options.intra_op_num_threads = settings.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = self.module.InferenceSession(
                model, options, [(name, _options(name, compiled)) for name in providers]
            )
        except Exception as error:
            what = model if isinstance(model, str) else "a probe"
            raise ModelError(f"{self} cannot load {what}: {_first_line(error)}") from error
        if session.get_providers()[0] != providers[0]:
            raise NoAccelerator(
                f"{settings.accelerator} did not start and {self} would go on with"
                f" {session.get_providers()[0]}: check the driver and the CUDA libraries"
            )
        session.disable_fallback()
        return session


class OnnxEngine:
    """A model in a session."""

    def __init__(self, runtime: OnnxRuntime, card: Card, settings: Settings) -> None:
        file = runtime.file(card, settings.accelerator)
        self._accelerated = settings.accelerator != "none"
        self._spec = card.spec
        compiled = _cache(settings, file.sha256)
        self._session = runtime.session(str(file.path), settings, compiled)
        title = _TITLES.get(settings.accelerator)
        self.backend = f"{runtime} on {title or 'CPU'}"
        self.sha256 = file.sha256
        (image,) = self._session.get_inputs()
        if image.type not in _DTYPES:
            raise ModelError(f"{file.path} takes {image.type}; {' or '.join(_DTYPES)} is known")
        self._name = image.name
        self.inputs = [_tensor(image)]
        self.outputs = [_tensor(output) for output in self._session.get_outputs()]

    def run(self, values: NDArray[Any]) -> list[NDArray[np.float32]]:
        """See `Engine`."""
        try:
            outputs = self._session.run(None, {self._name: values})
        except Exception as error:
            kind = AcceleratorLost if self._accelerated else ModelError
            raise kind(f"{self._spec} failed on {self.backend}: {_first_line(error)}") from error
        return [output[0].astype(np.float32) for output in outputs]

    def close(self) -> None:
        """Twice does no harm."""
        self._session = None


def _tensor(argument: Any) -> Tensor:
    """ONNX Runtime's description of an input or output; a side with a name is not fixed."""
    batch, *sides = (side if isinstance(side, int) else -1 for side in argument.shape)
    kind = _DTYPES.get(argument.type, argument.type)
    # ONNX files do not say what an integer stands for: it is taken as it is.
    scale = 1.0 if kind == "uint8" else 0.0
    return Tensor(argument.name, (1 if batch == -1 else batch, *sides), kind, scale, 0)


def onnxruntime() -> OnnxRuntime:
    """Raises `NoRuntime` unless onnxruntime is installed."""
    try:
        return OnnxRuntime(import_module("onnxruntime"))
    except ImportError as error:
        raise NoRuntime("onnxruntime is not installed: pip install 'tagd[onnx]'") from error


def driver() -> str:
    """The version of NVIDIA's driver, fit for a file name; `none` where there is none."""
    for place in _DRIVERS:
        try:
            line = place.read_text(encoding="utf-8", errors="replace").splitlines()[0]
        except (OSError, IndexError):
            continue
        return re.sub(r"[^A-Za-z0-9.]+", "-", line).strip("-")[:40]
    return "none"


def _cache(settings: Settings, sha256: str) -> Path | None:
    """The folder of this model and this driver: another of either is compiled anew."""
    if settings.cache is None or settings.accelerator != "tensorrt":
        return None
    folder = settings.cache / "tensorrt" / f"{sha256}-{driver()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _options(provider: str, compiled: Path | None) -> dict[str, str]:
    if provider != "TensorrtExecutionProvider" or compiled is None:
        return {}
    return {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(compiled)}


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
