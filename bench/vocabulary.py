"""`python -m bench.vocabulary FOLDER`: how often the plain word is said, and how often it is right.

FOLDER holds JPEGs and a `labels.csv` (`file`, `class_index`); every second picture by name was
used to calibrate the models, the others are judged here. --write puts the table into
docs/vocabulary.md.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

from bench import documents
from bench.machine import machine
from device import build, clock, ids
from device.config import Config
from device.config_store import Store
from device.hearing import Heard, Rule, agree, hear
from device.inference.runtime import find_runtime
from device.types import Frame
from device.vocabulary import Vocabulary

DOCS = Path(__file__).parents[1] / "docs" / "vocabulary.md"
LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_ROUNDS = 5  # the best of them counts: the others met a busy machine


@dataclass(frozen=True)
class Judged:
    """A picture: what the taggers gave, and what is true of it, the nearest word first."""

    heard: list[Heard]  # objects, scene
    label: str  # the true class
    true: tuple[str, ...]
    plain: str


def gather(folder: Path) -> tuple[Vocabulary, list[Judged]]:
    """Every judged picture through the real taggers."""
    models = build.Models(Config(store=Store(pictures="none")))
    labels = build.find_model(Path("models"), "scene").labels
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as table:
        classes = {row["file"]: int(row["class_index"]) for row in csv.DictReader(table)}
    tagging = models.tagging()
    judged = []
    for path in sorted(folder.glob("*.jpg"))[1::2]:
        frame = Frame(ids.new_id(), "bench", clock.now(), path.read_bytes())
        label = labels[classes[path.name]]
        true = chain(models.vocabulary, label)
        _, heard = tagging.explain(frame)
        judged.append(Judged(heard, label, true, plain_word(models.vocabulary, true)))
    tagging.close()
    return models.vocabulary, judged


def chain(vocabulary: Vocabulary, label: str) -> tuple[str, ...]:
    """The word of a label of `scene` and all above it."""
    word = vocabulary.word(label, "scene@1")
    assert word is not None
    return (word.name, *vocabulary.above(word.name))


def plain_word(vocabulary: Vocabulary, words: tuple[str, ...]) -> str:
    """The nearest of them that is not a fine word."""
    return next(name for name in words if vocabulary.words[name].floor is None)


def row(vocabulary: Vocabulary, judged: list[Judged], level: float) -> list[float]:
    """In percent: plain word said, said and right, the same of single labels; tags a picture."""
    rule = Rule(floor=level, least=level, max_tags=5, exclusive=True)
    covered = said = right = label_covered = label_said = 0
    for one in judged:
        labels = one.heard[1].labels
        tags = hear(vocabulary, labels, rule).tags
        covered += any(one.plain in (tag.name, *tag.parents) for tag in tags)
        said += len(tags)
        right += sum(tag.name in one.true for tag in tags)
        sure = [label.name for label in labels if label.confidence >= level]
        label_covered += one.label in sure
        label_said += len(sure)
    count = len(judged)
    return [
        100 * covered / count,
        100 * right / max(said, 1),
        said / count,
        100 * label_covered / count,
        100 * label_covered / max(label_said, 1),
    ]


def milliseconds(vocabulary: Vocabulary, judged: list[Judged]) -> float:
    """What the vocabulary takes for a picture of both taggers, from their labels to the tags."""
    rules = (Rule(floor=0.4, max_tags=10), Rule(floor=0.5, max_tags=5, exclusive=True))
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for one in judged:
            both = zip(one.heard, rules, strict=True)
            agree(vocabulary, [hear(vocabulary, heard.labels, rule) for heard, rule in both])
        times.append((time.perf_counter() - start) / len(judged) * 1000)
    return min(times)


def table(vocabulary: Vocabulary, judged: list[Judged]) -> str:
    """Markdown, with the machine."""
    heads: tuple[str, ...] = ("from", "plain word said", "right of all said", "tags a picture")
    heads += ("label said", "right of these")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for level in LEVELS:
        a, b, tags, c, d = row(vocabulary, judged, level)
        lines.append(f"| {level} | {a:.1f} % | {b:.1f} % | {tags:.2f} | {c:.1f} % | {d:.1f} % |")
    cost = f"the vocabulary takes {milliseconds(vocabulary, judged):.2f} ms a picture"
    lines += ["", f"{len(judged)} pictures; {cost} ({machine()}, {find_runtime()})."]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench.vocabulary")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table(*gather(given.folder))
    print(text)
    if given.write:
        documents.write(DOCS, text)


if __name__ == "__main__":
    main()
