"""Milliseconds of a model file by one runtime: `python -m bench.invoke RUNTIME NAME THREADS`.

Prints one number, the median of the best round: the other rounds met a busy machine. Needs only
numpy, pyyaml and that runtime beside the package, so it also runs in an old interpreter.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from device import shipped
from device.config import Inference
from device.inference.card import Card, load_card
from device.inference.engines import Engines

_ROUNDS, _RUNS = 5, 20


def milliseconds(card: Card, wanted: Inference) -> float:
    """Of one run of the engine: set the input, invoke, read the outputs."""
    engine = Engines(wanted).open(card)
    values = np.zeros(engine.inputs[0].shape, engine.inputs[0].type)
    engine.run(values)
    times = np.empty((_ROUNDS, _RUNS))
    for index in np.ndindex(times.shape):
        start = time.perf_counter()
        engine.run(values)
        times[index] = time.perf_counter() - start
    engine.close()
    return float(np.median(times, axis=1).min()) * 1000


if __name__ == "__main__":
    runtime, folder, threads = sys.argv[1:]
    place = Path(folder) if "/" in folder else shipped.models_folder() / folder
    wanted = Inference.model_validate({"runtime": runtime, "threads": int(threads)})
    print(milliseconds(load_card(place), wanted))
