"""Reads the vocabulary: the built-in words, over them the owner's file, then the config's section.

Every problem of the file at once, each with file:line and what to do. docs/vocabulary.md has the
keys.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from device import config
from device.config_file import Lines, parse
from device.errors import ConfigError
from device.types import Kind
from device.vocabulary import Vocabulary, Word, find_circle, plain

BUILTIN = Path(__file__).parent / "words" / "builtin.json"
_Problem = tuple[int, str]  # line, text


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WordEntry(_Section):
    """A word; what is not given stays as it is built in."""

    kind: Kind | None = None
    floor: Annotated[float, Field(ge=0.0, le=1.0)] | None = None  # confidence to be said
    parents: tuple[str, ...] | None = None  # directly above it
    labels: tuple[str, ...] | None = None  # what models call it, taken from other words
    synonyms: tuple[str, ...] | None = None  # what else it is found by


class VocabularyFile(_Section):
    """The whole file."""

    words: dict[str, WordEntry] = Field(default_factory=dict)
    keep: tuple[str, ...] = ()  # labels that become words below the one they belong to
    drop: tuple[str, ...] = ()  # never said
    rename: dict[str, str] = Field(default_factory=dict)


Words = dict[str, Word]


@dataclass(frozen=True, slots=True)
class Understood:
    """What an owner's file comes to, together with the built-in words and the config."""

    text: str  # of the file; empty where there is none
    given: VocabularyFile
    words: Words  # under their first names: before anything is renamed
    vocabulary: Vocabulary


def builtin() -> Words:
    """The words that come with tagd."""
    data = json.loads(BUILTIN.read_text(encoding="utf-8"))
    models = tuple(data["models"])
    words: Words = {}
    for name, entry in data["words"].items():
        labels = tuple(plain(label) for label in entry.get("labels", ()))
        parents, synonyms = tuple(entry.get("parents", ())), tuple(entry.get("synonyms", ()))
        words[name] = Word(
            name, entry["kind"], entry.get("floor"), parents, labels, models, synonyms
        )
    return words


def understand(
    text: str, where: str, wanted: config.Vocabulary, labels: Collection[str] | None = None
) -> Understood:
    """The text of an owner's file, which is called `where`, over the built-in words.

    `labels`: all that the config's models can say; None where nobody knows. Raises `ConfigError`
    with every problem of the text.
    """
    words = builtin()
    for number, line in enumerate(text.splitlines(), 1):
        if "${" in line:  # its value would become a word that everybody sees
            told = "a vocabulary takes nothing from the environment; leave ${ out"
            raise ConfigError([f"{where}:{number}: {told}"])
    given, lines = parse(text, where, VocabularyFile)
    problems = sorted(set(_problems(given, words, lines, labels)))
    if problems:
        raise ConfigError([f"{where}:{line}: {text}" for line, text in problems])
    words = _over(words, given)
    try:
        vocabulary = Vocabulary(
            words.values(),
            drop=(*given.drop, *wanted.drop),
            rename={**given.rename, **wanted.rename},
        )
    except ValueError as error:
        raise ConfigError([f"{where}: rename makes a circle: {error}"]) from None
    return Understood(text, given, words, vocabulary)


def unheard(
    wanted: config.Vocabulary, words: Words, labels: Collection[str] | None
) -> Iterator[str]:
    """What is wrong with the config's own `drop` and `rename`: names that nobody ever says."""
    if labels is None:
        return
    known = _known(words, labels) | {plain(new) for new in wanted.rename.values()}
    named = [("drop", x) for x in wanted.drop] + [("rename", x) for x in wanted.rename]
    for key, name in named:
        if plain(name) not in known:
            yield f"vocabulary.{key}: nothing is ever called {name}{_nearest(name, known)}"


def _over(words: Words, given: VocabularyFile) -> Words:
    """The built-in words with the owner's over them."""
    made = dict(words)
    taken = {plain(label) for entry in given.words.values() for label in entry.labels or ()}
    for name, word in made.items():
        if taken & set(word.labels):
            made[name] = replace(word, labels=tuple(x for x in word.labels if x not in taken))
    for spelt, entry in given.words.items():
        name = plain(spelt)
        word = made.get(name, Word(name))
        parents = _plain(entry.parents, word.parents)
        inherited = [made[parent].kind for parent in parents if parent in made]
        made[name] = Word(
            name,
            kind=entry.kind or word.kind or next(iter(inherited), "object"),
            floor=word.floor if entry.floor is None else entry.floor,
            parents=parents,
            labels=_plain(entry.labels, word.labels),
            models=word.models if entry.labels is None else (),
            synonyms=_plain(entry.synonyms, word.synonyms),
        )
    for name in map(plain, given.keep):
        _keep(made, name)
    return made


def _keep(words: Words, name: str) -> None:
    """Make a label, or each label of a word, a word below the one it belongs to."""
    wanted = words[name].labels if name in words else (name,)
    for owner in list(words.values()):
        kept = [x for x in owner.labels if x in wanted and x not in words]
        rest = tuple(x for x in owner.labels if x not in kept)
        if kept:
            words[owner.name] = replace(owner, labels=rest)
        for label in kept:
            words[label] = Word(label, owner.kind, None, (owner.name,), (label,), owner.models)


def _problems(
    given: VocabularyFile, words: Words, lines: Lines, labels: Collection[str] | None
) -> Iterator[_Problem]:
    """Line and text of everything that the form alone does not show."""
    own = {plain(name) for name in given.words}
    said = _known(words, labels or ())
    new = {plain(name) for name in given.rename.values()}
    seen: dict[str, str] = {}
    for spelt, entry in given.words.items():
        place = ("words", spelt)
        if not plain(spelt):
            yield lines.get(place, 1), "words: a word has no letters; give it a name"
        for index, parent in enumerate(entry.parents or ()):
            if plain(parent) not in own | new | words.keys():
                line = lines.get((*place, "parents", index), 1)
                hint = (
                    _nearest(parent, own | new | words.keys()) or "; give it an entry under words"
                )
                yield line, f"words.{spelt}.parents: no word is called {parent}{hint}"
        for index, label in enumerate(entry.labels or ()):
            line = lines.get((*place, "labels", index), 1)
            if labels is not None and plain(label) not in said:
                hint = _nearest(label, said)
                yield line, f"words.{spelt}.labels: no model has the label {label}{hint}"
            if seen.setdefault(plain(label), spelt) != spelt:
                first = seen[plain(label)]
                yield line, f"words.{spelt}.labels: {label} is given to {first} already; choose one"
    for key in ("keep", "drop", "rename"):
        for index, name in enumerate(getattr(given, key)):
            step = name if key == "rename" else index
            known = said | own | (new if key == "drop" else set())
            if labels is not None and plain(name) not in known:
                line = lines.get((key, step), 1)
                yield line, f"{key}: nothing is ever called {name}{_nearest(name, known)}"
    yield from _circle(given, words, lines)


def _circle(given: VocabularyFile, words: Words, lines: Lines) -> Iterator[_Problem]:
    merged = _over(words, VocabularyFile(words=given.words))
    circle = find_circle({name: word.parents for name, word in merged.items()})
    if circle:
        spelt = next(name for name in given.words if plain(name) in circle)
        at = circle.index(plain(spelt))
        circle = [*circle[at:-1], *circle[: at + 1]]
        line = lines.get(("words", spelt, "parents"), lines.get(("words", spelt), 1))
        yield line, f"words.{spelt}.parents: {' -> '.join(circle)} is a circle; take one parent out"


def _known(words: Words, labels: Iterable[str]) -> set[str]:
    """Everything that can be called something: words and labels."""
    inside = (label for word in words.values() for label in word.labels)
    return {*words, *inside, *(plain(label) for label in labels)}


def _nearest(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(plain(name), known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _plain(given: tuple[str, ...] | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return otherwise if given is None else tuple(plain(name) for name in given)
