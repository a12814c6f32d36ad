"""The seam between a model's numbers and what computes them.

A `Runtime` is an inference library that was found here; an `Engine` is one model loaded by it.
`tflite` and `onnx` implement both; `runtime` finds them, `engines` follows the config.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from device.config import Accelerator
from device.inference.card import Card, ModelFile
from device.inference.tensors import Tensor


@dataclass(frozen=True, slots=True)
class Settings:
    """How an engine is to run."""

    threads: int = 1  # on the CPU
    accelerator: Accelerator = "none"
    cache: Path | None = None  # folder for what an accelerator compiles; None: compile each time


class Engine(Protocol):
    """One loaded model. NOT thread-safe."""

    backend: str  # the runtime with its version, and the accelerator if it uses one
    sha256: str  # hex, of the file that it loaded
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]

    def run(self, values: NDArray[Any]) -> list[NDArray[np.float32]]:
        """The outputs as real numbers without their batch axis, in the card's order; copies.

        Raises `ModelError`; `AcceleratorLost` when it came from an accelerator.
        """
        ...

    def close(self) -> None:
        """Give its memory back."""
        ...


class Runtime(Protocol):
    """An inference library that could be imported; `str()` is its name with its version."""

    @property
    def name(self) -> str:
        """As `inference.runtime` in the config names it."""
        ...

    def require(self, accelerator: Accelerator) -> None:
        """Prove that the accelerator works here. Raises `NoAccelerator`, with what to do."""
        ...

    def file(self, card: Card, accelerator: Accelerator, /) -> ModelFile:
        """The file of the model that this runtime takes. Raises `ModelError` for none."""
        ...

    def open(self, card: Card, settings: Settings) -> Engine:
        """Load the model. Raises `ModelError`, and never falls back to the CPU by itself."""
        ...
