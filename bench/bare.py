"""The yardstick: a loop that only decodes, resizes and invokes the same models on the same files.

python -m bench.bare FOLDER THREADS     prints JSON: pictures, cpu_s, wall_s, rss_mb
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from device import shipped
from device.inference.card import Card, load_card
from device.inference.decode import quantise
from device.inference.tflite import litert

_WARM_UP = 5  # pictures


class _Model:
    def __init__(self, card: Card, threads: int) -> None:
        self.size = (card.input.width, card.input.height)
        self._interpreter: Any = litert().interpreter(str(card.model), threads)
        detail = self._interpreter.get_input_details()[0]
        self._index = detail["index"]
        levels = (np.arange(256, dtype=np.float32) - card.input.mean) / card.input.std
        integer = np.issubdtype(detail["dtype"], np.integer)
        scale, zero_point = detail["quantization"]
        self._levels = quantise(levels, scale, zero_point, detail["dtype"]) if integer else levels

    def invoke(self, picture: Image.Image) -> None:
        pixels = np.asarray(picture.resize(self.size, Image.Resampling.BILINEAR))
        self._interpreter.set_tensor(self._index, self._levels.take(pixels)[np.newaxis])
        self._interpreter.invoke()


def run(folder: Path, threads: int) -> dict[str, float]:
    """Every picture of the folder once through both models."""
    models = [_Model(load_card(shipped.models_folder() / n), threads) for n in ("objects", "scene")]
    side = max(max(model.size) for model in models)
    files = sorted(folder.glob("*.jpg"))
    cpu = wall = 0.0
    for number, path in enumerate([*files[:_WARM_UP], *files]):
        if number == _WARM_UP:
            cpu, wall = time.process_time(), time.monotonic()
        with Image.open(path) as opened:
            opened.draft("RGB", (side, side))
            picture = opened.convert("RGB")
        for model in models:
            model.invoke(picture)
    return {
        "pictures": len(files),
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.monotonic() - wall,
        "rss_mb": _rss_mb(),
    }


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]))))
