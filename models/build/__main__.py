"""`python -m models.build`: fetch, convert, calibrate, quantise, judge, write both models.

With --onnx: only convert, to float TFLite and to ONNX, under work/float and work/out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from models.build import (
    bias,
    calibrate,
    cards,
    fetch,
    flat,
    floats,
    judge,
    objects,
    onnx_folder,
    quantise,
    scene,
)
from models.build.calibrate import Cut

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"


def main() -> None:
    parser = argparse.ArgumentParser(prog="models/build/build.sh", description=__doc__)
    parser.add_argument(
        "--calibration",
        type=Path,
        default=ROOT.parent / "shared" / "data" / "imagenet-sample",
        help="folder of JPEGs: every second one calibrates, the others judge",
    )
    parser.add_argument("--work", type=Path, default=MODELS / "build" / "work")
    parser.add_argument("--out", type=Path, default=MODELS, help="where the two folders go")
    parser.add_argument(
        "--onnx", action="store_true", help="float and ONNX files, in the work folder"
    )
    arguments = parser.parse_args()
    if arguments.onnx:
        build_onnx(arguments.work)
        return
    pictures = calibrate.halves(arguments.calibration)
    build_scene(arguments.work, arguments.out / "scene", *pictures)
    build_objects(arguments.work, arguments.out / "objects", *pictures)


def build_onnx(work: Path) -> None:
    """Both models for ONNX Runtime: folders under `work`/out, to be copied to data_dir/models."""
    for name, real in (
        ("scene", floats.scene_model(work)),
        ("objects", floats.objects_model(work)[1]),
    ):
        out = work / "out" / name
        worst = onnx_folder.write(MODELS / name, real, out)
        print(f"{out}: differs from the float TFLite model by {worst:.1g} at most")


def build_scene(work: Path, out: Path, seen: list[Path], unseen: list[Path]) -> None:
    """EfficientNet-Lite0. The labels are the committed ones: no package of the origin has them."""
    cut = Cut(scene.SIZE, scene.MEAN, scene.STD, region="centre-square", crop=0.875)
    real = floats.scene_model(work)
    ready, woken = flat.wake_dead_channels(real)
    found = calibrate.ranges(ready, (cut.load(p) for p in seen), cut)
    rough = quantise.classifier(ready, found)
    small = bias.correct(ready, rough, [cut.load(p) for p in seen[::4]])
    card: dict[str, Any] = {
        "name": "scene",
        "version": 1,
        "title": "EfficientNet-Lite0, ImageNet-1k",
        "task": "classification",
        "kind": "scene",
        "input": cards.picture(cut),
        "output": {"head": "softmax", "temperature": scene.TEMPERATURE},
        "quantisation": _quantisation(seen, woken, ["logits", "softmax"])
        | {"logits": "int8 weights by tensor, activations quantised at run time, float results"},
        "licence": "Apache-2.0",
        "origin": fetch.SCENE.card() | {"network": "PyPI efficientnet_lite_pytorch 0.1.0"},
        "golden": [
            {"picture": "camera.jpg", "tag": "tripod", "at_least": 0.6},
            {"picture": "coffee.jpg", "tag": "espresso", "at_least": 0.6},
            {"picture": "rocket.jpg", "tag": "missile", "at_least": 0.15},
        ],
        "measured": {"invoke_ms": judge.speed(small)} | _accuracy(real, small, unseen),
    }
    labels = (MODELS / "scene" / "labels.txt").read_text(encoding="utf-8").splitlines()
    cards.write(out, small, labels, card)


def _accuracy(real: bytes, small: bytes, unseen: list[Path]) -> dict[str, Any]:
    """Of both files and both regions, where the pictures come with their classes."""
    if not (unseen[0].parent / "labels.csv").exists():
        return {}
    truth = judge.classes(unseen)
    result: dict[str, Any] = {"accuracy_pictures": len(unseen)}
    for region, crop in (("centre-square", 0.875), ("whole", 1.0)):
        cut = Cut(scene.SIZE, scene.MEAN, scene.STD, region, crop)
        images = [cut.load(p) for p in unseen]
        for name, content in (("float", real), ("int8", small)):
            percent = judge.accuracy(judge.Model(content), images, truth)
            result[f"{name}_{region.replace('-', '_')}"] = percent
    return result


def build_objects(work: Path, out: Path, seen: list[Path], unseen: list[Path]) -> None:
    """SSD MobileNetV2, with the labels of its own package."""
    cut = Cut(objects.SIZE, objects.MEAN, objects.STD, region="whole")
    labels, real = floats.objects_model(work)
    ready, woken = flat.wake_dead_channels(real)
    found = calibrate.ranges(ready, (cut.load(p) for p in seen), cut)
    rough = quantise.detector(ready, found)
    small = bias.correct(ready, rough, [cut.load(p) for p in seen[::4]])
    head: dict[str, Any] = {
        "head": "ssd",
        "boxes": 0,
        "scores": 1,
        "activation": "sigmoid",
        "background": 0,
        "coder": objects.CODER,
        "iou": 0.5,
        "anchors": objects.ANCHORS,
    }
    images = [cut.load(p) for p in unseen]
    card = {
        "name": "objects",
        "version": 1,
        "title": "SSD MobileNetV2, Open Images v4, 23 classes",
        "task": "detection",
        "kind": "object",
        "input": cards.picture(cut),
        "output": head,
        "quantisation": _quantisation(seen, woken, ["boxes", "joined outputs"])
        | {"boxes": "int8 weights by channel, activations quantised at run time, float results"},
        "licence": "Apache-2.0",
        "origin": fetch.OBJECTS.card(),
        "golden": [
            {"picture": "astronaut.jpg", "tag": "Person", "at_least": 0.3},
            {"picture": "chelsea.jpg", "tag": "Cat", "at_least": 0.5},
            {"picture": "coffee.jpg", "tag": "Coffee cup", "at_least": 0.3},
        ],
        "measured": {
            "invoke_ms": judge.speed(small),
            "agreement_with_float": judge.agreement(
                judge.Model(real), judge.Model(small), images, head, floor=0.3
            ),
        },
    }
    cards.write(out, small, labels, card)


def _quantisation(seen: list[Path], woken: int, float_layers: list[str]) -> dict[str, Any]:
    return {
        "weights": "int8",
        "activations": "int8",
        "float_layers": float_layers,
        "calibration": f"{len(seen)} ImageNet sample pictures: ranges of least squared error",
        "bias_correction": f"{len(seen[::4])} of these pictures",
        "dead_channels_woken": woken,
    }


if __name__ == "__main__":
    main()
