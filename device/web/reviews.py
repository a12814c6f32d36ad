"""Reviewing under /api/v1: what waits, what is said of it, and taking it back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import search_query, wire, wire_review
from device.errors import NotThere, ReviewStale, StoreError
from device.review import Done
from device.search_query.tree import And
from device.store.queue import CURSOR, Order
from device.store.review_reader import of_sources
from device.types import Outcome
from device.web import answers, receive
from device.web import review_models as shapes
from device.web.describe import answer, body
from device.web.problem import problem, said
from device.web.services import Services
from device.web.who import Reviewer, Viewer
from device.web.witness import ABOUT
from device.who import Who

_JSON = "application/json"
_LARGEST = 64 * 1024  # bytes of a body: 500 ids are 15 kB
_LATE = "the review is not saved yet; send it again with the same Idempotency-Key"

Key = Annotated[str | None, Header(min_length=1, max_length=64)]
Asked = TypeVar("Asked", bound=BaseModel)


def router(services: Services) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)
    reader, reviews = services.reader, services.control.reviews

    @api.post(
        "/pictures/{picture_id}/review",
        responses=answer(shapes.ReviewedShape, "saved, now or before under the same key"),
        openapi_extra=body(shapes.ReviewAsked, {"verdicts": [{"verdict": "accept", "tag": "cat"}]}),
    )
    async def post_review(
        picture_id: str, request: Request, who: Reviewer, idempotency_key: Key = None
    ) -> Response:
        """Say what is right and wrong of one picture. 409 if it was reviewed meanwhile."""
        asked = _read(shapes.ReviewAsked, await receive.small(request, _LARGEST))
        await asyncio.to_thread(_require_picture, who, picture_id)
        say = [one.judgement() for one in asked.verdicts]
        start = partial(reviews.review, who.name, [picture_id], say, asked.version, idempotency_key)
        [done] = await settled(start)
        return await asyncio.to_thread(_told, done, picture_id)

    @api.post(
        "/reviews",
        responses=answer(shapes.BulkShape, "what became of each picture"),
        openapi_extra=body(
            shapes.ReviewsAsked,
            {"pictures": ["019"], "verdicts": [{"verdict": "reject", "tag": "cat"}]},
        ),
    )
    async def post_reviews(
        request: Request, who: Reviewer, idempotency_key: Key = None
    ) -> Response:
        """Say the same of up to 500 pictures; those for which it makes no sense are named."""
        asked = _read(shapes.ReviewsAsked, await receive.small(request, _LARGEST))
        wanted = list(dict.fromkeys(asked.pictures))
        seen = await asyncio.to_thread(lambda: [one for one in wanted if _sees(who, one)])
        request.scope[ABOUT] = f"{len(seen)} pictures"
        say = [one.judgement() for one in asked.verdicts]
        done = await settled(partial(reviews.review, who.name, seen, say, None, idempotency_key))
        told = {one.picture: one for one in done}
        hidden = {one: NotThere(f"there is no picture {one}") for one in wanted if one not in told}
        refused = {one: told[one].refused for one in told if told[one].refused} | hidden
        whole = {
            "reviews": [{"id": one.review, "picture": one.picture} for one in done if one.review],
            "failed": [{"picture": one, "detail": str(refused[one])} for one in refused],
        }
        return Response(wire.dumps(whole), media_type=_JSON)

    @api.delete("/reviews/{review_id}", responses=answer(shapes.UndoneShape, "it is taken back"))
    async def delete_review(review_id: str, who: Reviewer) -> Response:
        """Take back the newest review of a picture. 409 for an older one, or one undone already."""
        place = await asyncio.to_thread(reader.place_of_review, review_id)
        if place is None or not who.sees(place[1]):
            raise NotThere(f"there is no review {review_id[:40]}")
        [done] = await settled(partial(reviews.undo, who.name, review_id))
        return await asyncio.to_thread(_told, done, place[0], undone=True)

    @api.get(
        "/pictures/{picture_id}/reviews", responses=answer(shapes.ReviewsShape, "newest first")
    )
    def list_reviews(picture_id: str, who: Viewer) -> Response:
        """Who said what of a picture, and what was taken back."""
        _require_picture(who, picture_id)
        return Response(reader.reviews(picture_id) or "", media_type=_JSON)

    @api.get("/review/queue", responses=answer(shapes.QueueShape, "what to review next"))
    def get_queue(
        who: Viewer,
        q: str = "",
        order: Order = "uncertain",
        after: Annotated[str | None, Query(pattern=f"^{CURSOR.pattern}$")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Response:
        """Pictures that match `q` and that nobody has reviewed, a page at a time."""
        query = search_query.parse(q)
        if who.sources is not None:
            query = search_query.Query(And((query.node, of_sources(who.sources))))
        found, cursor = reader.queue(query, order, after, limit, reviews.floor())
        text = f'{{"pictures":[{",".join(found)}],"next":{wire.dumps(cursor)}}}'
        return Response(text, media_type=_JSON)

    @api.get("/review/progress", responses=answer(shapes.ProgressShape, "how far people are"))
    def get_progress(who: Viewer, q: str = "") -> Response:
        """How many of the pictures that match `q` wait and are reviewed, and who reviewed."""
        found = reader.progress(search_query.parse(q), who.sources)
        people = [
            {"name": name, "reviewed": reviewed, "today": today}
            for name, reviewed, today in found.people
        ]
        whole = {"waiting": found.waiting, "reviewed": found.reviewed, "people": people}
        return Response(wire.dumps(whole), media_type=_JSON)

    async def settled(start: Callable[[], Future[Outcome]]) -> tuple[Done, ...]:
        future = await asyncio.to_thread(start)
        outcome = await answers.settled(future, services.storage_problem, _LATE)
        if outcome.error is not None:
            raise StoreError(outcome.error)
        done: tuple[Done, ...] = outcome.answer
        return done

    def _sees(who: Who, picture_id: str) -> bool:
        return who.sources is None or who.sees(reader.source_of(picture_id) or "")

    def _require_picture(who: Who, picture_id: str) -> None:
        source = reader.source_of(picture_id)
        if source is None or not who.sees(source):
            raise NotThere(f"there is no picture {picture_id[:40]}")

    def _told(done: Done, picture_id: str, undone: bool = False) -> Response:
        picture = reader.picture(picture_id)
        if isinstance(done.refused, ReviewStale) and picture is not None:
            return problem(409, str(done.refused), picture=json.loads(picture))
        if done.refused is not None:
            raise done.refused
        head = "" if undone else f'"review":{wire.dumps(wire_review.review_object(done))},'
        return Response(f'{{{head}"picture":{picture or "null"}}}', media_type=_JSON)

    return api


def _read(shape: type[Asked], data: bytes) -> Asked:
    try:
        return shape.model_validate_json(data)
    except ValidationError as error:
        raise HTTPException(422, said(error.errors())) from None
