"""What becomes of a call: proven and understood, then tagged, then told."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from device.config_compat import REKOGNITION
from device.store.people_audit import Note
from device.types import Limits
from device.web import credentials
from device.web.compat import callers
from device.web.compat.desk import Desk, Seen
from device.web.compat.rekognition import labels, wanted
from device.web.compat.rekognition.caller import Caller, Gate
from device.web.compat.rekognition.errors import KIND, Refused
from device.web.compat.rekognition.looks import Looks
from device.web.compat.rekognition.wanted import Wanted
from device.web.services import Services

TARGET = "x-amz-target"
"""The header that names the operation."""

_SERVICE = "RekognitionService"
_KINDS = (KIND, "application/json")
_READING = 2  # bodies that are read at once: each is in memory three times then


class Counter:
    """Where calls are served. In the web's event loop."""

    def __init__(self, services: Services, desk: Desk) -> None:
        self._services = services
        self._desk = desk
        self._settings = settings = services.compat.rekognition
        self._gate = Gate(services.access, services.front.root, settings.clock_skew_s)
        self._limits = Limits(taggers=settings.taggers)
        self._reading = asyncio.Semaphore(_READING)
        models = services.lexicon.models
        chosen = settings.taggers or services.taggers
        self._model = "+".join(models.get(name, name) for name in chosen)

    async def named(self, request: Request) -> Caller:
        """Who they say they are, before anything large is received. Raises `Refused`."""
        return await self._gate.named(request)

    async def understood(self, request: Request, caller: Caller, body: bytes) -> Wanted:
        """What whoever is let in asks for. Raises `Refused`."""
        async with self._reading:
            return await asyncio.to_thread(self._understood, request, caller, body)

    async def serve(self, call: Wanted) -> dict[str, Any]:
        """The answer. Raises as `Desk.tag` does."""
        store = self._settings.store
        seen = await self._desk.tag(call.image, REKOGNITION, self._limits, store=store)
        if not call.properties:
            return self._told(call, seen, None)
        looks = Looks(await self._desk.pixels(call.image, REKOGNITION))
        return await asyncio.to_thread(self._told, call, seen, looks)

    def _understood(self, request: Request, caller: Caller, body: bytes) -> Wanted:
        self._gate.prove(caller, request, body)
        if not request.headers.get("content-type", "").lower().startswith(_KINDS):
            raise Refused("SerializationException", f"send it with Content-Type: {KIND}")
        self._require_ours(request, caller)
        return wanted.labels(wanted.read(body))

    def _require_ours(self, request: Request, caller: Caller) -> None:
        """Raises `Refused` for another operation, and for who may not have pictures tagged."""
        service, _, operation = request.headers.get(TARGET, "").partition(".")
        if service != _SERVICE or not operation.isidentifier():
            told = f"{TARGET} must be {_SERVICE}.DetectLabels"
            raise Refused("UnknownOperationException", told)
        if operation == "DetectCustomLabels":
            told = "no labels of your own are taught here; DetectLabels answers"
            raise Refused("ResourceNotFoundException", told)
        if operation != "DetectLabels":
            told = f"{operation[:64]} is not answered by this device; DetectLabels is"
            raise Refused("AccessDeniedException", told)
        who = caller.pair.who
        if not callers.may_send(who, "reviewer", REKOGNITION):
            address = credentials.address_of(request.scope)
            note = Note(who.name, address, "refused", operation, folds=True)
            self._services.access.audit.note(note)
            told = f"this needs the role reviewer and the source {REKOGNITION}; see tagd token list"
            raise Refused("AccessDeniedException", told)

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
