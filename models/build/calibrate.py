"""Which pictures the models are calibrated on, how they are cut, and the ranges they give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Ranges = dict[str, dict[str, Floats]]  # tensor name -> min and max, as the quantizer wants them

_PER_PICTURE = 4096  # values kept of each tensor and picture: 1,000,000 in all are plenty
_SEARCHED = 200_000  # values that the search for a range looks at
_SHARES = np.linspace(0.3, 1.0, 29)  # parts of the extremes that are tried as ends of a range


@dataclass(frozen=True)
class Cut:
    """How a picture becomes an input, as in `card.yaml`."""

    size: int  # pixels, width and height
    mean: float
    std: float
    region: str  # whole or centre-square
    crop: float = 1.0  # centre-square: part of the shorter side

    def load(self, path: Path) -> Floats:
        """[1, size, size, 3] float32."""
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        width, height = picture.size
        across, down = width, height
        if self.region == "centre-square":
            across = down = min(width, height) * self.crop
        left, top = (width - across) / 2, (height - down) / 2
        box = (left, top, left + across, top + down)
        resized = picture.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box)
        return ((np.asarray(resized, np.float32) - self.mean) / self.std)[None]


def halves(folder: Path) -> tuple[list[Path], list[Path]]:
    """The JPEGs of a folder by name: every second one is for calibration, the others for judging.

    Raises:
        FileNotFoundError: fewer than 100 pictures, which gives poor ranges.
    """
    pictures = sorted(folder.glob("*.jpg"))
    if len(pictures) < 100:
        raise FileNotFoundError(f"{folder} holds {len(pictures)} JPEGs; calibration wants 100")
    return pictures[0::2], pictures[1::2]


def ranges(model: bytes, inputs: Iterable[Floats], cut: Cut) -> Ranges:
    """The range of each activation: the one with the least squared error in 8 bits.

    The input keeps the full range of a pixel, so that its int8 step is exactly one pixel step.
    """
    # One thread and the plain kernels: the same file on every run.
    interpreter = Interpreter(
        model_content=model, num_threads=1, experimental_preserve_all_tensors=True
    )
    interpreter.allocate_tensors()
    image = interpreter.get_input_details()[0]
    names = {t["index"]: t["name"] for t in interpreter.get_tensor_details()}
    made = sorted({int(i) for op in interpreter._get_ops_details() for i in op["outputs"]})
    seen: dict[int, list[Floats]] = {index: [] for index in made}
    for picture in inputs:
        interpreter.set_tensor(image["index"], picture)
        interpreter.invoke()
        for index in made:
            seen[index].append(_sample(interpreter.get_tensor(index)))
    found = {names[i]: _range(np.concatenate(values)) for i, values in seen.items()}
    ends = np.array([0.0, 255.0])
    low, high = (ends - cut.mean) / cut.std
    found[image["name"]] = _pair(low, high)
    return found


def _sample(values: Floats) -> Floats:
    """Every n-th value, n odd so that it meets all channels, and both extremes."""
    flat = values.ravel()
    step = max(1, flat.size // _PER_PICTURE) | 1
    return np.concatenate((flat[::step], [flat.min(), flat.max()])).astype(np.float32)


def _range(values: Floats) -> dict[str, Floats]:
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    looked = values[:: max(1, values.size // _SEARCHED)]
    best = (np.inf, low, high)
    for start in low * _SHARES if low < 0 else [0.0]:
        for end in high * _SHARES if high > 0 else [0.0]:
            step = (end - start) / 255
            if step > 0:
                nearest = np.clip(np.rint((looked - start) / step), 0, 255) * step + start
                error = float(np.mean(np.square(nearest - looked)))
                best = min(best, (error, float(start), float(end)))
    return _pair(best[1], best[2])


def _pair(low: float, high: float) -> dict[str, Any]:
    return {"min": np.array([low], np.float32), "max": np.array([high], np.float32)}
