"""AWS Rekognition's `DetectLabels`, signed with keys of tagd's; other operations answer an error.

`POST` of JSON to `/`, or to any path that ends in one (an endpoint with a prefix), with the
operation in `X-Amz-Target`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from device.config_compat import REKOGNITION, Rekognition
from device.store.people_audit import Note
from device.types import Limits
from device.web import credentials, problem
from device.web.compat import callers
from device.web.compat.desk import Desk, Seen
from device.web.compat.rekognition import labels, wanted
from device.web.compat.rekognition.caller import Caller, Gate
from device.web.compat.rekognition.errors import Refused, answer, refusal, shape
from device.web.compat.rekognition.looks import Looks
from device.web.compat.rekognition.wanted import LARGEST, Wanted
from device.web.compat.vendor import Vendor
from device.web.services import Services

_TARGET = "x-amz-target"
_SERVICE = "RekognitionService"
_MOST = LARGEST * 4 // 3 + 64 * 1024  # bytes of a body: base64, and what is around it
_KINDS = ("application/x-amz-json-1.1", "application/json")


def vendor(services: Services, desk: Desk) -> Vendor:
    """The API over these services."""
    app = FastAPI(openapi_url=None)
    problem.add_handlers(app)
    settings = services.compat.rekognition
    gate = Gate(services.access, services.front.root, settings.clock_skew_s)
    counter = _Counter(services, desk, settings)

    @app.exception_handler(Refused)
    def _refused(_: Request, error: Refused) -> Response:
        return refusal(error.code, error.told)

    @app.post("/{_:path}")
    async def call(request: Request) -> Response:
        caller = await gate.named(request)
        async with desk.room.body(request, _MOST) as body:
            given = await asyncio.to_thread(_proven, gate, caller, request, body)
            del body
            return answer(await counter.serve(_operation(request), given, request, caller))

    return Vendor(REKOGNITION, _takes, app, shape)


class _Counter:
    """Serves those who are let in."""

    def __init__(self, services: Services, desk: Desk, settings: Rekognition) -> None:
        self._services = services
        self._desk = desk
        self._settings = settings
        self._limits = Limits(taggers=settings.taggers)
        models = services.lexicon.models
        chosen = settings.taggers or services.taggers
        self._model = "+".join(models.get(name, name) for name in chosen)

    async def serve(
        self, operation: str, given: dict[str, Any], request: Request, caller: Caller
    ) -> dict[str, Any]:
        who = caller.pair.who
        if operation == "DetectCustomLabels":
            told = "no labels of your own are taught here; DetectLabels answers"
            raise Refused("ResourceNotFoundException", told)
        if operation != "DetectLabels":
            told = f"{operation[:64]} is not answered by this device; DetectLabels is"
            raise Refused("AccessDeniedException", told)
        if not callers.may_send(who, "reviewer", REKOGNITION):
            address = credentials.address_of(request.scope)
            note = Note(who.name, address, "refused", operation, folds=True)
            self._services.access.audit.note(note)
            told = f"this needs the role reviewer and the source {REKOGNITION}; see tagd token list"
            raise Refused("AccessDeniedException", told)
        call = await asyncio.to_thread(wanted.labels, given)
        given.clear()  # the picture as text: not to be kept while it is tagged
        seen = await self._desk.tag(
            call.image, REKOGNITION, self._limits, store=self._settings.store
        )
        if not call.properties:
            return self._told(call, seen, None)
        looks = Looks(await self._desk.pixels(call.image, REKOGNITION))
        return await asyncio.to_thread(self._told, call, seen, looks)

    def _told(self, call: Wanted, seen: Seen, looks: Looks | None) -> dict[str, Any]:
        words = self._services.lexicon.book.now.vocabulary
        # `OrientationCorrection` is always null: boxes are those of the upright picture.
        told: dict[str, Any] = {"OrientationCorrection": None, "LabelModelVersion": self._model}
        if call.general:
            of = looks.of if looks else lambda _: ()
            told["Labels"] = labels.listed(seen, words, call, of)
        if looks is not None:
            boxes = [tag.box for tag in seen.tags if tag.box]
            told["ImageProperties"] = looks.whole(call.colours, boxes)
        return told


def _takes(scope: Scope) -> bool:
    if scope["method"] != "POST" or not credentials.path_of(scope).endswith("/"):
        return False
    headers = Headers(scope=scope)
    return _TARGET in headers or headers.get("content-type", "").lower().startswith(_KINDS[0])


def _proven(gate: Gate, caller: Caller, request: Request, body: bytes) -> dict[str, Any]:
    """The body of whoever is let in. In a worker thread."""
    gate.prove(caller, request, body)
    if not request.headers.get("content-type", "").lower().startswith(_KINDS):
        raise Refused("SerializationException", f"send it with Content-Type: {_KINDS[0]}")
    return wanted.read(body)


def _operation(request: Request) -> str:
    service, _, operation = request.headers.get(_TARGET, "").partition(".")
    if service != _SERVICE or not operation.isidentifier():
        raise Refused("UnknownOperationException", f"X-Amz-Target must be {_SERVICE}.DetectLabels")
    return operation
