"""A model folder with an ONNX file beside the TFLite one, proved equal to the float model."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import onnxruntime

from device import shipped
from device.inference.card import Card, load_card
from models.build import onnx_file
from models.build.calibrate import Cut, Floats
from models.build.judge import Model

_MOST = 1e-3  # by how much an output may differ from the float TFLite model


def write(source: Path, real: bytes, out: Path) -> float:
    """Copy the model folder `source` to `out`, with model.onnx and its entry in the card.

    Returns the greatest difference of an output on the sample pictures. Raises ValueError, and
    writes nothing, for a difference above 1e-3.
    """
    card = load_card(source)
    content = onnx_file.convert(real, card.name)
    worst = _difference(card, real, content)
    if worst > _MOST:
        raise ValueError(f"{card.name} as ONNX differs by {worst:.2g}, more than {_MOST:g}")
    out.mkdir(parents=True, exist_ok=True)
    for name in ("model.tflite", "labels.txt"):
        shutil.copyfile(source / name, out / name)
    (out / "model.onnx").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    entry = f"onnx:\n  file: model.onnx\n  sha256: {digest}\n"
    text = (source / "card.yaml").read_text(encoding="utf-8")
    (out / "card.yaml").write_text(text + entry, encoding="utf-8")
    load_card(out)
    return worst


def _difference(card: Card, real: bytes, content: bytes) -> float:
    spec = card.input
    cut = Cut(spec.width, spec.mean, spec.std, spec.region, spec.crop)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    reference = Model(real)
    worst = 0.0
    for path in shipped.sample_pictures():
        image = cut.load(path)
        found: list[Floats] = session.run(None, {"image": image})
        for wanted, one in zip(reference.run(image), found, strict=True):
            worst = max(worst, float(np.abs(wanted - one[0]).max()))
    return worst
