"""The native API under /api/v1. Reading is done in worker threads, nothing blocks the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from concurrent.futures import Future
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import by_hand, search_query, wire
from device.errors import Busy, StoreFull
from device.types import Limits, Outcome
from device.web import answers, describe, many, models, receive, sight
from device.web.describe import LIVE, answer
from device.web.live import Live
from device.web.models import PictureShape
from device.web.receive import Upload
from device.web.services import Services
from device.web.upload_models import UploadsShape
from device.web.who import Reviewer, Viewer

_RECEIVING = 4  # uploads held in memory at the same time
_LARGEST = 2**63 - 1  # a number that SQLite can hold
_JSON = "application/json"


def router(services: Services, live: Live) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)
    reader = services.reader
    receiving = asyncio.Semaphore(_RECEIVING)

    @api.get("/pictures", responses=answer(models.PicturesShape, "newest first"))
    def list_pictures(
        who: Viewer,
        q: str = "",
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Pictures that match the query `q`, a page at a time."""
        page = reader.page(sight.narrowed(search_query.parse(q), who), before, limit)
        cursor = wire.dumps(page.cursor)
        body = f'{{"pictures":[{",".join(page.pictures)}],"next":{cursor}}}'
        return Response(body, media_type=_JSON)

    @api.get("/pictures/{picture_id}", responses=answer(models.PictureDetailShape, "one picture"))
    def get_picture(picture_id: str, who: Viewer) -> Response:
        """One picture with its tags."""
        found = reader.picture(picture_id)
        if found is None or not sight.is_theirs(who, found):
            raise HTTPException(404, f"there is no picture {picture_id[:40]}")
        return Response(found, media_type=_JSON)

    @api.post(
        "/pictures",
        responses={
            201: {"model": PictureShape, "description": "tagged and stored"},
            207: {"model": UploadsShape, "description": "of several, some are refused"},
            **answer(PictureShape | UploadsShape, "tagged before; or several, and none is refused"),
        },
        openapi_extra={"requestBody": describe.UPLOAD},
    )
    async def post_picture(
        request: Request,
        who: Reviewer,
        min_confidence: Annotated[float | None, Query(ge=0, le=1)] = None,
        max_tags: Annotated[int | None, Query(ge=1, le=100)] = None,
        taggers: Annotated[str | None, Query(max_length=1000)] = None,
        tags: Annotated[str | None, Query(max_length=2000)] = None,
    ) -> Response:
        """Tag pictures, each a multipart field `file`, or one as the raw body.

        `taggers` are names with commas between, `tags` what you say yourself of all of them.
        Answers when pictures and tags are durable.
        """
        sight.require_uploads(who)
        words = _words(tags)
        limits = Limits(min_confidence, {}, max_tags, _known(taggers, services.taggers))
        if (trouble := services.storage_problem()) is not None:
            raise StoreFull(trouble)
        if receiving.locked():
            raise Busy("too many uploads at the same time; come back soon", retry_after=1.0)

        def tag(upload: Upload) -> Future[Outcome]:
            return services.control.tag(upload.data, limits, upload.name, words)

        async with receiving, aclosing(receive.pictures(request, services.max_upload)) as uploads:
            first = await anext(uploads)
            if not first.alone:
                return await many.answer(first, uploads, tag, services.storage_problem)
            future = await asyncio.to_thread(tag, first)
        return await answers.tagged(future, services.storage_problem)

    @api.get("/tags", responses=answer(models.TagsShape, "most frequent first"))
    def list_tags(
        who: Viewer,
        prefix: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """The tags there are, with the number of their pictures."""
        found = _counts("name", sight.tags(reader, who, prefix, limit))
        return Response(wire.dumps({"tags": found}), media_type=_JSON)

    @api.get("/facets", responses=answer(models.FacetsShape, "most frequent first"))
    def get_facets(
        who: Viewer, q: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 20
    ) -> Response:
        """Tags, sources and days of the newest pictures that match the query `q`."""
        found = reader.facets(sight.narrowed(search_query.parse(q), who), limit)
        counts = {
            "tags": _counts("name", found.tags),
            "sources": _counts("name", found.sources),
            "days": _counts("date", found.days),
        }
        whole = {"counted": found.counted, "complete": found.complete, **counts}
        return Response(wire.dumps(whole), media_type=_JSON)

    @api.get("/days", responses=answer(models.DaysShape, "in order, without empty ones"))
    def get_days(
        who: Viewer,
        month: Annotated[str, Query(pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$")],
        q: str = "",
    ) -> Response:
        """How many pictures match the query `q` on each day (UTC) of a month, `YYYY-MM`."""
        query = sight.narrowed(search_query.parse(q), who)
        found = reader.days(query, int(month[:4]), int(month[5:]))
        return Response(wire.dumps({"days": _counts("date", found)}), media_type=_JSON)

    @api.get("/events", responses=answer(models.EventsShape, "in order, or a live stream", LIVE))
    def list_events(
        who: Viewer,
        accept: Annotated[str, Header()] = _JSON,
        last_event_id: Annotated[int | None, Header(ge=0, le=_LARGEST)] = None,
        after_seq: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Events after `after_seq`; with `Accept: text/event-stream` they come as they happen."""
        if "text/event-stream" in accept:
            after = last_event_id if last_event_id is not None else after_seq
            return live.stream(after, who)
        events, last = sight.events(reader, who, after_seq or 0, limit)
        bodies = ",".join(event.body.decode() for event in events)
        body = f'{{"events":[{bodies}],"last_seq":{last}}}'
        return Response(body, media_type=_JSON)

    @api.get("/health", responses=answer(models.HealthShape, "always 200: read `status`"))
    def get_health(who: Viewer) -> Response:
        """What works, how much waits, what is wrong."""
        return Response(wire.dumps(sight.health(who, services.health())), media_type=_JSON)

    return api


def _counts(key: str, found: Iterable[tuple[str, int]]) -> list[dict[str, str | int]]:
    return [{key: name, "count": count} for name, count in found]


def _words(said: str | None) -> tuple[str, ...]:
    try:
        return by_hand.words(said or "")
    except ValueError as error:
        raise HTTPException(422, f"tags: {error}") from None


def _known(wanted: str | None, there: Collection[str]) -> tuple[str, ...] | None:
    """The names in a list with commas; None for no list. Raises HTTPException for a wrong one."""
    if wanted is None:
        return None
    names = tuple(name.strip() for name in wanted.split(",") if name.strip())
    wrong = [name for name in names if name not in there]
    if wrong or not names:
        told = f"no tagger is called {wrong[0][:40] if wrong else ''!r}"
        raise HTTPException(422, f"{told}; there are {', '.join(there)}")
    return names
