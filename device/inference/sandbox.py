"""Starts `probe` and turns whatever becomes of it into a result or one sentence.

A damaged model can crash the process that runs it: here that is a child's end, not ours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from device.errors import ModelError
from device.inference.tensors import Range, Run, Tensor

TIMEOUT = 120.0
"""Seconds; loading the runtime on a slow board takes up to 10 of them."""

_ROOT = Path(__file__).parents[2]


def run_once(model: Path, timeout: float = TIMEOUT) -> Run:
    """Run a model file on a grey picture. Raises `ModelError` when it does not survive that."""
    said = _probe(model, timeout)
    return Run(
        runtime=said["runtime"],
        milliseconds=said["milliseconds"],
        outputs=tuple(Tensor(**{**one, "shape": tuple(one["shape"])}) for one in said["outputs"]),
        values=tuple(Range(**one) for one in said["values"]),
    )


def try_folder(folder: Path, timeout: float = TIMEOUT) -> int:
    """Tag a picture with the model in a folder, as the daemon would; how many tags it said.

    Raises `ModelError` for a card that does not fit, and for what does not survive it.
    """
    return int(_probe(folder, timeout)["tags"])


def _probe(path: Path, timeout: float) -> dict[str, Any]:
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join(filter(None, (str(_ROOT), inherited)))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "device.inference.probe", str(path.absolute())],
            capture_output=True,
            timeout=timeout,
            env={**os.environ, "PYTHONPATH": paths},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"{path} was stopped: it ran for more than {timeout:g} s") from None
    if done.returncode < 0:
        raise ModelError(f"{path} {_fate(-done.returncode)}")
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ModelError(f"{path} could not be run: {last or 'it said nothing'}") from None
    if "error" in said:
        raise ModelError(str(said["error"]))
    result: dict[str, Any] = said
    return result


def _fate(number: int) -> str:
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return "was stopped: it took too much time or memory"
    name = signal.Signals(number).name if number in [*signal.Signals] else str(number)
    return f"crashed its runtime ({name}): it is damaged, or made for another machine"
