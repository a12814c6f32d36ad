"""What the tests of reviews share: words, saying something, and looking at what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from makers import tagged

from device import ids
from device.results import Reviewed, Unreviewed
from device.review import Done, Judgement
from device.search_query import parse
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Box
from device.vocabulary import Vocabulary, Word

WORDS = Vocabulary(
    [
        Word("animal", "object"),
        Word("cat", "object", parents=("animal",), synonyms=("kitty",)),
        Word("dog", "object", parents=("animal",)),
        Word("beach", "scene"),
    ]
)
BOX = Box(0.1, 0.2, 0.3, 0.4)


def accept(name: str | None = None, tagger: str | None = None) -> Judgement:
    return Judgement("accept", name, tagger)


def reject(name: str | None = None, tagger: str | None = None) -> Judgement:
    return Judgement("reject", name, tagger)


def add(name: str, box: Box | None = None) -> Judgement:
    return Judgement("add", name, box=box)


def rename(name: str, to: str) -> Judgement:
    return Judgement("rename", name, to=to)


def review(
    store: Store, picture: str | list[str], *said: Judgement, by: str = "Ann", **more: Any
) -> Done:
    """Of the one, or the first, picture."""
    pictures = (picture,) if isinstance(picture, str) else tuple(picture)
    change = Reviewed(ids.new_id(), by, pictures, said, WORDS, **more)
    [outcome] = store.commit([change], {})
    assert [done.picture for done in outcome.answer] == list(pictures)
    done = outcome.answer[0]
    assert isinstance(done, Done)
    return done


def undo(store: Store, done: Done, by: str = "Ann") -> Done:
    [outcome] = store.commit([Unreviewed(ids.new_id(), by, done.review)], {})
    [answer] = outcome.answer
    assert isinstance(answer, Done)
    return answer


def put(store: Store, *names: str, implied: tuple[str, ...] = (), **more: Any) -> str:
    """A picture with these tags; its id."""
    item = tagged(more.pop("content", None), *names, **more)
    store.commit([replace(item, implied=tuple((name, 0.8) for name in implied))], {})
    return item.frame_id


def shown(reader: Reader, uid: str) -> dict[str, Any]:
    return dict(json.loads(reader.picture(uid) or "{}"))


def states(reader: Reader, uid: str) -> list[tuple[str, str]]:
    return [(one["name"], one["state"]) for one in shown(reader, uid)["tags"]]


def finds(reader: Reader, query: str) -> int:
    return len(reader.find(parse(query), 1000))
