"""From what a model file says and did to its card: what was found, what only a person knows. Pure.

Nothing is guessed that would tag wrongly in silence: how a float model wants its pixels, for one,
cannot be seen in it, so it is missing until somebody says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from device.inference.guess_head import Guess, Unknown, guess_head
from device.inference.head_card import DETECTORS
from device.inference.tensors import Run, Tensor
from device.inference.tflite_file import Inspected

_PIXELS_MISSING = (
    "pixels: how a pixel becomes a number is not in the file: give --mean and --std"
    " (often 127.5 and 127.5, or 0 and 255; the real value is (pixel - mean) / std)"
)
_CROP = 0.875  # the centre crop that ImageNet's classifiers are judged with


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the owner says instead of letting it be found out; None: find out."""

    name: str | None = None
    head: str | None = None
    kind: str | None = None
    mean: float | None = None
    std: float | None = None
    licence: str | None = None
    origin: dict[str, Any] = field(default_factory=dict)  # for the card, as it is


@dataclass(frozen=True, slots=True)
class Draft:
    """A card without its checksums, and how it came about."""

    card: dict[str, Any]
    labels: tuple[str, ...]
    found: tuple[tuple[str, str, str], ...]  # what, value, where from
    missing: tuple[str, ...]  # sentences; nothing can be installed while there is one


def draft(
    name: str, file: Inspected, run: Run, labels: tuple[str, ...], labels_from: str, wishes: Wishes
) -> Draft:
    """The card of a model that takes one picture (`tensors.picture_problem` said so)."""
    missing: list[str] = []
    given = file.inputs[0]
    found = [
        ("runs", f"{run.milliseconds:g} ms on {run.runtime}", "one grey picture"),
        ("input", str(given), "the file"),
        *(("output", str(one), one.name) for one in run.outputs),
    ]
    guess = _guessed(file, run, labels, wishes.head, missing)
    pixels = _pixels(file, given, guess, wishes)
    if pixels is None:
        missing.append(_PIXELS_MISSING)
    else:
        found.append(("pixels", f"(pixel - {pixels[0]:g}) / {pixels[1]:g}", pixels[2]))
    if guess is not None:
        found.append(("head", guess.output["head"], guess.why))
    if labels:
        found.append(("labels", str(len(labels)), labels_from))
    missing += _label_problems(labels, labels_from, guess)
    licence = " ".join((wishes.licence or file.licence or "unknown").split())
    found.append(("licence", licence[:60], "the file" if file.licence else "--licence"))
    detects = guess is not None and guess.output["head"] in DETECTORS
    mean, std, _ = pixels or (0.0, 1.0, "")
    card = {
        "name": name,
        "version": 1,
        "title": f"{name}, added by the owner",
        "task": "detection" if detects else "classification",
        "kind": wishes.kind or ("object" if detects else "scene"),
        "input": {
            "width": given.shape[2],
            "height": given.shape[1],
            "colour": "rgb",
            "mean": mean,
            "std": std,
            "region": "whole" if detects else "centre-square",
            "crop": 1.0 if detects else _CROP,
        },
        "output": guess.output if guess else {},
        "quantisation": {"input": given.type},
        "licence": licence,
        "origin": wishes.origin,
        "golden": [],
        "measured": {"runtime": run.runtime, "milliseconds": run.milliseconds},
    }
    return Draft(card, labels, tuple(found), tuple(missing))


def _guessed(
    file: Inspected, run: Run, labels: tuple[str, ...], head: str | None, missing: list[str]
) -> Guess | None:
    try:
        return guess_head(file, run, labels, head)
    except Unknown as error:
        missing.append(str(error))
        return None


def _pixels(
    file: Inspected, given: Tensor, guess: Guess | None, wishes: Wishes
) -> tuple[float, float, str] | None:
    """Mean, std and where they come from."""
    if wishes.mean is not None and wishes.std is not None:
        return wishes.mean, wishes.std, "--mean and --std"
    if file.normalisation is not None and file.normalisation[1] > 0:
        return *file.normalisation, "the file's metadata"
    if given.type in ("int8", "uint8"):
        # A quantised input takes the pixels as they are, moved by 128 where it is signed.
        zero = given.zero_point + (128 if given.type == "int8" else 0)
        return float(zero), round(1.0 / given.scale, 6), "the input's quantisation"
    if guess is not None and guess.output["head"] == "yolo":
        return 0.0, 255.0, "what every YOLO takes"
    return None


def _label_problems(labels: Sequence[str], labels_from: str, guess: Guess | None) -> list[str]:
    wanted = guess.labels if guess else None
    if not labels:
        count = f"{wanted} " if wanted else ""
        return [f"labels: the file has none: give {count}names, one a line, with --labels FILE"]
    if wanted is not None and wanted != len(labels):
        told = f"the labels end here, but the model tells {wanted} things apart"
        return [f"{labels_from}:{len(labels)}: {told}: give the right file with --labels"]
    return []
