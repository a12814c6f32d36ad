"""All words there are or could be, with what is known of each: what the Tags screen shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from device.hearing import Rule, floor_of
from device.types import Kind
from device.vocabulary import plain
from device.vocabulary_file import Understood
from device.wordbook import Wordbook

Origin = Literal["built-in", "config", "file", "tagger"]
"""Where a threshold comes from: tagd's own words, the config, the owner's file, the tagger."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A tagger of the config."""

    name: str
    rule: Rule = field(default_factory=Rule)  # as the config has it be taken
    model: str = ""  # name@version
    labels: Collection[str] = ()  # all that its model can say


@dataclass(frozen=True, slots=True)
class Stored:
    """A name as the pictures have it."""

    name: str
    count: int  # pictures
    kinds: tuple[str, ...] = ()
    taggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A word as it is called today."""

    name: str
    count: int = 0  # pictures that have it, under any of its names; with two of them twice
    kinds: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()  # directly above it
    above: tuple[str, ...] = ()  # these and all above them, the nearest first
    synonyms: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # what models call it
    taggers: tuple[str, ...] = ()  # that can say it, or have said it
    threshold: float | None = None  # the lowest of its taggers; None: nobody knows one
    threshold_from: Origin | None = None
    dropped: bool = False
    renamed_from: tuple[str, ...] = ()


class Lexicon:
    """The words in force and the taggers that say them. Any thread."""

    def __init__(self, book: Wordbook, speakers: Sequence[Speaker]) -> None:
        self.book = book
        self._speakers = {speaker.name: speaker for speaker in speakers}
        self._made: tuple[Understood, dict[str, Entry]] | None = None

    @property
    def models(self) -> dict[str, str]:
        """By tagger, `name@version` of its model, of those that have a card."""
        return {speaker.name: speaker.model for speaker in self._speakers.values()}

    def entries(self, stored: Iterable[Stored] = ()) -> dict[str, Entry]:
        """By name, every word of the vocabulary, and those that only pictures have."""
        now = self.book.now
        if self._made is None or self._made[0] is not now:
            self._made = now, self._entries(now)
        found = dict(self._made[1])
        for one in stored:
            name = now.vocabulary.renamed.get(one.name, one.name)
            entry = found.get(name) or self._entry(now, name, ())
            found[name] = replace(
                entry,
                count=entry.count + one.count,
                kinds=_together(entry.kinds, (k for k in one.kinds if k)),
                taggers=_together(entry.taggers, (t for t in one.taggers if t)),
            )
        return found

    def floor(self, name: str) -> float:
        """From which confidence on some tagger says the word; 0 where none does."""
        entry = self.entries().get(name)
        return (entry and entry.threshold) or 0.0

    def _entries(self, now: Understood) -> dict[str, Entry]:
        taggers: dict[str, dict[str, None]] = {}
        for speaker in self._speakers.values():
            for label in speaker.labels:
                word = now.vocabulary.word(label, speaker.model)
                for name in (word.name, *now.vocabulary.above(word.name)) if word else ():
                    taggers.setdefault(name, {})[speaker.name] = None
        own = (*map(plain, now.given.drop), *now.vocabulary.renamed)
        names = {*now.vocabulary.words, *taggers, *own} - {""}
        today = {now.vocabulary.renamed.get(name, name) for name in names}
        return {name: self._entry(now, name, tuple(taggers.get(name, ()))) for name in today}

    def _entry(self, now: Understood, name: str, taggers: tuple[str, ...]) -> Entry:
        vocabulary = now.vocabulary
        word = vocabulary.words.get(name)
        floors = {t: floor_of(vocabulary, name, self._speakers[t].rule) for t in taggers}
        lowest = min(floors, key=floors.__getitem__, default=None)
        own = word.floor if word else None
        return Entry(
            name,
            kinds=_kinds(word.kind if word else None),
            parents=word.parents if word else (),
            above=vocabulary.above(name),
            synonyms=word.synonyms if word else (),
            labels=word.labels if word else (),
            taggers=taggers,
            threshold=own if lowest is None else floors[lowest],
            threshold_from=self._origin(now, name, lowest),
            dropped=vocabulary.dropped(name),
            renamed_from=tuple(old for old, new in vocabulary.renamed.items() if new == name),
        )

    def _origin(self, now: Understood, name: str, tagger: str | None) -> Origin | None:
        word = now.vocabulary.words.get(name)
        own = word.floor if word else None
        rule = self._speakers[tagger].rule if tagger else Rule()
        if name in rule.by_word or rule.least > (rule.floor if own is None else own):
            return "config"
        if own is None:
            return "tagger" if tagger else None
        return "file" if _floor_in_file(now, name) else "built-in"


def _floor_in_file(now: Understood, name: str) -> bool:
    renamed: Mapping[str, str] = now.vocabulary.renamed
    given = (key for key, entry in now.given.words.items() if entry.floor is not None)
    return name in (renamed.get(plain(key), plain(key)) for key in given)


def _kinds(kind: Kind | None) -> tuple[str, ...]:
    return () if kind is None else (kind,)


def _together(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
