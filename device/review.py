"""What a person says of a picture's tags, and what becomes of them. Pure.

Reading and writing the rows is `store/reviews.py`; this is what it does to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Literal

from device.by_hand import WITH_UPLOAD
from device.errors import ReviewRefused
from device.types import Box, State, Tag
from device.vocabulary import Vocabulary, Word, plain

Verdict = Literal["accept", "reject", "add", "rename"]

PERSON = "person"
"""The tagger of what a person added; its model is empty, which no tagger's is."""

LONGEST = 100
"""Characters of a tag that is added."""

EDGES = 10_000
"""A box is kept to this part of the picture."""

MOST_TAGS = 200
"""Of a picture, those that are rejected included."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One thing said."""

    verdict: Verdict
    tag: str | None = None  # None: of accept and reject, all that are proposed
    tagger: str | None = None  # only what this one said
    to: str | None = None  # the right name, of a rename
    box: Box | None = None  # where it is, of an add


@dataclass(frozen=True, slots=True)
class Said:
    """A tag of a picture, and what is thought of it."""

    tag: Tag
    state: State

    @property
    def by_person(self) -> bool:
        """Whether no tagger said it."""
        return self.tag.tagger in (PERSON, WITH_UPLOAD) and not self.tag.model

    @property
    def counts(self) -> bool:
        """Whether nobody has denied it."""
        return self.state != "rejected"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the review of one picture, or of its undoing."""

    picture: str  # id
    review: str = ""  # id; empty where it was refused
    by: str = ""
    at: float = 0.0  # UTC, when it was made first
    refused: Exception | None = None


def judge(
    said: Sequence[Said], judgements: Iterable[Judgement], vocabulary: Vocabulary
) -> tuple[list[Said], list[Judgement]]:
    """The tags afterwards, and what was said of each in full words.

    Nothing is taken away and nothing moves: what is added stands at the end. Raises
    `ReviewRefused` for a tag that is not there, or a name that cannot be one.
    """
    now = list(said)
    told: list[Judgement] = []
    for one in judgements:
        told += _add(now, one, vocabulary) if one.verdict == "add" else _of(now, one, vocabulary)
        if len(now) > MOST_TAGS:
            raise ReviewRefused(f"a picture may have {MOST_TAGS} tags; reject those that are wrong")
    return now, list(dict.fromkeys(told))


def _of(now: list[Said], one: Judgement, vocabulary: Vocabulary) -> Iterator[Judgement]:
    """A judgement of tags that are there."""
    places = list(_places(now, one))
    if one.tag is not None and not places:
        raise ReviewRefused(f"the picture has no tag {one.tag[:LONGEST]!r} to {one.verdict}")
    if one.verdict == "rename":
        yield from _rename(now, one, places, vocabulary)
        return
    for place in places:
        before = now[place]
        if one.verdict == "accept":
            now[place] = _accepted(before)
        else:
            now[place] = replace(before, state="rejected")
        yield Judgement(one.verdict, before.tag.name, before.tag.tagger)


def _places(now: Sequence[Said], one: Judgement) -> Iterator[int]:
    name = None if one.tag is None else plain(one.tag)
    for place, there in enumerate(now):
        if one.tagger is not None and there.tag.tagger != one.tagger:
            continue
        if there.state == "proposed" if name is None else plain(there.tag.name) == name:
            yield place


def _rename(
    now: list[Said], one: Judgement, places: Sequence[int], vocabulary: Vocabulary
) -> Iterator[Judgement]:
    """The wrong name is rejected, and the right one stands in the same box."""
    right = _word(one.to or "", vocabulary)
    for place in [place for place in places if now[place].counts] or places:
        wrong = now[place]
        if wrong.tag.name == right.name:
            raise ReviewRefused(f"{right.name!r} is its name already; accept it")
        now[place] = replace(wrong, state="rejected")
        _put(now, right, wrong.tag, wrong.tag.box, vocabulary)
    yield Judgement("rename", plain(one.tag or ""), to=right.name)


def _add(now: list[Said], one: Judgement, vocabulary: Vocabulary) -> Iterator[Judgement]:
    word = _word(one.tag or "", vocabulary)
    box = one.box and Box(*(round(edge * EDGES) / EDGES for edge in astuple(one.box)))
    _put(now, word, None, box, vocabulary)
    yield Judgement("add", word.name, box=box)


def _put(
    now: list[Said], word: Word, like: Tag | None, box: Box | None, vocabulary: Vocabulary
) -> None:
    """Have the word said: by what is there, or else in a person's name."""
    there = [place for place, one in enumerate(now) if one.tag.name == word.name]
    if box is None and there:
        for place in there:
            now[place] = _accepted(now[place])
        return
    same = [place for place in there if now[place].by_person and now[place].tag.box == box]
    if same:
        now[same[0]] = _accepted(now[same[0]])
        return
    kind = word.kind or (like.kind if like else "object")
    parents = vocabulary.parents(word.name)
    zones = like.zones if like else ()
    tag = Tag(word.name, 1.0, kind, PERSON, "", box, parents, zones)
    now.append(Said(tag, "manual"))


def _accepted(one: Said) -> Said:
    return replace(one, state="manual" if one.by_person else "accepted")


def _word(name: str, vocabulary: Vocabulary) -> Word:
    """What is said for a name that a person gave: the owner's words hold for people too."""
    if not name.strip() or len(name) > LONGEST or not name.isprintable():
        told = f"{name[:LONGEST]!r} cannot be a tag"
        raise ReviewRefused(f"{told}; write 1 to {LONGEST} letters, signs and spaces")
    return vocabulary.word(name) or Word(plain(name))


def further(tag: Tag, vocabulary: Vocabulary) -> set[str]:
    """Words that a picture with this tag is found by as well: parents and synonyms."""
    names = (tag.name, *tag.parents)
    words = [vocabulary.words[name] for name in names if name in vocabulary.words]
    found = {*names, *(also for word in words for also in word.synonyms)}
    return found - {tag.name}


def implied(word: str, said: Sequence[Said], vocabulary: Vocabulary) -> State:
    """What is thought of a further word, by the tags that it follows from.

    Where the vocabulary does not know any more from which, it is all that a model said.
    """
    of = [one for one in said if word in further(one.tag, vocabulary)]
    states = {one.state for one in of or said if of or not one.by_person}
    if states & {"accepted", "manual"}:
        return "accepted"
    return "proposed" if "proposed" in states or not states else "rejected"
