"""The words that tagd says, what models call them, and which word stands above which. Pure.

`vocabulary_file` reads them, `hearing` makes tags of what the taggers say with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from device.types import Kind, Tag


def plain(label: str) -> str:
    """A label as a word: lower case, single spaces, no underscores."""
    return " ".join(label.replace("_", " ").lower().split())


@dataclass(frozen=True, slots=True)
class Word:
    """One word, in its plain form as all names here."""

    name: str
    kind: Kind | None = None  # None: that of the model
    floor: float | None = None  # 0..1: below it is not said; None: the tagger's
    parents: tuple[str, ...] = ()  # directly above it
    labels: tuple[str, ...] = ()  # what models call it
    models: tuple[str, ...] = ()  # whose labels these are; none: every model's
    synonyms: tuple[str, ...] = ()  # what people search it by


class Vocabulary:
    """What is said for a label. Words are compared in their plain form.

    A label belongs to the word that lists it, else to the word of its name; a label that no word
    knows is a word itself. `rename` is done first, all of it at once, and may merge two words;
    a label that is renamed to a new word gets it below its old one. `drop` goes by label, by
    old and by new name.
    """

    def __init__(
        self,
        words: Iterable[Word] = (),
        *,
        drop: Iterable[str] = (),
        rename: Mapping[str, str] | None = None,
    ) -> None:
        """Raises ValueError when a word stands above itself."""
        self._drop = {plain(name) for name in drop}
        given = {word.name: word for word in words}
        self._rename = {plain(old): plain(new) for old, new in (rename or {}).items()}
        self.words = _renamed(given, self._rename)
        circle = find_circle({word.name: word.parents for word in self.words.values()})
        if circle:
            raise ValueError(f"{' -> '.join(circle)}: no word can stand above itself")
        self._drop |= {self._rename.get(name, name) for name in self._drop & given.keys()}
        self._above = {name: self._climb(name) for name in self.words}
        self._by_label = {
            (model, label): word
            for word in self.words.values()
            for label in word.labels
            for model in word.models or ("",)
        }
        self._known: dict[tuple[str, str], Word | None] = {}  # answers: as many as labels

    @property
    def renamed(self) -> Mapping[str, str]:
        """From the old names to the new ones."""
        return self._rename

    @property
    def unsaid(self) -> Set[str]:
        """What is never said: words and labels, old names and new ones."""
        return self._drop

    def word(self, label: str, model: str = "") -> Word | None:
        """The word for a label of a model (`name@version`); None when it is never to be heard."""
        key = (model, label)
        if key not in self._known:
            self._known[key] = self._find(plain(label), model.partition("@")[0])
        return self._known[key]

    def above(self, name: str) -> tuple[str, ...]:
        """All words above this one, the nearest first."""
        return self._above.get(name, ())

    def dropped(self, name: str) -> bool:
        """Is this word never to be said?"""
        return name in self._drop or not name

    def parents(self, name: str) -> tuple[str, ...]:
        """What is told as the parents of a tag: all above it that may be said."""
        return tuple(above for above in self.above(name) if above not in self._drop)

    def labels(self, name: str) -> list[str]:
        """The labels of a word and of all below it."""
        below = [word for word in self.words.values() if name in self.above(word.name)]
        own = self.words.get(name, Word(name))
        return [label for word in (own, *below) for label in word.labels]

    def _find(self, label: str, model: str) -> Word | None:
        if label in self._drop or not label:
            return None
        word = self._by_label.get((model, label)) or self._by_label.get(("", label))
        name = self._rename.get(label, label)
        return word or self.words.get(name) or Word(name)

    def _climb(self, name: str) -> tuple[str, ...]:
        found: list[str] = []
        level: Sequence[str] = self.words[name].parents
        while level:
            found += [parent for parent in dict.fromkeys(level) if parent not in found]
            level = [up for parent in level for up in self._parents_of(parent)]
        return tuple(found)

    def _parents_of(self, name: str) -> tuple[str, ...]:
        return self.words[name].parents if name in self.words else ()


def find_circle(parents: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Words that stand above each other, the first one again at the end; None if all is well."""
    sound: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name not in sound:
            for parent in parents.get(name, ()):
                circle = walk(parent, [*path, name])
                if circle:
                    return circle
            sound.add(name)
        return None

    circles = (walk(name, []) for name in parents)
    return next((circle for circle in circles if circle), None)


def parts(vocabulary: Vocabulary, name: str, tags: Iterable[Tag]) -> list[Tag]:
    """Which of these labels mean the word, or one below it."""
    found = []
    for tag in tags:
        word = vocabulary.word(tag.name, tag.model)
        if word is not None and name in (word.name, *vocabulary.above(word.name)):
            found.append(tag)
    return found


def _renamed(words: Mapping[str, Word], rename: Mapping[str, str]) -> dict[str, Word]:
    """The words under their new names, where two have become one with the labels of both."""
    made: dict[str, Word] = {}
    for word in _with_labels_moved(words, rename):
        name = rename.get(word.name, word.name)
        parents = (rename.get(parent, parent) for parent in word.parents)
        word = replace(word, name=name, parents=tuple(p for p in parents if p != name))
        made[name] = _merged(made[name], word) if name in made else word
    return made


def _with_labels_moved(words: Mapping[str, Word], rename: Mapping[str, str]) -> list[Word]:
    """Labels, not words, that are renamed go to the word of that name, which may be a new one."""
    moved = {old: new for old, new in rename.items() if old not in words}
    found: list[Word] = []
    for word in words.values():
        gone = [label for label in word.labels if moved.get(label, word.name) != word.name]
        found.append(replace(word, labels=tuple(x for x in word.labels if x not in gone)))
        for label in gone:
            new = moved[label]
            fresh = Word(new, word.kind, None, (word.name,), (label,), word.models)
            found.append(replace(words[new], labels=(label,)) if new in words else fresh)
    return found


def _merged(one: Word, other: Word) -> Word:
    """Both in one; of what there can be only one, the first word's counts."""
    return replace(
        one,
        parents=tuple(dict.fromkeys(one.parents + other.parents)),
        labels=tuple(dict.fromkeys(one.labels + other.labels)),
        models=() if not (one.models and other.models) else one.models,
        synonyms=tuple(dict.fromkeys(one.synonyms + other.synonyms)),
    )
