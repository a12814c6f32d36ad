"""A model's `card.yaml` (docs/models.md explains the keys), checked against the files beside it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from device.errors import ModelError
from device.inference.decode import AnchorSpec, Box4
from device.types import Kind

T = TypeVar("T", int, float, str, list[Any], dict[str, Any])
L = TypeVar("L", bound=str)


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
class SoftmaxHead:
    """One output: a probability for each label."""

    temperature: float = 1.0  # divides the logits: below 1 for a model that says less than it knows


@dataclass(frozen=True, slots=True)
class SsdHead:
    """Two outputs, box encodings and class logits (before the sigmoid), over fixed anchors."""

    boxes: int  # index of the output
    scores: int
    background: int  # the class that is nothing
    coder: Box4  # divides the encodings: y, x, height, width
    iou: float  # two boxes of a class that overlap more are one thing
    anchors: AnchorSpec


@dataclass(frozen=True, slots=True)
class Golden:
    """A sample picture, and a tag that a healthy model gives it."""

    picture: str  # file in device/samples
    tag: str
    at_least: float  # 0..1


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
    head: SoftmaxHead | SsdHead
    licence: str
    golden: tuple[Golden, ...]
    origin: dict[str, Any]  # package, version, file, SHA-256: for people, as the next two
    quantisation: dict[str, Any]
    measured: dict[str, Any]

    @property
    def spec(self) -> str:
        """`name@version`, as every tag names its model."""
        return f"{self.name}@{self.version}"


def load_card(folder: Path) -> Card:
    """Read `folder/card.yaml`, and check the model and the labels against it.

    Raises `ModelError`, one sentence with every problem: no card, a card that is not right, a
    file that is missing or is not the one that the card was written for.
    """
    path = folder / "card.yaml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder} holds no model: there is no card.yaml in it") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    problems: list[str] = []
    card = _card(folder, _Part(raw, "", problems))
    if problems:
        raise ModelError(f"the model in {folder} cannot be used: {'; '.join(problems)}")
    return card


class _Part:
    """One mapping of the card. What is wrong joins the one list, and a stand-in goes on."""

    def __init__(self, raw: object, place: str, problems: list[str]) -> None:
        self.raw = raw if isinstance(raw, dict) else {}
        self.place = place
        self.problems = problems
        if not isinstance(raw, dict):
            problems.append(f"{place.rstrip('.') or 'the card'} is not a mapping")

    def problem(self, key: str, text: str) -> None:
        self.problems.append(f"{self.place}{key} {text}")

    def get(self, key: str, kind: type[T], least: float = -math.inf, most: float = math.inf) -> T:
        value = self.raw.get(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            names = {int: "a whole number", float: "a number", str: "text", list: "a list"}
            was = "is missing" if value is None else f"is {value!r}"
            self.problem(key, f"{was}: it must be {names.get(kind, 'a mapping')}")
            return kind()
        if isinstance(value, (int, float)) and not least <= value <= most:
            self.problem(key, f"is {value}: it must be from {least:g} to {most:g}")
        return value

    def choice(self, key: str, allowed: Sequence[L]) -> L:
        value = self.raw.get(key)
        if value not in allowed:
            self.problem(key, f"is {value!r}: it must be {' or '.join(allowed)}")
        return next((one for one in allowed if one == value), allowed[0])

    def numbers(self, key: str, count: int | None = None) -> tuple[float, ...]:
        values = self.get(key, list)
        sound = all(type(v) in (int, float) and v > 0 for v in values)
        if sound and len(values) == (count or len(values)):
            return tuple(float(v) for v in values)
        self.problem(key, f"is {values!r}: it must be {count or 'a list of'} numbers above 0")
        return (1.0,) * (count or 0)

    def part(self, key: str) -> _Part:
        return _Part(self.raw.get(key), f"{self.place}{key}.", self.problems)

    def parts(self, key: str) -> list[_Part]:
        listed = enumerate(self.get(key, list))
        return [_Part(raw, f"{self.place}{key}[{i}].", self.problems) for i, raw in listed]


def _card(folder: Path, top: _Part) -> Card:
    model = top.part("model")
    path, content = _file(folder, model)
    if content and len(content) != model.get("bytes", int, least=1):
        model.problem("bytes", f"is not the size of {path.name}: {len(content)}")
    return Card(
        folder=folder,
        name=top.get("name", str),
        version=top.get("version", int, least=1),
        title=top.get("title", str),
        task=top.choice("task", ("classification", "detection")),
        kind=top.choice("kind", ("scene", "object", "action")),
        model=path,
        sha256=model.get("sha256", str).lower(),
        labels=_labels(folder, top.part("labels")),
        input=_input(top.part("input")),
        head=_head(top.part("output")),
        licence=top.get("licence", str),
        golden=tuple(
            Golden(g.get("picture", str), g.get("tag", str), g.get("at_least", float, 0, 1))
            for g in top.parts("golden")
        ),
        origin=top.get("origin", dict),
        quantisation=top.get("quantisation", dict),
        measured=top.get("measured", dict),
    )


def _file(folder: Path, part: _Part) -> tuple[Path, bytes]:
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


def _labels(folder: Path, part: _Part) -> tuple[str, ...]:
    path, content = _file(folder, part)
    labels = tuple(content.decode("utf-8", errors="replace").splitlines())
    count = part.get("count", int, least=1)
    if content and len(labels) != count:
        part.problem("count", f"is {count}, but {path.name} has {len(labels)} lines")
    return labels


def _input(part: _Part) -> Input:
    part.choice("colour", ("rgb",))
    return Input(
        width=part.get("width", int, least=1),
        height=part.get("height", int, least=1),
        mean=part.get("mean", float),
        std=part.get("std", float, least=1e-6),
        region=part.choice("region", ("whole", "centre-square")),
        crop=part.get("crop", float, least=0.01, most=1),
    )


def _head(part: _Part) -> SoftmaxHead | SsdHead:
    if part.choice("head", ("softmax", "ssd")) == "softmax":
        given = "temperature" in part.raw
        return SoftmaxHead(part.get("temperature", float, 0.1, 10) if given else 1.0)
    part.choice("activation", ("sigmoid",))
    y, x, height, width = part.numbers("coder", 4)
    anchors = part.part("anchors")
    low, high = anchors.numbers("scales", 2)
    scales, ratios = anchors.numbers("first_scales"), anchors.numbers("first_ratios")
    if len(scales) != len(ratios):
        anchors.problem("first_ratios", f"has {len(ratios)} values for {len(scales)} scales")
    return SsdHead(
        boxes=part.get("boxes", int, least=0),
        scores=part.get("scores", int, least=0),
        background=part.get("background", int, least=0),
        coder=(y, x, height, width),
        iou=part.get("iou", float, least=0, most=1),
        anchors=AnchorSpec(
            maps=tuple(int(cells) for cells in anchors.numbers("maps")),
            first=tuple(zip(scales, ratios, strict=False)),
            scales=(low, high),
            ratios=anchors.numbers("ratios"),
        ),
    )
