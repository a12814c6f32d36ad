"""The float models that everything else is made from, kept in the work folder for comparisons."""

from __future__ import annotations

from pathlib import Path

from models.build import fetch, flat, objects, scene


def scene_model(work: Path) -> bytes:
    """EfficientNet-Lite0 in float32; also `work`/float/scene.tflite."""
    model = scene.float_model(fetch.fetch(fetch.SCENE, work / "origin"))
    return _kept(work, "scene", flat.sign(model, ("scores",)))


def objects_model(work: Path) -> tuple[list[str], bytes]:
    """Labels of SSD MobileNetV2, and the model in float32; also `work`/float/objects.tflite."""
    labels, half = objects.asset(fetch.fetch(fetch.OBJECTS, work / "origin"))
    model = flat.sign(objects.float_model(half), ("boxes", "scores"))
    return labels, _kept(work, "objects", model)


def _kept(work: Path, name: str, content: bytes) -> bytes:
    (work / "float").mkdir(parents=True, exist_ok=True)
    (work / "float" / f"{name}.tflite").write_bytes(content)
    return content
