"""Pictures of an export, brought under /api/v1, some at a time."""

from __future__ import annotations

import asyncio
import base64
import binascii
from concurrent.futures import Future
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import import_form, wire
from device.errors import PictureError
from device.results import Imported
from device.types import Outcome
from device.web import receive
from device.web.describe import answer, body
from device.web.services import Services
from device.web.who import Administrator

MOST = 50
"""Pictures in one request."""

_JSON = "application/json"
_PATIENCE = 60.0  # seconds until they are durable


class BroughtShape(BaseModel):
    """One picture of an export."""

    model_config = ConfigDict(extra="forbid")

    line: dict[str, Any] = Field(description="as the API answers a picture, and exports have it")
    image: str | None = Field(default=None, description="base64")


class ImportOrder(BaseModel):
    """What is brought."""

    model_config = ConfigDict(extra="forbid")

    pictures: Annotated[list[BroughtShape], Field(min_length=1, max_length=MOST)]
    source: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")] | None = Field(
        default=None, description="of all of them; null: each keeps its own"
    )
    even_erased: bool = Field(default=False, description="also what was erased here")


class RefusedShape(BaseModel):
    """One that was not let in."""

    id: str | None
    detail: str


class ImportedShape(BaseModel):
    """What became of them."""

    imported: int
    known: int = Field(description="here already, by id or content")
    refused: list[RefusedShape]


_EXAMPLE = {
    "pictures": [{"line": {"id": "01KAVN7TZZ0000000000000000", "tags": []}, "image": None}],
    "source": "old_device",
}


def router(services: Services) -> APIRouter:
    """The one route over these services."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.post(
        "/import",
        responses=answer(ImportedShape, "what became of each"),
        openapi_extra=body(ImportOrder, _EXAMPLE),
    )
    async def post_import(request: Request, _: Administrator) -> Response:
        """Take in pictures of an export with their tags and states; again does no harm."""
        sent = await receive.body(request, 2 * services.max_upload)
        try:
            order = ImportOrder.model_validate_json(sent)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise HTTPException(422, f"{where}: {first['msg']}") from None
        return await asyncio.to_thread(_take_in, services, order)

    return api


def _take_in(services: Services, order: ImportOrder) -> Response:
    refused: list[dict[str, Any]] = []
    waiting: list[tuple[str, Future[Outcome]]] = []
    for brought in order.pictures:
        try:
            change = _change(services, order, brought)
        except PictureError as error:
            uid = brought.line.get("id")
            refused.append({"id": uid if isinstance(uid, str) else None, "detail": str(error)})
            continue
        waiting.append((change.picture.frame_id, services.control.bring(change)))
    imported = known = 0
    for uid, future in waiting:
        outcome = future.result(_PATIENCE)
        if outcome.error is not None:
            refused.append({"id": uid, "detail": outcome.error})
        elif outcome.duplicate:
            known += 1
        else:
            imported += 1
    told = {"imported": imported, "known": known, "refused": refused}
    return Response(wire.dumps(told), media_type=_JSON)


def _change(services: Services, order: ImportOrder, brought: BroughtShape) -> Imported:
    try:
        image = None if brought.image is None else base64.b64decode(brought.image, validate=True)
    except (binascii.Error, ValueError):
        raise PictureError("image: no base64") from None
    return import_form.imported(
        import_form.read(wire.dumps(brought.line)),
        image,
        source=order.source,
        even_erased=order.even_erased,
        side=services.thumbnail_side,
        originals=services.originals,
    )
