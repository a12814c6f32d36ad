"""A model's `card.yaml` (docs/models.md explains the keys), checked against the files beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from device.errors import ModelError
from device.inference.head_card import read_head
from device.inference.heads import Head
from device.inference.part import Part, line_of, read
from device.types import Kind

VARIANTS = ("onnx", "edgetpu")
"""The same network in files for other runtimes; a card may name them."""


@dataclass(frozen=True, slots=True)
class Input:
    """The picture that the model wants, RGB; its real values are (pixel - mean) / std."""

    width: int  # pixels
    height: int
    mean: float  # in pixel values, 0..255
    std: float
    region: Literal["whole", "centre-square"]  # what of a picture is resized to width x height
    crop: float  # centre-square: the side, in parts of the shorter side of the picture


@dataclass(frozen=True, slots=True)
class Golden:
    """A sample picture, and a tag that a healthy model gives it."""

    picture: str  # file in device/samples
    tag: str
    at_least: float  # 0..1


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file that a runtime loads."""

    path: Path
    sha256: str  # hex


@dataclass(frozen=True, slots=True)
class Card:
    """A model that was found complete and unchanged."""

    folder: Path
    name: str
    version: int
    title: str
    task: Literal["classification", "detection"]
    kind: Kind  # of its tags
    model: Path
    sha256: str  # hex, of the model file
    labels: tuple[str, ...]  # in the order of the output
    input: Input
    head: Head
    licence: str
    golden: tuple[Golden, ...]
    origin: dict[str, Any]  # package, version, file, SHA-256: for people, as the next two
    quantisation: dict[str, Any]
    measured: dict[str, Any]
    variants: Mapping[str, ModelFile] = field(default_factory=dict)  # of VARIANTS, what there is
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def spec(self) -> str:
        """`name@version`, as every tag names its model."""
        return f"{self.name}@{self.version}"

    def at(self, key: str) -> str:
        """A key such as `input.width` with its file and line, to begin a sentence with."""
        return f"{self.folder / 'card.yaml'}:{line_of(key, self.lines)}: {key}"


def load_card(folder: Path) -> Card:
    """Read `folder/card.yaml`, and check the model and the labels against it.

    Raises `ModelError`, one sentence with every problem: no card, a card that is not right, a
    file that is missing or is not the one that the card was written for.
    """
    raw, lines = read(folder / "card.yaml")
    problems: list[str] = []
    card = _card(folder, Part(raw, "", problems, lines))
    if problems:
        raise ModelError(f"the model in {folder} cannot be used: {'; '.join(problems)}")
    return card


def _card(folder: Path, top: Part) -> Card:
    model = top.part("model")
    path, content = _file(folder, model)
    if content and len(content) != model.get("bytes", int, least=1):
        model.problem("bytes", f"is not the size of {path.name}: {len(content)}")
    task: Literal["classification", "detection"] = top.choice(
        "task", ("classification", "detection")
    )
    picture = _input(top.part("input"))
    return Card(
        folder=folder,
        name=top.get("name", str),
        version=top.get("version", int, least=1),
        title=top.get("title", str),
        task=task,
        kind=top.choice("kind", ("scene", "object", "action")),
        model=path,
        sha256=model.get("sha256", str).lower(),
        labels=_labels(folder, top.part("labels")),
        input=picture,
        head=read_head(top.part("output"), task, (picture.width, picture.height)),
        licence=top.get("licence", str),
        golden=tuple(
            Golden(g.get("picture", str), g.get("tag", str), g.get("at_least", float, 0, 1))
            for g in top.parts("golden")
        ),
        origin=top.get("origin", dict),
        quantisation=top.get("quantisation", dict),
        measured=top.get("measured", dict),
        variants={key: _variant(folder, top.part(key)) for key in VARIANTS if key in top.raw},
        lines=top.lines,
    )


def _file(folder: Path, part: Part) -> tuple[Path, bytes]:
    """A file beside the card and its content; a problem unless it has the promised checksum."""
    name, promised = part.get("file", str), part.get("sha256", str).lower()
    path = folder / Path(name).name  # a card names no file outside of its folder
    try:
        content = path.read_bytes()
    except OSError as error:
        part.problem("file", f"is {name!r}, which cannot be read: {error.strerror}")
        return path, b""
    if (found := hashlib.sha256(content).hexdigest()) != promised:
        part.problem("sha256", f"is {promised}, but {path.name} has {found}: fetch it again")
    return path, content


def _variant(folder: Path, part: Part) -> ModelFile:
    path, _ = _file(folder, part)
    return ModelFile(path, part.get("sha256", str).lower())


def _labels(folder: Path, part: Part) -> tuple[str, ...]:
    path, content = _file(folder, part)
    labels = tuple(content.decode("utf-8", errors="replace").splitlines())
    count = part.get("count", int, least=1)
    if content and len(labels) != count:
        part.problem("count", f"is {count}, but {path.name} has {len(labels)} lines")
    return labels


def _input(part: Part) -> Input:
    part.choice("colour", ("rgb",))
    return Input(
        width=part.get("width", int, least=1),
        height=part.get("height", int, least=1),
        mean=part.get("mean", float),
        std=part.get("std", float, least=1e-6),
        region=part.choice("region", ("whole", "centre-square")),
        crop=part.get("crop", float, least=0.01, most=1),
    )
