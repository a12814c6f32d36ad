"""All that a search finds, as one file: streamed, in bounded memory."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from device import search_query
from device.search_query import Query
from device.search_query.tree import And, OfPicture
from device.store import exporter
from device.store.reader import Reader
from device.web.describe import answer
from device.web.who import Administrator
from device.web.witness import ABOUT
from device.who import Who

_ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


def router(reader: Reader) -> APIRouter:
    """The one route over this reader."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.get("/export", responses=answer(None, "a zip", _ZIP))
    def get_export(
        request: Request,
        who: Administrator,
        q: str = "",
        images: Literal["none", "thumbnail", "full"] = "none",
        format: Literal["jsonl", "csv", "coco"] = "jsonl",
    ) -> Response:
        """What the query `q` finds, with images if wanted: a zip with a manifest."""
        wanted = exporter.Wanted(_seen(search_query.parse(q), who), q, images, format)
        request.scope[ABOUT] = f"{format}, images: {images}"
        export = exporter.Export(reader, wanted)
        headers = {
            "Content-Disposition": f'attachment; filename="{export.name}"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(exporter.zipped(export), 200, headers, "application/zip")

    return api


def _seen(query: Query, who: Who) -> Query:
    if who.sources is None:
        return query
    mine = OfPicture("source", "=", tuple(sorted(who.sources)))
    return Query(And((query.node, mine)))
