"""`python -m bench.accuracy`: what the int8 models lose against float, and how fast they run.

--pictures FOLDER     ImageNet pictures with labels.csv; every second one calibrated the models
                      and is left out
--photos FOLDER       further photos
--video FILE          the road, looked at where PyAV is installed
--float FOLDER        float models, as `models/build/build.sh --onnx` leaves them
--onnx FOLDER         ... and the model folders with an ONNX file
--other-python PATH   an interpreter with tflite-runtime, for its speed on the same files

What is absent is left out with a sentence. Prints the tables of docs/models.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tabulate import tabulate

from bench import detections
from bench.invoke import milliseconds
from bench.machine import machine
from device import shipped
from device.config import Inference
from device.errors import NoRuntime
from device.inference import measure
from device.inference.card import Card, load_card
from device.inference.engines import Engines
from device.inference.runtime import find_runtime
from device.inference.tagger import ModelTagger
from models.build.calibrate import halves

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
WORK = ROOT / "models" / "build" / "work"
NAMES = ("scene", "objects")
_THREADS = (1, 2)


def scene(real: Card, small: Card, pictures: Sequence[Path]) -> str:
    """Top-1 and top-5 of both, on the pictures that calibration did not see."""
    unseen = set(pictures)
    truth = [one for one in measure.labelled(pictures[0].parent, small) if one.path in unseen]
    rows = []
    for title, card in (("float", real), ("int8", small)):
        right = measure.hits(_tagger(card, 0.0, 5), truth)
        rows.append((title, right.pictures, 100 * right.top1, 100 * right.top5))
    return tabulate(rows, headers=("scene", "pictures", "top-1 %", "top-5 %"), floatfmt=".1f")


def speeds(floats: dict[str, Card], onnx: Path, other: str | None) -> str:
    """Milliseconds of a run by model, runtime and threads."""
    rows = []
    for name in NAMES:
        small = load_card(shipped.models_folder() / name)
        for threads in _THREADS:
            here = Inference(threads=threads)
            ours = milliseconds(small, here)
            theirs = _elsewhere(other, "tflite-runtime", name, threads) if other else None
            row: list[object] = [name, threads, ours, theirs, theirs / ours if theirs else None]
            row.append(milliseconds(floats[name], here) if name in floats else None)
            row.append(_onnx_ms(onnx / name, threads))
            rows.append(row)
    heads = ("ms a run", "threads", str(find_runtime()), "tflite-runtime", "times", "float", "ONNX")
    return tabulate(rows, headers=heads, floatfmt=".1f")


def _onnx_ms(folder: Path, threads: int) -> float | None:
    wanted = Inference(runtime="onnx", threads=threads)
    try:
        return milliseconds(load_card(folder), wanted) if folder.is_dir() else None
    except NoRuntime as error:
        print(error, file=sys.stderr)
        return None


def _elsewhere(python: str, runtime: str, name: str, threads: int) -> float:
    command = [python, "-m", "bench.invoke", runtime, name, str(threads)]
    return float(subprocess.check_output(command, cwd=ROOT))


def _tagger(card: Card, floor: float, most: int) -> ModelTagger:
    """The model as the device runs it."""
    engines = Engines(Inference())
    return ModelTagger(card.name, card, engines, min_confidence=floor, max_tags=most)


def _float_cards(folder: Path) -> dict[str, Card]:
    """The cards with float files in place of the int8 ones, where there are any."""
    found = {}
    for name in NAMES:
        path = folder / f"{name}.tflite"
        if path.exists():
            found[name] = replace(load_card(shipped.models_folder() / name), model=path)
        else:
            print(f"{path} is not there: models/build/build.sh --onnx makes it", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy")
    parser.add_argument("--pictures", type=Path, default=DATA / "imagenet-sample")
    parser.add_argument("--photos", type=Path, default=DATA / "photos")
    parser.add_argument("--video", type=Path, default=DATA / "video" / "car-detection.mp4")
    parser.add_argument("--float", type=Path, default=WORK / "float")
    parser.add_argument("--onnx", type=Path, default=WORK / "out")
    parser.add_argument("--other-python")
    options = parser.parse_args()
    floats = _float_cards(options.float)
    small = {name: load_card(shipped.models_folder() / name) for name in NAMES}
    unseen = halves(options.pictures)[1]
    if "scene" in floats:
        print(scene(floats["scene"], small["scene"], unseen), "\n")
    if "objects" in floats:
        real, ours = (
            _tagger(card, detections.floor(), 300) for card in (floats["objects"], small["objects"])
        )
        print(detections.compare(real, ours, unseen, options.photos, options.video), "\n")
    print(speeds(floats, options.onnx, options.other_python))
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
