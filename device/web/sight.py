"""What somebody sees of the appliance: their sources, and no more of its inside than they need.

A source that is not theirs does not exist for them: its pictures are not found, not counted, not
told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from starlette.exceptions import HTTPException

from device.config import UPLOAD
from device.search_query import Query
from device.search_query.tree import And, OfPicture
from device.store.reader import Reader
from device.types import Event
from device.who import Who

_FOR_OWNERS = "it does not work; an administrator sees why"
_BATCH = 500  # events read at once
_MOST_READ = 20_000  # events that one answer may look through


def narrowed(query: Query, who: Who) -> Query:
    """The query, of their sources."""
    if who.sources is None:
        return query
    theirs = OfPicture("source", "=", tuple(sorted(who.sources)))
    return Query(theirs if query.node == And() else And((query.node, theirs)))


def require_source(who: Who, name: str) -> None:
    """Raises HTTPException 404 for one that is not theirs, as for one that is not there."""
    if not who.sees(name):
        raise HTTPException(404, f"there is no source {name[:64]}")


def require_uploads(who: Who) -> None:
    """Raises HTTPException 403 where what they send would be hidden from themselves."""
    if not who.sees(UPLOAD):
        raise HTTPException(403, f"uploads are not for you: {UPLOAD} is none of your sources")


def is_theirs(who: Who, told: str) -> bool:
    """Whether a picture or a visit, as the API's JSON, is of one of their sources."""
    return who.sources is None or json.loads(told)["source"] in who.sources


def image_is_theirs(who: Who, reader: Reader, picture_id: str) -> bool:
    """Whether the image of that picture is for them."""
    if who.sources is None:
        return True
    told = reader.picture(picture_id)
    return told is not None and is_theirs(who, told)


def tells(who: Who, event: Event) -> bool:
    """Whether an event is for them; what is about no source is about the whole device."""
    return who.sources is None or json.loads(event.body).get("source") in who.sources


def events(reader: Reader, who: Who, after: int, limit: int) -> tuple[list[Event], int]:
    """Events for them after a number, and the number up to which there are no others."""
    found: list[Event] = []
    last = reader.last_seq()
    if who.sources is None:
        return reader.events_after(after, limit), last
    seq = after
    while seq - after < _MOST_READ:
        batch = reader.events_after(seq, _BATCH)
        if not batch:
            return found, last
        for event in batch:
            seq = event.seq
            if tells(who, event):
                found.append(event)
                if len(found) == limit:
                    return found, last
    return found, seq


def tags(reader: Reader, who: Who, prefix: str, limit: int) -> list[tuple[str, int]]:
    """Tags with their counts; for somebody with sources of their own in the newest pictures."""
    if who.sources is None:
        return reader.tags(prefix, limit)
    found = reader.facets(narrowed(Query(And()), who), _MOST_READ).tags
    return [one for one in found if one[0].startswith(prefix.lower())][:limit]


def sources(who: Who, found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Their sources; addresses and what a source tells of itself are for administrators."""
    theirs = [one for one in found if who.sees(one["name"])]
    return theirs if who.may("administrator") else [_outside(one) for one in theirs]


def health(who: Who, found: dict[str, Any]) -> dict[str, Any]:
    """How the device is, in as much as it concerns them."""
    if who.may("administrator"):
        return found
    shown = sources(who, found["sources"])
    problems = [
        f"source {one['name']}: {what}"
        for one in shown
        for what in (*([one["error"]] if one["error"] else []), *one.get("states", ()))
    ]
    if who.sources is None and len(found["problems"]) > len(problems):
        problems.append("the device needs an administrator")
    store: dict[str, Any] = {}
    if who.sources is None:
        store = {key: found["store"].get(key) for key in ("pictures", "events", "bytes")}
    return {
        **found,
        "status": "degraded" if problems else "ok",
        "problems": problems,
        "sources": shown,
        "store": store,
        "sinks": [],
        "people": {},
        "web": None,
    }


def _outside(source: dict[str, Any]) -> dict[str, Any]:
    scheme, found, _ = (source["url"] or "").partition("://")
    shown = {**source, "url": f"{scheme}://" if found else source["url"]}
    if source["error"]:
        shown["error"] = _FOR_OWNERS
    if "source" in source:
        shown["source"] = {}
    return shown
