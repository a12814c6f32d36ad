"""Visits under /api/v1: who came, who left, who is here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import wire
from device.store.reader import Reader
from device.web import models, sight
from device.web.describe import answer
from device.web.who import Viewer

_JSON = "application/json"


def router(reader: Reader) -> APIRouter:
    """The routes over this reader."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.get("/visits", responses=answer(models.VisitsShape, "newest first"))
    def list_visits(
        who: Viewer,
        source: Annotated[str | None, Query(max_length=64)] = None,
        tag: Annotated[str | None, Query(max_length=200)] = None,
        is_open: Annotated[bool | None, Query(alias="open")] = None,
        since: str | None = None,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Visits of a source or a tag, those that are open, those seen since a time."""
        found, following = reader.visits(
            source=source,
            sources=who.sources,
            tag=tag,
            open_=is_open,
            since=_seconds(since),
            before=int(before) if before else None,
            limit=limit,
        )
        cursor = wire.dumps(None if following is None else str(following))
        return Response(f'{{"visits":[{",".join(found)}],"next":{cursor}}}', media_type=_JSON)

    @api.get("/visits/{visit_id}", responses=answer(models.VisitShape, "one visit"))
    def get_visit(visit_id: str, who: Viewer) -> Response:
        """One visit."""
        found = reader.visit(visit_id)
        if found is None or not sight.is_theirs(who, found):
            raise HTTPException(404, f"there is no visit {visit_id[:40]}")
        return Response(found, media_type=_JSON)

    return api


def _seconds(moment: str | None) -> float | None:
    """UTC seconds of an ISO 8601 time. Raises HTTPException for anything else."""
    if moment is None:
        return None
    try:
        # Python 3.10 knows no Z.
        stamp = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        if stamp.tzinfo is None:
            raise ValueError(moment)
        return stamp.timestamp()
    except (ValueError, OverflowError):
        told = "`since` is a time in ISO 8601 with its zone, such as 2026-11-21T21:30:05Z"
        raise HTTPException(422, told) from None
