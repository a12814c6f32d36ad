"""What a wish for a word changes in the owner's vocabulary file. Pure.

Each function takes the file as it is understood and gives the changes of its values, for
`yaml_edit`. A wish names a word as it is called today; the file has words under their first names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from device import config
from device.errors import WordError
from device.vocabulary import plain
from device.vocabulary_file import Understood, builtin
from device.yaml_edit import GONE, Place

LONGEST = 100
"""Characters of a name."""

Changes = Mapping[Place, Any]
Step = Callable[[Understood], Changes]


def checked(name: str) -> str:
    """A name in its plain form. Raises `WordError` for one that no file should have."""
    made = plain(name)
    if not made or len(made) > LONGEST or not made.isprintable():
        raise WordError(f"a name has 1 to {LONGEST} characters that can be seen")
    if "${" in made:  # the reader of the file would put a variable's value in its place
        raise WordError("a name cannot have ${ in it; leave it out")
    return made


@dataclass(frozen=True, slots=True)
class Editor:
    """The wishes."""

    wanted: config.Vocabulary  # the config's own words, which win
    labels: Collection[str] | None = None  # all that models can say; None: nobody knows
    stored: Callable[[str], bool] = lambda _: False  # whether pictures have this name

    def floor(self, name: str, value: float | None) -> Step:
        """Below which confidence it is not said; None: as it is built in, or its tagger's."""

        def step(now: Understood) -> Changes:
            first = _bases(now, name)[0]
            if value is not None:
                return {("words", _spelt(now, first), "floor"): value}
            return _taken_back(now, first, "floor")

        return step

    def listed(self, name: str, key: str, values: Sequence[str] | None) -> Step:
        """Its `parents` or `synonyms`; None: as they are built in."""

        def step(now: Understood) -> Changes:
            first, *others = _bases(now, name)
            if values is None:
                return {
                    k: v for one in (first, *others) for k, v in _taken_back(now, one, key).items()
                }
            changes: dict[Place, Any] = {}
            known = {*now.words, *map(plain, now.given.rename.values())}
            for above in values if key == "parents" else ():
                if above not in known:  # a word for the sake of what stands below it
                    changes["words", above] = {}
            changes["words", _spelt(now, first), key] = list(values)
            for other in others:  # merged words have the lists of all of them
                if getattr(now.words[other], key):
                    changes["words", _spelt(now, other), key] = []
            return changes

        return step

    def drop(self, name: str, dropped: bool) -> Step:
        """Never said, or said again."""

        def step(now: Understood) -> Changes:
            renamed = now.vocabulary.renamed
            if dropped:
                if now.vocabulary.dropped(name):
                    return {}
                said = now.vocabulary.words.keys()
                return {**self._made_known(now, name, said), ("drop", len(now.given.drop)): name}
            if any(renamed.get(plain(x), plain(x)) == name for x in self.wanted.drop):
                raise WordError(
                    f"{name} is dropped in the config (vocabulary.drop); change it there"
                )
            numbers = [
                number
                for number, one in enumerate(now.given.drop)
                if name in (plain(one), renamed.get(plain(one)))
            ]
            return {("drop", number): GONE for number in reversed(numbers)}

        return step

    def rename(self, name: str, to: str | None) -> Step:
        """What it is called from now on, where it may join a word that there is.

        None: each of its words is called again as it was at first.
        """

        def step(now: Understood) -> Changes:
            if any(name in (plain(old), plain(new)) for old, new in self.wanted.rename.items()):
                told = "is renamed in the config (vocabulary.rename); change it there"
                raise WordError(f"{name} {told}")
            olds = [old for old, new in now.given.rename.items() if plain(new) == name]
            if to is None or to == name:
                return {("rename", old): GONE for old in olds} if to is None else {}
            if now.vocabulary.dropped(to):
                raise WordError(f"{to} is dropped; take it back first, or choose another name")
            if now.vocabulary.renamed.get(to, name) != name:
                today = now.vocabulary.renamed[to]
                raise WordError(f"{to} is called {today} now; choose {today}, or another name")
            changes: dict[Place, Any] = {
                ("rename", old): GONE if plain(old) == to else to for old in olds
            }
            if olds and not self._is_said(now, name) and not self.stored(name):
                return changes  # nothing but a new name of others, which nobody ever heard
            return {**changes, **self._made_known(now, name), ("rename", name): to}

        return step

    def _made_known(self, now: Understood, name: str, also: Collection[str] = ()) -> Changes:
        """A word that only people have said gets an entry: all others are known by their models."""
        is_known = self.labels is None or name in also or self._is_said(now, name)
        return {} if is_known else {("words", name): {}}

    def _is_said(self, now: Understood, name: str) -> bool:
        """Whether it is a first name: that of a word, or a label."""
        inside = (label for word in now.words.values() for label in word.labels)
        return name in {*now.words, *inside, *map(plain, self.labels or ())}


def _bases(now: Understood, name: str) -> list[str]:
    """The first names of the words that are called so, the one first whose floor counts."""
    renamed = now.vocabulary.renamed
    return [base for base in now.words if renamed.get(base, base) == name] or [name]


def _spelt(now: Understood, base: str) -> str:
    """As the file spells the word."""
    return next((key for key in now.given.words if plain(key) == base), base)


def _taken_back(now: Understood, base: str, key: str) -> Changes:
    spelt = _spelt(now, base)
    entry = now.given.words.get(spelt)
    if entry is None or key not in entry.model_fields_set:
        return {}
    if entry.model_fields_set == {key} and base not in builtin():  # nothing else says it is a word
        return {("words", spelt): {}}
    return {("words", spelt, key): GONE}
