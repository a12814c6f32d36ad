"""The sources under /api/v1: how each is, its newest picture, and what can be commanded.

Switching waits for a camera to close and for the disk, so it is done in a worker thread.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Header, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import wire
from device.errors import PictureError, StoreFull
from device.web import answers, models, receive, sight
from device.web.describe import JPEG, answer, body
from device.web.services import Services
from device.web.source_models import SourceChange, SourceShape, SourcesShape
from device.web.who import Administrator, Reviewer, Viewer

_JSON = "application/json"


def router(services: Services) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1/sources", default_response_class=Response)
    control = services.control

    @api.get("", responses=answer(SourcesShape, "in the order of the config"))
    def list_sources(who: Viewer) -> Response:
        """The sources and how each is."""
        return Response(
            wire.dumps({"sources": sight.sources(who, services.sources())}), media_type=_JSON
        )

    @api.patch(
        "/{name}",
        responses=answer(SourceShape, "it is switched"),
        openapi_extra=body(SourceChange, {"enabled": False}),
    )
    async def patch_source(name: str, request: Request, _: Administrator) -> Response:
        """Switch a source on or off; it stays so until the config says something else."""
        change = _change(await receive.small(request))
        await asyncio.to_thread(control.enable, name, change.enabled)
        [now] = [one for one in services.sources() if one["name"] == name]
        return Response(wire.dumps(now), media_type=_JSON)

    @api.post(
        "/{name}/capture",
        responses={
            201: {"model": models.PictureShape, "description": "tagged and stored"},
            **answer(models.PictureShape, "the same content was tagged before"),
        },
    )
    async def capture(name: str, who: Reviewer) -> Response:
        """Take a picture now, and tag it. Answers when picture and tags are durable."""
        sight.require_source(who, name)
        if (trouble := services.storage_problem()) is not None:
            raise StoreFull(trouble)
        return await answers.tagged(control.capture(name), services.storage_problem)

    @api.get("/{name}/picture", responses=answer(None, "the newest picture", JPEG))
    def get_source_picture(name: str, who: Viewer, if_none_match: str = Header("")) -> Response:
        """What the camera sees now, after the privacy step; 304 for one that you have."""
        sight.require_source(who, name)
        try:
            shown = control.picture(name)
        except PictureError as error:
            raise HTTPException(404, f"the newest picture cannot be shown: {error}") from None
        if shown is None:
            raise HTTPException(404, f"there is no picture of {name} now")
        tag = f'"{shown.frame_id}"'
        if tag in if_none_match:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(shown.jpeg, headers={"ETag": tag}, media_type="image/jpeg")

    return api


def _change(data: bytes) -> SourceChange:
    try:
        return SourceChange.model_validate_json(data)
    except ValidationError:
        raise HTTPException(422, 'send {"enabled": true} or {"enabled": false}') from None
