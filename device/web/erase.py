"""Erasing for ever, under /api/v1: a picture, a visit, all that a search finds."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import search_query, wire
from device.results import Erasable
from device.store import erasures
from device.store.acts import Act
from device.web import receive
from device.web.describe import answer, body
from device.web.services import Services
from device.web.who import Administrator
from device.web.witness import ABOUT
from device.who import Who

_JSON = "application/json"
_PATIENCE = 5.0  # seconds that an answer waits for a small act
_LOOK = 0.05  # seconds
_pause = threading.Event()  # never set
_ALL = 'to erase everything write createdAt>="1970-01-01"'


class EraseOrder(BaseModel):
    """What is to be erased."""

    model_config = ConfigDict(extra="forbid", strict=True)

    q: str = Field(description="a query; an empty one is refused")
    dry_run: bool = Field(default=False, description="only say how much it would be")


class ErasedShape(BaseModel):
    """How much is, or would be, erased."""

    id: str | None = Field(description="of the act; null for a dry run")
    pictures: int
    visits: int
    bytes: int = Field(description="of files; of a dry run about so many")
    erased: bool = Field(description="false: nothing was, or it goes on")


class ActShape(BaseModel):
    """One act: who, when, how much; what it was is not kept."""

    id: str
    by: str
    at: str
    step: str = Field(description="pictures, visits, events, files, words, index, pages, log, done")
    pictures: int
    visits: int
    bytes: int
    erased: bool = Field(description="nothing finds it any more; until done its traces are wiped")
    done_at: str | None


class CopyShape(BaseModel):
    """A copy of the database that holds what was erased since."""

    name: str = Field(description="in the data folder")
    at: str
    bytes: int


class ErasingShape(BaseModel):
    """The newest acts, and what they cannot reach."""

    acts: list[ActShape]
    copies: list[CopyShape]


def router(services: Services) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)
    reader, control = services.reader, services.control
    goes_on: dict[int | str, dict[str, Any]] = {
        202: {"model": ErasedShape, "description": "it goes on: see `GET /api/v1/erase`"}
    }
    gone = {**answer(ErasedShape, "it is gone"), **goes_on}

    def act(kind: Erasable, wanted: str, who: Who) -> Response:
        uid = control.erase(kind, wanted, who.name)
        end = time.monotonic() + _PATIENCE
        while not (found := _told(erasures.one(reader, uid)))["erased"]:
            if time.monotonic() > end:
                return Response(wire.dumps(found), 202, media_type=_JSON)
            _pause.wait(_LOOK)
        return Response(wire.dumps(found), media_type=_JSON)

    @api.delete("/pictures/{picture_id}", responses=gone)
    def delete_picture(picture_id: str, who: Administrator) -> Response:
        """Erase one picture for ever: row, files, events, everything that names it."""
        found = reader.picture(picture_id)
        if found is None or not who.sees(json.loads(found)["source"]):
            raise HTTPException(404, f"there is no picture {picture_id[:40]}")
        return act("picture", picture_id, who)

    @api.delete("/visits/{visit_id}", responses=gone)
    def delete_visit(visit_id: str, who: Administrator) -> Response:
        """Erase one visit for ever, with the pictures that only it has."""
        found = reader.visit(visit_id)
        if found is None or not who.sees(json.loads(found)["source"]):
            raise HTTPException(404, f"there is no visit {visit_id[:40]}")
        return act("visit", visit_id, who)

    @api.post(
        "/erase",
        responses={**answer(ErasedShape, "it is gone, or would be"), **goes_on},
        openapi_extra=body(EraseOrder, {"q": "person source:hall", "dry_run": True}),
    )
    async def erase(request: Request, who: Administrator) -> Response:
        """Erase for ever all that a query finds now, or say how much that is."""
        order = _order(await receive.small(request))
        wanted = _seen(order.q, who)
        # Not the query: what was erased is not kept.
        request.scope[ABOUT] = "" if order.dry_run else "all that a search found"
        if not order.dry_run:
            return await asyncio.to_thread(act, "query", wanted, who)
        query = search_query.parse(wanted)
        size = await asyncio.to_thread(erasures.preview, reader, query)
        return Response(
            wire.dumps({"id": None, **size.as_json(), "erased": False}), media_type=_JSON
        )

    @api.get("/erase", responses=answer(ErasingShape, "newest first"))
    def get_erase(_: Administrator) -> Response:
        """The newest acts and how far they are, and copies of the database from before."""
        found = erasures.newest(reader)
        stale = erasures.stale_copies(reader.data_dir, found)
        told = {"acts": [one.as_json() for one in found], "copies": stale}
        return Response(wire.dumps(told), media_type=_JSON)

    @api.delete("/erase/copies", responses=answer(ErasingShape, "they are gone"))
    def delete_copies(who: Administrator) -> Response:
        """Remove the copies of the database that hold what was erased; a new one is made first."""
        erasures.remove_copies(reader)
        return get_erase(who)

    return api


def _told(act: Act | None) -> dict[str, Any]:
    if act is None:
        raise HTTPException(404, "there is no such act")
    whole = act.as_json()
    return {key: whole[key] for key in ErasedShape.model_fields}


def _order(sent: bytes) -> EraseOrder:
    try:
        order = EraseOrder.model_validate_json(sent)
    except ValidationError:
        raise HTTPException(422, 'send {"q": "a query", "dry_run": true or false}') from None
    if not order.q.strip():
        raise HTTPException(422, f"say what is to be erased; {_ALL}")
    return order


def _seen(q: str, who: Who) -> str:
    """The query, kept to the sources that they may see. Raises `QueryError`."""
    search_query.parse(q)
    if who.sources is None:
        return q
    return f"({q}) AND source IN {json.dumps(sorted(who.sources) or [''])}"
