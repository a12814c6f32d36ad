"""The one JSON form of visits, and of the events about them and about cameras that suffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from device import clock, wire
from device.types import HealthChange, PictureRef, Tag, Visit


def visit_object(visit: Visit) -> dict[str, Any]:
    """`visit` of an event; the API says the source and the picture as well."""
    ended = visit.ended_at
    return {
        "id": visit.id,
        "tag": visit.tag,
        "kind": visit.kind,
        "started_at": clock.iso(visit.started_at),
        "seen_at": clock.iso(visit.seen_at),
        "ended_at": clock.iso(ended) if ended is not None else None,
        "duration": round(visit.duration, 3),
        "best_confidence": wire.per_mille(visit.best_confidence) / 1000,
        "zones": list(visit.zones),
        "actions": list(visit.actions),
        "path": path_list(visit.path),
        "interrupted": visit.interrupted,
    }


def visit_json(visit: Visit, picture: PictureRef | None) -> str:
    """A visit as the API answers it."""
    head = {"source": visit.source, "box": wire.box_object(visit.box)}
    return wire.dumps({**visit_object(visit), **head, "picture": wire.picture_object(picture)})


def visit_event(
    *,
    seq: int,
    event_id: str,
    device: str,
    type_: str,
    visit: Visit,
    picture: PictureRef | None,
    tags: Sequence[Tag],
) -> bytes:
    """The event that a visit began, changed or ended, with its best picture so far."""
    head = wire.event_head(seq, event_id, type_, device, visit.source, visit.seen_at)
    told = {"visit": visit_object(visit), "picture": wire.picture_object(picture)}
    body = wire.dumps({**head, **told})
    return f'{body[:-1]},"tags":{wire.tags_json(tags)}}}'.encode()


def health_event(*, seq: int, event_id: str, device: str, change: HealthChange) -> bytes:
    """The event that a camera, or the store, began or ceased to suffer."""
    head = wire.event_head(seq, event_id, "health", device, change.source or None, clock.now())
    health = {
        "state": change.state,
        "active": change.active,
        "since": clock.iso(change.since),
        "detail": change.detail,
        "facts": dict(change.facts),
    }
    told: dict[str, Any] = {"visit": None, "picture": None, "tags": [], "health": health}
    return wire.dumps({**head, **told}).encode()


def path_list(path: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Points to three digits: a path is no measurement."""
    return [[round(x, 3), round(y, 3)] for x, y in path]
