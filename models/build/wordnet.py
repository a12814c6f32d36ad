"""WordNet 3.0 as far as the vocabulary needs it: nouns, their senses, what is a kind of what.

Reads `data.noun` and `index.noun` of Debian's package wordnet-base; their layout is in wndb(5WN).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
"""Where Debian puts it."""


class WordNet:
    """Nouns. A synset is named by its offset in `data.noun`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._above: dict[int, tuple[int, ...]] = {}
        self._senses: dict[str, tuple[int, ...]] = {}
        for fields in _records(folder / "data.noun"):
            words = int(fields[3], 16)
            pointers = fields[5 + 2 * words :]
            above = zip(pointers[0::4], pointers[1::4], strict=False)
            self._above[int(fields[0])] = tuple(int(o) for kind, o in above if kind in ("@", "@i"))
        for fields in _records(folder / "index.noun"):
            count = int(fields[2])
            self._senses[fields[0]] = tuple(int(offset) for offset in fields[-count:])

    def senses(self, noun: str) -> tuple[int, ...]:
        """The synsets of a noun, the most usual first; none for what is no noun."""
        key = noun.lower().replace(" ", "_")
        return self._senses.get(key) or self._senses.get(key.replace("-", "_"), ())

    def sense(self, name: str) -> int:
        """The synset of `noun` or `noun#sense`. Raises LookupError for what is none."""
        noun, _, number = name.partition("#")
        found = self.senses(noun)
        if len(found) < int(number or 1):
            raise LookupError(f"WordNet has no noun {name}")
        return found[int(number or 1) - 1]

    def climb(self, synset: int) -> Iterator[int]:
        """The synset and all above it, the nearest first."""
        waiting, seen = deque([synset]), {synset}
        while waiting:
            here = waiting.popleft()
            yield here
            waiting.extend(o for o in self._above[here] if o not in seen)
            seen.update(self._above[here])


def _records(path: Path) -> Iterator[list[str]]:
    """The fields of every line but the licence's, which begin with two spaces."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("  "):
                yield line.split(" | ")[0].split()
