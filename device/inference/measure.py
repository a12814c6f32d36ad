"""How fast and how right a model is here: milliseconds a picture, hits on labelled pictures."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device import clock, ids, images
from device.errors import ModelError, PictureError
from device.inference.card import Card
from device.seams import Tagger
from device.selection import EXTENSIONS
from device.types import Frame, Picture

_WARM_UP = 3  # rounds over the pictures before any counts


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds a picture: resize, model and decoding of its outputs."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Hits:
    """How often the true label was the first, and among the first five."""

    pictures: int
    top1: float  # 0..1
    top5: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture and what is on it."""

    path: Path
    label: str


def speed(tagger: Tagger, pictures: Sequence[Picture], rounds: int = 30) -> Speed:
    """Of a tagger in this thread, over `rounds` times all pictures."""
    taken = []
    for number in range(_WARM_UP + rounds):
        for picture in pictures:
            start = time.perf_counter()
            tagger.tag(picture)
            if number >= _WARM_UP:
                taken.append((time.perf_counter() - start) * 1000)
    return Speed(float(np.median(taken)), float(np.percentile(taken, 95)))


def hits(tagger: Tagger, pictures: Iterable[Labelled]) -> Hits:
    """Of a tagger that says its five best, whatever their confidence.

    A picture that cannot be read counts as missed. Raises `ModelError`.
    """
    first = five = count = 0
    for one in pictures:
        count += 1
        try:
            names = [tag.name for tag in tagger.tag(load(one.path))][:5]
        except PictureError:
            continue
        first += names[:1] == [one.label]
        five += one.label in names
    return Hits(count, first / max(count, 1), five / max(count, 1))


def load(path: Path) -> Picture:
    """The decoded picture. Raises `PictureError`."""
    return images.decode(Frame(ids.new_id(), "measure", clock.now(), path.read_bytes()))


def labelled(folder: Path, card: Card) -> list[Labelled]:
    """The pictures of a folder with their labels, by name.

    `labels.csv` names `file`, and `class_index` (a place in the model's labels) or `name`;
    without it each sub-folder is named like the label of what it holds. Raises `ModelError` for
    a folder that has neither, or a label that the model does not know.
    """
    table = folder / "labels.csv"
    try:
        found = _listed(table, card) if table.is_file() else _sorted_in(folder, card)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(f"{folder} cannot be read: {error}") from error
    if not found:
        raise ModelError(
            f"{folder} holds no labelled pictures: add a labels.csv with file,class_index or"
            " file,name, or one sub-folder a label"
        )
    return found


def _listed(table: Path, card: Card) -> list[Labelled]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for line, row in enumerate(rows, start=2):
        name, index = row.get("file"), row.get("class_index") or ""
        if index.isdecimal() and int(index) < len(card.labels):
            label = card.labels[int(index)]
        else:
            label = _known(row.get("name") or index, card, f"{table}:{line}")
        if not name:
            raise ModelError(f"{table}:{line}: the column `file` is missing")
        found.append(Labelled(table.parent / Path(name).name, label))
    return sorted(found, key=lambda one: one.path)


def _sorted_in(folder: Path, card: Card) -> list[Labelled]:
    return [
        Labelled(path, _known(path.parent.name, card, str(path.parent)))
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in EXTENSIONS
    ]


def _known(word: str, card: Card, place: str) -> str:
    for label in card.labels:
        if label.lower() == word.lower():
            return label
    raise ModelError(f"{place}: {card.spec} knows no label {word!r}")
