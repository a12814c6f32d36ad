"""The one JSON form of reviews, and of the event about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from device import clock, wire
from device.review import Done, Judgement
from device.types import PictureRef


def judgement_object(one: Judgement) -> dict[str, Any]:
    """One thing said, with what is known of it."""
    told = {"tag": one.tag, "tagger": one.tagger, "to": one.to, "box": wire.box_object(one.box)}
    known = {key: value for key, value in told.items() if value is not None}
    return {"verdict": one.verdict, **known}


def judgements_json(said: Sequence[Judgement]) -> str:
    """All that was said in a review."""
    return wire.dumps([judgement_object(one) for one in said])


def review_object(done: Done) -> dict[str, Any]:
    """Who reviewed, and when."""
    return {"id": done.review, "by": done.by, "at": clock.iso(done.at)}


def review_event(
    *,
    seq: int,
    event_id: str,
    device: str,
    picture: PictureRef,
    done: Done,
    judgements: str,
    undone: bool = False,
) -> bytes:
    """The event that a picture was reviewed, with its tags as they are now.

    `judgements` as `judgements_json` spelt them; `undone`: it was taken back.
    """
    head = wire.event_head(seq, event_id, "review", device, picture.source, picture.taken_at)
    told = {"visit": None, "picture": wire.picture_object(picture)}
    tags = wire.tags_json(picture.tags, picture.states)
    by = {"id": done.review, "by": done.by, "undone": undone}
    review = f'{wire.dumps(by)[:-1]},"verdicts":{judgements}}}'
    return f'{wire.dumps({**head, **told})[:-1]},"tags":{tags},"review":{review}}}'.encode()
