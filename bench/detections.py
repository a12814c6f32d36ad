"""`objects` in int8 against float: agreement, and what is false for certain."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tabulate import tabulate

from bench.agreement import SAME_SCORE, Agreement
from bench.road import empty, frames
from device.inference import measure
from device.seams import Tagger
from device.types import Picture, Tag

THRESHOLDS = (0.5, 0.4)
_DOGS, _CATS = range(151, 281), range(281, 294)  # of ImageNet: a wolf said to be a dog is no error


@dataclass(frozen=True, slots=True)
class Seen:
    """What both models say about one picture, and what can only be wrong there."""

    real: list[Tag]
    small: list[Tag]
    impossible: frozenset[str]  # labels; "*" for all

    def false(self, tags: Sequence[Tag], threshold: float) -> int:
        """Detections at the threshold that are wrong for certain."""
        sure = [tag for tag in tags if tag.confidence >= threshold]
        return sum(bool(self.impossible & {tag.name, "*"}) for tag in sure)


def compare(
    real: Tagger, small: Tagger, labelled: Sequence[Path], further: Path, video: Path
) -> str:
    """The table. Both taggers say everything down to the lowest threshold and a little below.

    `labelled` are ImageNet pictures beside their labels.csv, `further` a folder of JPEGs.
    """
    sets = {
        "ImageNet": list(_see(real, small, _photos(labelled))),
        "photos": list(_see(real, small, _further(further))),
        "road": list(_see(real, small, _road(video))),
    }
    heads = ("objects", "from", "pictures", "float", "int8", "found %", "missing", "extra",
             "at the edge", "score within 0.05 %", "mean IoU", "false, float", "int8")  # fmt: skip
    rows = [_row(name, seen, at) for at in THRESHOLDS for name, seen in sets.items() if seen]
    return tabulate(
        rows, headers=heads, floatfmt=("", "", "", "", "", ".1f", "", "", "", ".1f", ".3f")
    )


def _row(name: str, seen: Sequence[Seen], threshold: float) -> list[object]:
    sums = Agreement(threshold)
    for one in seen:
        sums.add(one.real, one.small)
    return [
        name,
        threshold,
        sums.pictures,
        sums.wanted,
        sums.said,
        100 * sums.found / max(sums.wanted, 1),
        sums.missing,
        sums.extra,
        sums.found - sums.found_sharp,
        100 * sums.close / max(sums.found, 1),
        float(np.mean(sums.overlaps)) if sums.overlaps else 0.0,
        sum(one.false(one.real, threshold) for one in seen),
        sum(one.false(one.small, threshold) for one in seen),
    ]


def _see(
    real: Tagger, small: Tagger, pictures: Iterator[tuple[Picture, frozenset[str]]]
) -> Iterator[Seen]:
    for picture, impossible in pictures:
        yield Seen(real.tag(picture), small.tag(picture), impossible)


def _photos(labelled: Sequence[Path]) -> Iterator[tuple[Picture, frozenset[str]]]:
    """A cat on a picture of another class is an error, and so is a dog."""
    with (labelled[0].parent / "labels.csv").open(encoding="utf-8", newline="") as table:
        classes = {row["file"]: int(row["class_index"]) for row in csv.DictReader(table)}
    for path in labelled:
        number = classes[path.name]
        names = {"Dog": number not in _DOGS, "Cat": number not in _CATS}
        yield measure.load(path), frozenset(name for name, wrong in names.items() if wrong)


def _further(folder: Path) -> Iterator[tuple[Picture, frozenset[str]]]:
    for path in sorted(folder.glob("*.jpg")):
        yield measure.load(path), frozenset()


def _road(video: Path) -> Iterator[tuple[Picture, frozenset[str]]]:
    """Whatever is seen on the empty road is not there."""
    for frame in frames(video):
        yield frame.picture, frozenset({"*"}) if empty(frame.seconds) else frozenset()


def floor() -> float:
    """The confidence that the taggers must say things from."""
    return min(THRESHOLDS) - SAME_SCORE
