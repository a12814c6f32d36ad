"""From what the taggers say, label by label, to the tags of a picture. Pure.

docs/vocabulary.md tells the rules, with the figures behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from device.types import Box, Tag
from device.vocabulary import Vocabulary

Verdict = Literal["said", "dropped", "under its floor", "a nearer word is said", "too many"]

_MOST = 0.5  # a word with more than this part of the one above it speaks for that one
_WORTH_A_LOOK = 0.1  # confidence from which a word that is not said is kept for a review
_MOST_ALTERNATIVES = 5  # of a picture
_SAME = 0.5  # boxes that overlap by more (intersection over union) show one thing
_FAINT = 0.6  # of its floor: what is no sight by itself, but enough to say that it is still there


@dataclass(frozen=True, slots=True)
class Rule:
    """How a tagger is taken."""

    floor: float = 0.0  # confidence from which a word is said that has no floor of its own
    least: float = 0.0  # from which any word is said: what the owner asks of this tagger
    max_tags: int = 100
    by_word: Mapping[str, float] = field(default_factory=dict)  # floors that the owner gives words
    exclusive: bool = False  # only one label can be true of a picture: confidences add up


@dataclass(frozen=True, slots=True)
class Heard:
    """What one tagger's labels come to."""

    labels: tuple[Tag, ...]  # as the tagger gave them
    words: Mapping[str, float]  # every word that holds, with its confidence
    verdicts: Mapping[str, Verdict]  # what became of each of them
    tags: tuple[Tag, ...]  # what is said, the surest first
    faint: tuple[Tag, ...] = ()  # not far below their floor


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word that stayed under its floor: not said, but worth a look in a review."""

    name: str
    confidence: float  # 0..1
    tagger: str


@dataclass(frozen=True, slots=True)
class Said:
    """The tags of a picture, the surest first, and further words that it is found by."""

    tags: tuple[Tag, ...]
    implied: tuple[tuple[str, float], ...] = ()  # parents and synonyms, with their confidence
    alternatives: tuple[Alternative, ...] = ()  # what was nearly said, the surest first
    faint: tuple[Tag, ...] = ()  # not said, but enough for what was there a moment ago


def hear(vocabulary: Vocabulary, labels: Sequence[Tag], rule: Rule) -> Heard:
    """One tagger's labels in the owner's words."""
    words: dict[str, float] = {}
    found: list[tuple[Tag, tuple[str, ...]]] = []  # each label with its words, the nearest first
    for label in labels:
        word = vocabulary.word(label.name, label.model)
        if word is None:
            continue
        names = (word.name, *vocabulary.above(word.name))
        found.append((label, names))
        for name in names:
            before = words.get(name, 0.0)
            sure = before + label.confidence if rule.exclusive else max(before, label.confidence)
            words[name] = min(1.0, sure)
    floors = {name: floor_of(vocabulary, name, rule) for name in words}
    if rule.exclusive:  # what adds up is no longer any one label's
        spoken = [(labels[0], name, sure) for name, sure in words.items() if sure >= floors[name]]
    else:
        nearest = ((label, _nearest(label, names, floors)) for label, names in found)
        spoken = [(label, name, label.confidence) for label, name in nearest if name]
    verdicts: dict[str, Verdict] = {
        name: "a nearer word is said" if sure >= floors[name] else "under its floor"
        for name, sure in words.items()
    }
    said: list[Tag] = []
    ranked = sorted((_tag(vocabulary, *one) for one in spoken), key=_order)
    for rank, tag in enumerate(ranked):
        if vocabulary.dropped(tag.name):
            verdict: Verdict = "dropped"
        elif _is_covered(vocabulary, tag, ranked, ranked[:rank]):
            verdict = "a nearer word is said"
        else:
            verdict = "said" if len(said) < rule.max_tags else "too many"
        said += [tag] if verdict == "said" else []
        if verdicts[tag.name] != "said":
            verdicts[tag.name] = verdict
    faint = _faint(vocabulary, labels, found, words, floors, rule)
    return Heard(tuple(labels), words, verdicts, tuple(said), faint)


def agree(vocabulary: Vocabulary, heard: Sequence[Heard]) -> Said:
    """What all taggers say together.

    Taggers that say one word make one tag: the box of the surest that has one, the highest
    confidence, and the names of all joined by +. A word without a box that another tagger has a
    nearer word for is not said.
    """
    tags: list[Tag] = []
    for one in heard:
        tags += [tag for tag in one.tags if not _joined(tags, tag)]
    tags = [tag for tag in tags if tag.box or not _is_covered(vocabulary, tag, tags, ())]
    tags.sort(key=_order)
    implied: dict[str, float] = {}
    for tag in tags:
        for name in (tag.name, *tag.parents):
            sure = max([tag.confidence, *(one.words.get(name, 0.0) for one in heard)])
            word = vocabulary.words.get(name)
            for also in (name, *(word.synonyms if word else ())):
                implied[also] = max(sure, implied.get(also, 0.0))
    faint = [
        tag
        for one in heard
        for tag in one.faint
        if not any(tag.name == said.name and _same_place(said, tag) for said in tags)
    ]
    names = {tag.name for tag in tags}
    further = tuple((n, sure) for n, sure in implied.items() if n not in names)
    alternatives = _alternatives(vocabulary, heard, names | implied.keys())
    return Said(tuple(tags), further, alternatives, tuple(faint))


def _faint(
    vocabulary: Vocabulary,
    labels: Sequence[Tag],
    found: Sequence[tuple[Tag, tuple[str, ...]]],
    words: Mapping[str, float],
    floors: Mapping[str, float],
    rule: Rule,
) -> tuple[Tag, ...]:
    """What is not sure enough to be said, the surest first."""
    lower = {name: _FAINT * floor for name, floor in floors.items()}
    if rule.exclusive:
        near = [n for n, sure in words.items() if lower[n] <= sure < floors[n]]
        spoken = [(labels[0], name, words[name]) for name in near]
    else:
        quiet = [one for one in found if _nearest(*one, floors) is None]
        nearest = ((label, _nearest(label, names, lower)) for label, names in quiet)
        spoken = [(label, name, label.confidence) for label, name in nearest if name]
    kept = (one for one in spoken if not vocabulary.dropped(one[1]))
    return tuple(sorted((_tag(vocabulary, *one) for one in kept), key=_order))


def _alternatives(
    vocabulary: Vocabulary, heard: Sequence[Heard], known: Set[str]
) -> tuple[Alternative, ...]:
    """The surest words under their floor that are not told already, of each line the nearest."""
    found: dict[str, Alternative] = {}
    for one in heard:
        for name, sure in one.words.items():
            if one.verdicts[name] != "under its floor" or name in known or sure < _WORTH_A_LOOK:
                continue
            if vocabulary.dropped(name) or (name in found and found[name].confidence >= sure):
                continue
            found[name] = Alternative(name, sure, one.labels[0].tagger)
    above = {up for name in found for up in vocabulary.above(name)}
    nearest = [one for one in found.values() if one.name not in above]
    nearest.sort(key=lambda one: (-one.confidence, one.name))
    return tuple(nearest[:_MOST_ALTERNATIVES])


def _tag(vocabulary: Vocabulary, label: Tag, name: str, confidence: float) -> Tag:
    word = vocabulary.words.get(name)
    kind = word.kind if word and word.kind else label.kind
    parents = vocabulary.parents(name)
    return replace(label, name=name, confidence=confidence, kind=kind, parents=parents)


def _nearest(label: Tag, names: Sequence[str], floors: Mapping[str, float]) -> str | None:
    """The first of these words, the nearest first, that the label is sure enough for."""
    return next((name for name in names if label.confidence >= floors[name]), None)


def floor_of(vocabulary: Vocabulary, name: str, rule: Rule) -> float:
    """From which confidence on a tagger of that rule says the word, 0..1."""
    if (asked := rule.by_word.get(name)) is not None:
        return asked
    word = vocabulary.words.get(name)
    own = word.floor if word else None
    return max(rule.least, rule.floor if own is None else own)


def _is_covered(
    vocabulary: Vocabulary, tag: Tag, others: Sequence[Tag], surer: Sequence[Tag]
) -> bool:
    """Do others say all that it does: with a word below it, or surer, and in the same place?"""
    return any(other.name == tag.name and _same_place(other, tag) for other in surer) or any(
        tag.name in vocabulary.above(other.name)
        and other.confidence > _MOST * tag.confidence
        and _same_place(other, tag)
        for other in others
    )


def _same_place(one: Tag, other: Tag) -> bool:
    return not (one.box and other.box) or overlap(one.box, other.box) > _SAME


def _joined(tags: list[Tag], tag: Tag) -> bool:
    """Let the tag of another tagger that says the same word take this one in."""
    for index, other in enumerate(tags):
        names = other.tagger.split("+")
        if other.name == tag.name and tag.tagger not in names and _same_place(other, tag):
            kept = min((other, tag), key=lambda one: (one.box is None, *_order(one)))
            tags[index] = replace(
                kept,
                confidence=max(other.confidence, tag.confidence),
                tagger="+".join((*names, tag.tagger)),
            )
            return True
    return False


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, width) * max(0.0, height)
    union = one.width * one.height + other.width * other.height - shared
    return shared / union if union > 0 else 0.0


def _order(tag: Tag) -> tuple[float, str]:
    return -tag.confidence, tag.name
