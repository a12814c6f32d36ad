"""One event as one line for people."""

from __future__ import annotations

import json
from typing import Any

from device import wire
from device.commands.common import tag_words


def event_line(body: str) -> str:
    """When, where, and what was seen, came, stayed or left."""
    event = json.loads(body)
    if gap := event.get("gap"):
        return f"{event['tagged_at']} {gap['sink']} misses {gap['count']} events: {gap['reason']}"
    if erased := event.get("erased"):
        gone = f"{len(erased['pictures'])} pictures and {len(erased['visits'])} visits"
        return f"{event['tagged_at']} {event['device']}: {gone} were erased"
    late = " (late)" if event["replayed"] else ""
    where = event["source"] or event["device"]
    return f"{event['taken_at']} {where}: {_told(event)}{late}"


def _told(event: dict[str, Any]) -> str:
    if event["type"] == "health":
        health = event["health"]
        return f"{health['state']}{'' if health['active'] else ' no more'}: {health['detail']}"
    if (review := event.get("review")) is not None:
        said = ", ".join(map(_said, review["verdicts"])) or "it is right as it is"
        return f"{review['by']} {'takes back' if review['undone'] else 'says'}: {said}"
    if (visit := event["visit"]) is None:
        return tag_words([wire.tag_from_object(tag) for tag in event["tags"]])
    if event["type"] == "visit_start":
        return f"{visit['tag']} came"
    doing = ", ".join([*visit["actions"], *(f"in {zone}" for zone in visit["zones"])])
    if event["type"] == "visit_update":
        return f"{visit['tag']} is here{f' ({doing})' if doing else ''}"
    return f"{visit['tag']} left after {visit['duration']:.0f} s{f' ({doing})' if doing else ''}"


def _said(one: dict[str, Any]) -> str:
    to = f" to {one['to']}" if "to" in one else ""
    return f"{one['verdict']} {one['tag']}{to}"
