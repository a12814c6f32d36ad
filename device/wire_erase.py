"""The one JSON form of the event that something was erased, and of events that spoke of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from device import ids, wire
from device.types import Event

ERASED = "erased"
_NOTHING: dict[str, list[str]] = {"pictures": [], "visits": []}
_IDS = re.compile(rb'"(picture|visit)":\{"id":"([0-7][0-9A-HJKMNP-TV-Z]{25})"')


def erased_event(
    *,
    seq: int,
    event_id: str,
    device: str,
    pictures: Sequence[str],
    visits: Sequence[str],
) -> bytes:
    """The event that these ids are gone."""
    gone = {"pictures": list(pictures), "visits": list(visits)}
    told: dict[str, Any] = {"visit": None, "picture": None, "tags": [], "erased": gone}
    return wire.dumps(
        {**wire.event_head(seq, event_id, ERASED, device, None, None), **told}
    ).encode()


def without(event: Event, device: str, is_erased: Callable[[str, str], bool]) -> Event | None:
    """The event without what is erased; None where it speaks of nothing that is.

    `is_erased(kind, id)` is asked for the picture and the visit it speaks of. A visit that stays
    is told without its picture; all else that speaks of what is erased says nothing any more.
    """
    named = {(kind.decode(), uid.decode()) for kind, uid in _IDS.findall(event.body)}
    gone = {kind for kind, uid in named if is_erased(kind, uid)}
    if not gone:
        return None
    if event.type.startswith("visit_") and "visit" not in gone:
        body = wire.dumps({**json.loads(event.body), "picture": None}).encode()
        return Event(event.seq, event.id, event.type, body)
    return blank(event.seq, event.id, device)


def blank(seq: int, event_id: str, device: str) -> Event:
    """What takes the place of an event: of the same number and time, and without a content.

    With the id it had, it would tell which picture it was.
    """
    fresh = ids.another(event_id)
    return Event(seq, fresh, ERASED, blank_body(seq, fresh, device))


def blank_body(seq: int, event_id: str, device: str) -> bytes:
    """Of such an event, from what its row holds: its time is that of its id."""
    at = ids.made_at(event_id)
    head = wire.event_head(seq, event_id, ERASED, device, None, None, at, "untrusted")
    body = {**head, "visit": None, "picture": None, "tags": [], "erased": _NOTHING}
    return wire.dumps(body).encode()
