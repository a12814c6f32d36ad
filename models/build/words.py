"""`python -m models.build.words [CLASSES]`: the built-in words, from WordNet and a list by hand.

Writes `device/words/builtin.json`; the same input gives the same bytes. `words.txt` tells its
format. CLASSES is the table of ImageNet's classes (class_index, wnid, name), which has the WordNet
synset of each label of `scene`; it is no part of the repository.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.build.wordnet import WordNet

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUT = ROOT / "device" / "words" / "builtin.json"
CLASSES = ROOT.parent / "shared" / "data" / "imagenet-classes.csv"
FINE = 0.5  # the floor of a fine word
_LINE = re.compile(
    r"(?P<indent> *)(?P<word>[^:*(]+?)(?P<fine>\*?)(?: \((?P<kind>\w+)\))?(?::(?P<by>.*))?"
)


@dataclass
class Entry:
    """A line of `words.txt`."""

    word: str
    parent: str | None
    fine: bool
    kind: str
    empty: bool  # it has no label but through the words below it
    nouns: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)  # first those named, then those found


def build(folder: Path, classes: Path) -> str:
    """The JSON text, from the WordNet in `folder`. Raises ValueError for a list that is wrong."""
    entries = read((HERE / "words.txt").read_text(encoding="utf-8"))
    net = WordNet(folder)
    scene = _lines(ROOT / "models" / "scene" / "labels.txt")
    objects = _lines(ROOT / "models" / "objects" / "labels.txt")[1:]  # the first is no thing
    share(entries, net, dict(zip(scene, synsets(classes), strict=True)), objects)
    return _text(entries)


def synsets(classes: Path) -> list[int]:
    """The WordNet offset of each class, in the order of the classes."""
    with classes.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["class_index"]))
    return [int(row["wnid"].removeprefix("n")) for row in rows]


def read(text: str) -> list[Entry]:
    """The lines of the list. Raises ValueError for one that is not understood."""
    entries: list[Entry] = []
    above: list[str] = []  # the words that the line is indented under
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        depth = len(match["indent"]) // 2 if match else 0
        if match is None or depth > len(above):
            raise ValueError(f"words.txt:{number}: not understood: {line.strip()}")
        above[depth:] = [match["word"]]
        by = match["by"]
        sources = [s.strip() for s in by.split(",")] if by else []
        entries.append(
            Entry(
                word=match["word"],
                parent=above[depth - 1] if depth else None,
                fine=bool(match["fine"]),
                kind=match["kind"] or "object",
                empty=sources == ["-"],
                nouns=[s for s in sources if not s.startswith(("=", "-"))],
                labels=[s[1:] for s in sources if s.startswith("=")],
            )
        )
    return entries


def share(
    entries: Sequence[Entry], net: WordNet, scene: Mapping[str, int], objects: Sequence[str]
) -> None:
    """Give each label to its word: the one that names it, else the nearest one above it.

    Raises ValueError with every label that has no word, or two, and every word without a label.
    """
    known = dict.fromkeys((*scene, *objects))
    for entry in entries:
        if not entry.nouns and not entry.labels and not entry.empty:
            entry.labels += [label for label in known if label.lower() == entry.word.lower()]
            entry.nouns += [entry.word] if net.senses(entry.word) else []
    named = [label for entry in entries for label in entry.labels]
    problems = [f"{x} is named twice" for x in sorted({x for x in named if named.count(x) > 1})]
    problems += [f"no model says {label}" for label in named if label not in known]
    owners = {net.sense(noun): entry for entry in entries for noun in entry.nouns}
    for label, synset in scene.items():
        if label in named:
            continue
        owner = next((owners[above] for above in net.climb(synset) if above in owners), None)
        if owner is None:
            problems.append(f"{label} has no word")
        else:
            owner.labels.append(label)
    problems += [f"{label} has no word" for label in objects if label not in named]
    parents = {entry.parent for entry in entries}
    problems += [
        f"{entry.word} has no label"
        for entry in entries
        if not entry.labels and entry.word not in parents
    ]
    if problems:
        raise ValueError("\n".join(problems))


def _text(entries: Iterable[Entry]) -> str:
    """One word a line, so that a change can be read."""
    lines = [f"{json.dumps(e.word)}: {json.dumps(_word(e))}" for e in entries]
    inside = ",\n".join(lines)
    return f'{{"models": ["scene", "objects"], "words": {{\n{inside}\n}}}}\n'


def _word(entry: Entry) -> dict[str, object]:
    said: dict[str, object] = {"kind": entry.kind}
    if entry.parent:
        said["parents"] = [entry.parent]
    if entry.fine:
        said["floor"] = FINE
    if entry.labels:
        said["labels"] = entry.labels
    return said


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    from models.build.wordnet import FOLDER

    table = Path(sys.argv[1]) if sys.argv[1:] else CLASSES
    OUT.write_text(build(FOLDER, table), encoding="utf-8")
