"""A small model folder that is right, and what `load_card` says once it is not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from device.errors import ModelError
from device.inference.card import load_card

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
SAMPLES = ROOT / "device" / "samples"

Edit = Callable[[dict[str, Any]], object]


def edit(folder: Path, change: Edit) -> str:
    """Change the card, and say what `load_card` says about it."""
    path = folder / "card.yaml"
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(card)
    path.write_text(yaml.safe_dump(card), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_card(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def small_folder(place: Path) -> Path:
    """A small model folder that is right: the card of `objects` over two tiny files."""
    card = yaml.safe_load((MODELS / "objects" / "card.yaml").read_text(encoding="utf-8"))
    for key, name, content in (
        ("model", "model.tflite", b"TFL3 of sorts"),
        ("labels", "labels.txt", "???\nCat\nCafé\n".encode()),
    ):
        (place / name).write_bytes(content)
        card[key] = {"file": name, "sha256": hashlib.sha256(content).hexdigest()}
    card["model"]["bytes"] = 13
    card["labels"]["count"] = 3
    (place / "card.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return place
