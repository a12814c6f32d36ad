"""Parts of a config tried out under /api/v1, before they are saved."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import clock, wire
from device.errors import ConfigError, SinkError, SourceError
from device.store.chores import Chores
from device.trials import Trials
from device.web import receive
from device.web.describe import answer, body
from device.web.who import Administrator

_JSON = "application/json"
_LONGEST = 64 * 1024  # bytes of a section


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SectionAsked(RootModel[dict[str, Any]]):
    """A section as it stands in the config."""


class SourceTrialShape(_Shape):
    """What a source gave."""

    url: str = Field(description="without login")
    format: str
    width: int
    height: int
    size: int = Field(description="bytes of the first picture; 0: it never was a file")
    first_s: float = Field(description="seconds until it came")
    frames: int
    fps: float | None
    stream: bool
    status: dict[str, str]
    picture: str = Field(description="a JPEG as data: URL; what is private is black")


class BrokerTrialShape(_Shape):
    """A message that came back."""

    broker: str
    protocol: str
    encrypted: bool
    ms: float


class RetentionPreviewShape(_Shape):
    """What would be deleted."""

    pictures: int
    by_age: int
    for_room: int
    bytes: int
    visits: int
    oldest_kept: str | None
    complete: bool = Field(description="false: it is at least as much")


def router(trials: Trials, chores: Chores) -> APIRouter:
    """The routes over these trials."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.post(
        "/sources/test",
        responses=answer(SourceTrialShape, "a picture came"),
        openapi_extra=body(SectionAsked, {"url": "v4l2:///dev/video0"}),
    )
    async def try_source(request: Request, _: Administrator) -> Response:
        """Open a source, as a section of the config has it, and show what it gives."""
        given = await _section(request)
        try:
            told, jpeg = await asyncio.to_thread(trials.source, given)
        except ConfigError as error:
            raise _wrong(error) from None
        except SourceError as error:
            raise HTTPException(502, str(error)) from None
        picture = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        return _json({"url": told.pop("url"), **told, "picture": picture})

    @api.post(
        "/mqtt/test",
        responses=answer(BrokerTrialShape, "a message came back"),
        openapi_extra=body(SectionAsked, {"url": "mqtt://localhost"}),
    )
    async def try_mqtt(request: Request, _: Administrator) -> Response:
        """Connect to a broker, as the section `mqtt` has it, and send one message to ourselves."""
        given = await _section(request)
        try:
            return _json(asdict(await asyncio.to_thread(trials.broker, given)))
        except ConfigError as error:
            raise _wrong(error) from None
        except SinkError as error:
            raise HTTPException(502, str(error)) from None

    @api.post(
        "/retention/preview",
        responses=answer(RetentionPreviewShape, "what would go"),
        openapi_extra=body(SectionAsked, {"days": 30, "keep": "reviewed"}),
    )
    async def preview_retention(request: Request, _: Administrator) -> Response:
        """What the section `store.retention` given would delete now. Nothing is deleted."""
        given = await _section(request)
        try:
            found = await asyncio.to_thread(trials.retention, given, chores.picture_bytes)
        except ConfigError as error:
            raise _wrong(error) from None
        oldest = clock.iso(found.oldest_ms / 1000) if found.oldest_ms is not None else None
        return _json(
            {
                "pictures": found.by_age + found.for_room,
                "by_age": found.by_age,
                "for_room": found.for_room,
                "bytes": found.bytes,
                "visits": found.visits,
                "oldest_kept": oldest,
                "complete": found.complete,
            }
        )

    return api


async def _section(request: Request) -> dict[str, Any]:
    """What was sent. Received here, and not by the framework, which does so before it is known
    who asks, and without an end."""
    sent = await receive.small(request, _LONGEST)
    try:
        return SectionAsked.model_validate_json(sent).root
    except ValidationError:
        raise HTTPException(422, "send a section of the config as a JSON object") from None


def _wrong(error: ConfigError) -> HTTPException:
    return HTTPException(422, "; ".join(error.problems))


def _json(body: Mapping[str, Any]) -> Response:
    return Response(wire.dumps(body), media_type=_JSON)
