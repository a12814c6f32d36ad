"""What runs the models here: the runtime and accelerator of the config, or what may stand in.

Without its accelerator tagd does not start, and ends when it loses it: nothing falls back to the
CPU in silence. With `fallback: cpu` it goes on there, and `problem` says so.
"""

from __future__ import annotations

import logging
from pathlib import Path

from device.config import Inference
from device.errors import NoAccelerator, NoRuntime
from device.inference.card import Card
from device.inference.engine import Engine, Runtime, Settings
from device.inference.runtime import find_runtime

log = logging.getLogger(__name__)


class Engines:
    """Opens engines as the config wants them; `problem` is for health, None on a good day."""

    def __init__(self, wanted: Inference, cache: Path | None = None) -> None:
        """`cache` is the folder for what accelerators compile.

        Raises `NoRuntime` and `NoAccelerator`, the latter also where the package that can use
        the accelerator is missing.
        """
        self.problem: str | None = None
        self._settings = Settings(wanted.thread_count, wanted.accelerator, cache)
        self._spare: Runtime | None = None
        self._runtime: Runtime
        if wanted.accelerator != "none" and wanted.fallback == "cpu":
            self._spare = find_runtime(wanted.runtime)
        try:
            self._runtime = find_runtime(wanted.runtime, wanted.accelerator)
            self._runtime.require(wanted.accelerator)
        except (NoRuntime, NoAccelerator) as error:
            if self._spare is None:
                raise
            self._give_up(str(error))

    def check(self, card: Card) -> None:
        """Raises `ModelError` where the model has no file for this runtime."""
        self._runtime.file(card, self._settings.accelerator)
        if self._spare is not None:
            self._spare.file(card, "none")

    def open(self, card: Card) -> Engine:
        """Load the model. Raises `ModelError`."""
        return self._runtime.open(card, self._settings)

    def replace(self, card: Card, reason: str) -> Engine | None:
        """After a loss: the model on the CPU, or None where the config does not allow that."""
        if self._spare is None and self.problem is None:
            return None
        if self._spare is not None:
            self._give_up(reason)
        return self.open(card)

    def _give_up(self, reason: str) -> None:
        assert self._spare is not None
        self.problem = f"{self._settings.accelerator} is not used, the CPU is slower: {reason}"
        log.error("%s", self.problem)
        self._runtime, self._spare = self._spare, None
        self._settings = Settings(self._settings.threads)

    def __str__(self) -> str:
        accelerator = self._settings.accelerator
        return f"{self._runtime}" + ("" if accelerator == "none" else f" with {accelerator}")
