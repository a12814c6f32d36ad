"""What the pictures and visits add up to, under /api/v1/insights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import clock, search_query, wire
from device.naming import Naming
from device.store import insights, places
from device.web import insight_models as shapes
from device.web.describe import answer
from device.web.services import Services
from device.web.who import Viewer

_JSON = "application/json"
_MOST_TAGS = 8
_MOST_REVIEWED = 50

Length = Annotated[int, Query(ge=1, le=366, description="days, today (UTC) the last of them")]
Zone = Annotated[str, Query(max_length=64, description="an IANA time zone, such as Europe/Berlin")]


def router(services: Services) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1/insights", default_response_class=Response)
    reader = services.reader

    @api.get("/days", responses=answer(shapes.DaysShape, "a number for each day"))
    def get_insights_days(
        who: Viewer,
        days: Length = 30,
        tag: Annotated[list[str], Query(max_length=_MOST_TAGS)] = [],  # noqa: B006 - FastAPI's way
    ) -> Response:
        """Pictures a day: of every source, and of the tags that are named."""
        ask = partial(insights.days, naming=reader.naming(), span=_span(days), tags=_plain(tag))
        found = reader.ask(partial(ask, seen=who.sources))
        return _json(
            first=clock.day_name(found.first),
            days=days,
            complete=found.complete,
            sources=_series(found.sources),
            tags=_series(found.tags),
        )

    @api.get("/tags", responses=answer(shapes.WordsShape, "the most frequent, new and rare"))
    def get_insights_tags(who: Viewer, days: Length = 30) -> Response:
        """Tags of these days: the most frequent, those never said before, those hardly ever."""
        found = reader.ask(
            partial(insights.words, naming=reader.naming(), span=_span(days), seen=who.sources)
        )
        return _json(
            complete=found.complete,
            top=_counts(found.top),
            new=_counts(found.new),
            rare=_counts(found.rare),
        )

    @api.get("/hours", responses=answer(shapes.HoursShape, "by weekday and hour"))
    def get_insights_hours(
        who: Viewer, days: Length = 30, q: str = "", zone: Zone = "UTC"
    ) -> Response:
        """When the pictures that match the query `q` were taken, by weekday and hour."""
        query = reader.naming().meant(search_query.parse(q))
        ask = partial(
            insights.hours, query=query, span=_span(days), zone=_zone(zone), seen=who.sources
        )
        found = reader.ask(lambda db, _: ask(db))
        return _json(counted=found.counted, complete=found.complete, hours=found.hours)

    @api.get("/visits", responses=answer(shapes.StaysShape, "by hour and duration"))
    def get_insights_visits(who: Viewer, days: Length = 30, zone: Zone = "UTC") -> Response:
        """When visits began, by weekday and hour, and how long they were."""
        ask = partial(insights.stays, span=_span(days), zone=_zone(zone), seen=who.sources)
        found = reader.ask(lambda db, _: ask(db))
        stays = zip((*insights.SPANS, None), found.durations, strict=True)
        return _json(
            counted=found.counted,
            complete=found.complete,
            hours=found.hours,
            durations=[{"up_to_s": up_to, "count": count} for up_to, count in stays],
        )

    @api.get("/places", responses=answer(shapes.PlacesShape, "boxes over each cell"))
    def get_insights_places(
        who: Viewer,
        tag: Annotated[str, Query(min_length=1, max_length=200)],
        source: Annotated[str, Query(min_length=1, max_length=64)],
    ) -> Response:
        """Where in the pictures of a source the boxes of a tag lie."""
        if not who.sees(source):
            raise HTTPException(404, f"there is no source {source!r}")
        [name] = _plain([tag])
        found = reader.ask(lambda db, _: places.places(db, reader.naming().same(name), source))
        return _json(
            counted=found.counted,
            boxes=found.boxes,
            complete=found.complete,
            columns=places.COLUMNS,
            rows=places.ROWS,
            cells=found.cells.ravel().tolist(),
            picture_url=found.picture and wire.thumbnail_url(found.picture),
        )

    @api.get("/models", responses=answer(shapes.ModelsShape, "how fast, and how right"))
    def get_insights_models(who: Viewer) -> Response:
        """Milliseconds of each tagger over the last day, and what people said of its tags."""
        points = services.latency()
        names = sorted({name for _, values in points for name in values})
        latency = [
            {"name": name, "points": [(clock.iso(at), v[name]) for at, v in points if name in v]}
            for name in names
        ]
        # Reviews are counted over all sources: whoever sees some of them only is told nothing.
        counts = _by_word(services.lessons.counts() if who.sources is None else {}, reader.naming())
        most = sorted(counts.items(), key=lambda one: (-sum(one[1]), one[0]))[:_MOST_REVIEWED]
        precision = [
            {"name": name, "accepted": accepted, "rejected": rejected, "added": added}
            for name, (accepted, rejected, added) in most
        ]
        return _json(latency=latency, precision=precision)

    return api


def _json(**told: Any) -> Response:
    return Response(wire.dumps(told), media_type=_JSON)


def _by_word(
    stored: Mapping[str, tuple[int, int, int]], naming: Naming
) -> Mapping[str, tuple[int, int, int]]:
    """What was said of every name of a word, together."""
    found: dict[str, tuple[int, int, int]] = {}
    for name, said in stored.items():
        word = naming.today(name)
        yes, no, added = (a + b for a, b in zip(found.get(word, (0, 0, 0)), said, strict=True))
        found[word] = yes, no, added
    return found


def _span(days: int) -> range:
    after = int(clock.now() * 1000) // clock.DAY_MS + 1
    return range(after - days, after)


def _zone(name: str) -> tzinfo:
    """Raises HTTPException for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no zone at all, a folder of them, none here
        told = f"no time zone is called {name[:40]!r} here; name one such as Europe/Berlin, or UTC"
        raise HTTPException(422, told) from None


def _plain(names: Iterable[str]) -> list[str]:
    """As tags are spelt, each once."""
    return list(dict.fromkeys(name.strip().lower()[:200] for name in names))


def _series(found: dict[str, list[int]]) -> list[dict[str, Any]]:
    return [{"name": name, "counts": counts} for name, counts in found.items()]


def _counts(found: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in found]
