"""Words that a person says of a picture while it is sent: they stand as that person's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from device.hearing import Said
from device.types import State, Tag
from device.vocabulary import Vocabulary, plain

WITH_UPLOAD = "upload"
"""As the tagger of such a tag: it was there from the first moment, and is told with the picture."""

_MOST = 20  # words of a picture
_LONGEST = 64  # letters of a word


def words(text: str) -> tuple[str, ...]:
    """Names with commas between, in their plain form. Raises ValueError for what is no word."""
    found = tuple(dict.fromkeys(filter(None, map(plain, text.split(",")))))
    if len(found) > _MOST:
        raise ValueError(f"say at most {_MOST} words of a picture")
    for name in found:
        if len(name) > _LONGEST or not name.isprintable():
            raise ValueError(f"{name[:_LONGEST]!r} is no word of at most {_LONGEST} letters")
    return found


def with_words(said: Said, names: Sequence[str], vocabulary: Vocabulary) -> Said:
    """With these words first, and without what a model says of the same thing."""
    if not names:
        return said
    tags = [_tag(name, said.tags, vocabulary) for name in names]
    taken = {(tag.name, tag.box) for tag in tags} | {(name, None) for name in names}
    others = [tag for tag in said.tags if (tag.name, tag.box) not in taken]
    known = {*names, *(tag.name for tag in others)}
    above = {up: 1.0 for name in names for up in vocabulary.above(name) if up not in known}
    implied = {**dict(said.implied), **above}
    return replace(
        said,
        tags=(*tags, *others),
        implied=tuple((name, sure) for name, sure in implied.items() if name not in known),
        alternatives=tuple(one for one in said.alternatives if one.name not in known),
    )


def state(tag: Tag) -> State:
    """Of a tag that is new."""
    return "manual" if tag.tagger == WITH_UPLOAD else "proposed"


def _tag(name: str, others: Sequence[Tag], vocabulary: Vocabulary) -> Tag:
    """In the box of the surest that a model found of it."""
    same = next((tag for tag in others if tag.name == name), None)
    word = vocabulary.words.get(name)
    kind = (word.kind if word else None) or (same.kind if same else "object")
    box = same.box if same else None
    return Tag(name, 1.0, kind, WITH_UPLOAD, "", box, vocabulary.parents(name))
