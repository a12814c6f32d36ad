"""The one JSON form of tags, pictures and events: MQTT, REST, live stream and files send it.

Numbers are rounded to what they mean and what is stored of them: confidences to three digits, box
edges to four. `seq` and `replayed` stand before anything that comes from outside, so that
`replayed` can be set by exchanging bytes and every other byte of an event stays what was committed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from device import by_hand, clock
from device.hearing import Alternative
from device.results import Gap
from device.types import Box, Event, PictureRef, State, Tag

SCHEMA = 1
_NEW = b'"replayed":false'
_LATE = b'"replayed":true'
_root = ""


def below(root: str) -> None:
    """What the addresses of pictures begin with from now on: once, before anything is told."""
    global _root
    _root = root


def dumps(value: Any) -> str:
    """Compact JSON in UTF-8; NaN and infinity are refused with ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def tag_object(tag: Tag, state: State | None = None) -> dict[str, Any]:
    """A tag as in `tags` of an event; without a `state` as it was at first."""
    zones = {"zones": list(tag.zones)} if tag.zones else {}
    return {
        "name": tag.name,
        "confidence": per_mille(tag.confidence) / 1000,
        "kind": tag.kind,
        "tagger": tag.tagger,
        "model": tag.model,
        "parents": list(tag.parents),
        "box": box_object(tag.box),
        "state": state or by_hand.state(tag),
        **zones,
    }


def box_object(box: Box | None) -> dict[str, float] | None:
    """A box as in a tag."""
    if box is None:
        return None
    return {
        "x": _edge(box.x),
        "y": _edge(box.y),
        "width": _edge(box.width),
        "height": _edge(box.height),
    }


def per_mille(confidence: float) -> int:
    """A confidence as it is stored. Raises ValueError for what is no number."""
    if not math.isfinite(confidence):
        raise ValueError(f"a confidence of {confidence} is not JSON compliant")
    return round(confidence * 1000)


def _edge(value: float) -> float:
    return round(value * 10000) / 10000 if math.isfinite(value) else value


def tag_from_object(value: dict[str, Any]) -> Tag:
    """The reverse of `tag_object`."""
    box = value["box"]
    return Tag(
        name=value["name"],
        confidence=value["confidence"],
        kind=value["kind"],
        tagger=value["tagger"],
        model=value["model"],
        box=Box(**box) if box else None,
        parents=tuple(value["parents"]),
        zones=tuple(value.get("zones", ())),
    )


def tags_json(tags: Sequence[Tag], states: Sequence[State] = ()) -> str:
    """The `tags` array; `states` are those of the tags, or none where all are as at first."""
    said = zip(tags, states or map(by_hand.state, tags), strict=True)
    return dumps([tag_object(tag, state) for tag, state in said])


def tags_from_json(text: str) -> tuple[Tag, ...]:
    """The reverse of `tags_json`."""
    return tuple(tag_from_object(value) for value in json.loads(text))


def thumbnail_url(picture_id: str) -> str:
    """Where the small picture is."""
    return f"{_root}/thumbnails/{picture_id}"


def picture_json(picture: PictureRef, tags: str | None = None) -> str:
    """A picture as the API answers it; `tags` is its `tags_json` where that is at hand."""
    head = dumps(
        {
            "id": picture.id,
            "source": picture.source,
            "name": picture.name,
            "taken_at": clock.iso(picture.taken_at),
            "tagged_at": clock.iso(picture.tagged_at),
            "width": picture.width,
            "height": picture.height,
            "format": picture.format,
            "size": picture.size,
            "sha256": picture.sha256,
            "url": f"{_root}/pictures/{picture.id}" if picture.has_image else None,
            "thumbnail_url": thumbnail_url(picture.id) if picture.has_image else None,
            "reviewed_at": moment(picture.reviewed_at),
            "version": picture.version,
        }
    )
    return f'{head[:-1]},"tags":{tags or tags_json(picture.tags, picture.states)}}}'


def moment(seconds: float | None) -> str | None:
    """A time that may not be there."""
    return None if seconds is None else clock.iso(seconds)


def alternatives_json(alternatives: Sequence[Alternative]) -> str:
    """What was nearly said of a picture."""
    return dumps(
        [
            {"name": one.name, "confidence": per_mille(one.confidence) / 1000, "tagger": one.tagger}
            for one in alternatives
        ]
    )


def event_head(
    seq: int,
    event_id: str,
    type_: str,
    device: str,
    source: str | None,
    taken_at: float | None,
    tagged_at: float | None = None,
    clock_state: clock.ClockState | None = None,
) -> dict[str, Any]:
    """What every event begins with; of now, where `tagged_at` and `clock_state` are not given."""
    return {
        "schema": SCHEMA,
        "id": event_id,
        "seq": seq,
        "type": type_,
        "device": device,
        "source": source,
        "taken_at": moment(taken_at),
        "tagged_at": clock.iso(clock.now() if tagged_at is None else tagged_at),
        "clock": clock_state or clock.state(),
        "replayed": False,
    }


def picture_object(picture: PictureRef | None) -> dict[str, Any] | None:
    """`picture` of an event."""
    if picture is None:
        return None
    return {
        "id": picture.id,
        "width": picture.width,
        "height": picture.height,
        "sha256": picture.sha256,
        "url": f"{_root}/pictures/{picture.id}" if picture.has_image else None,
    }


def picture_event(
    *,
    seq: int,
    event_id: str,
    device: str,
    clock_state: clock.ClockState,
    picture: PictureRef,
    tags: str,
) -> bytes:
    """The event that a still was tagged, with `tags` as `tags_json` spelt them."""
    taken, tagged = picture.taken_at, picture.tagged_at
    head = event_head(seq, event_id, "picture", device, picture.source, taken, tagged, clock_state)
    text = dumps({**head, "visit": None, "picture": picture_object(picture)})
    return f'{text[:-1]},"tags":{tags}}}'.encode()


def gap_event(*, seq: int, event_id: str, device: str, gap: Gap) -> bytes:
    """The event that a sink will not get some others."""
    lost = {
        "sink": gap.sink,
        "first_seq": gap.first,
        "last_seq": gap.last,
        "count": gap.last - gap.first + 1,
        "reason": gap.reason,
    }
    told: dict[str, Any] = {"visit": None, "picture": None, "tags": [], "gap": lost}
    return dumps({**event_head(seq, event_id, "gap", device, None, None), **told}).encode()


def replayed(event: Event) -> Event:
    """The same event, marked as sent later than it was made."""
    return Event(event.seq, event.id, event.type, event.body.replace(_NEW, _LATE, 1))
