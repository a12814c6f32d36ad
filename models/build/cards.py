"""Writes the folder of a model: model.tflite, labels.txt and card.yaml, checked by the device."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from device.inference.card import load_card
from models.build.calibrate import Cut


def write(folder: Path, content: bytes, labels: list[str], card: dict[str, Any]) -> None:
    """Write the three files and load the card as the device does: a broken one never stays silent.

    `card` holds what is not known from the files themselves, in the order it is to be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(content)
    names = ("\n".join(labels) + "\n").encode()
    (folder / "labels.txt").write_bytes(names)
    files = {
        "model": {"file": "model.tflite", "sha256": _sum(content), "bytes": len(content)},
        "labels": {"file": "labels.txt", "sha256": _sum(names), "count": len(labels)},
    }
    head = {key: card[key] for key in ("name", "version", "title", "task", "kind")}
    whole = head | files | {key: value for key, value in card.items() if key not in head}
    text = yaml.dump(whole, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=96)
    about = "# Written by models/build/build.sh; docs/models.md explains the keys.\n"
    (folder / "card.yaml").write_text(about + text, encoding="utf-8")
    load_card(folder)


def picture(cut: Cut) -> dict[str, Any]:
    """The `input` of a card."""
    return {
        "width": cut.size,
        "height": cut.size,
        "colour": "rgb",
        "mean": cut.mean,
        "std": cut.std,
        "region": cut.region,
        "crop": cut.crop,
    }


class _Plain(yaml.SafeDumper):
    """Mappings as blocks, lists of plain values on one line."""


def _sequence(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    plain = not any(isinstance(value, dict) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain)


_Plain.add_representer(list, _sequence)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
