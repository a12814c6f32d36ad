"""Answers for pictures, one `AnnotateImageResponse` each, in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from device import colours
from device.config_compat import VISION
from device.errors import PictureError
from device.types import Limits, Tag
from device.web.compat.desk import Desk
from device.web.compat.vision import errors, said
from device.web.compat.vision.wanted import AnnotateImage, Batch, FeatureType

_TAGS = {FeatureType.LABEL_DETECTION, FeatureType.OBJECT_LOCALIZATION}
_ANSWERED = _TAGS | {FeatureType.IMAGE_PROPERTIES}
_COLOURS = 10  # of a picture, however many are asked for: as the vendor

_FETCHES_NOTHING = "tagd fetches no pictures from an address: send the picture in image.content."
_INCOMPLETE = "Request must specify image and features."


class Annotator:
    """Has pictures tagged and looked at."""

    def __init__(self, desk: Desk, limits: Limits, most: int, *, store: bool) -> None:
        """`most` bytes of a picture."""
        self._desk = desk
        self._limits = limits
        self._most = most
        self._store = store

    async def answers(self, batch: Batch) -> list[dict[str, Any]]:
        """As many as there are requests. Raises as `Desk.tag` does where a repetition helps."""
        answers = await asyncio.gather(*map(self._answer, batch.requests), return_exceptions=True)
        for answer in answers:  # none is left behind at work
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if isinstance(answer, dict)]

    async def _answer(self, wanted: AnnotateImage) -> dict[str, Any]:
        data = wanted.image.content
        if not data and wanted.image.source is not None:
            return _failed(errors.PERMISSION_DENIED, _FETCHES_NOTHING)
        if not data or not wanted.features:
            return _failed(errors.INVALID_ARGUMENT, _INCOMPLETE)
        if len(data) > self._most:
            told = f"the picture is too large; tagd takes {self._most // 1024**2} MB"
            return _failed(errors.INVALID_ARGUMENT, f"Bad image data: {told}.")
        unanswered = sorted(wanted.types.keys() - _ANSWERED)
        if wanted.types.keys().isdisjoint(_ANSWERED):
            return _unanswered(unanswered)
        try:
            answer = await self._said(data, wanted)
        except PictureError as error:
            return _failed(errors.INVALID_ARGUMENT, f"Bad image data: {error}.")
        return {**answer, **(_unanswered(unanswered) if unanswered else {})}

    async def _said(self, data: bytes, wanted: AnnotateImage) -> dict[str, Any]:
        types, tags = wanted.types, tuple[Tag, ...]()
        if self._store or types.keys() & _TAGS:
            tags = (await self._desk.tag(data, VISION, self._limits, store=self._store)).tags
        answer: dict[str, Any] = {}
        if most := types[FeatureType.LABEL_DETECTION]:
            answer["labelAnnotations"] = said.labels(tags, most)
        if most := types[FeatureType.OBJECT_LOCALIZATION]:
            answer["localizedObjectAnnotations"] = said.objects(tags, most)
        if types[FeatureType.IMAGE_PROPERTIES]:
            pixels = await self._desk.pixels(data, VISION)
            found = await asyncio.to_thread(colours.dominant, pixels, _COLOURS)
            answer["imagePropertiesAnnotation"] = said.properties(found)
        return answer


def _failed(code: int, told: str) -> dict[str, Any]:
    return {"error": errors.of_picture(code, told)}


def _unanswered(types: Sequence[FeatureType]) -> dict[str, Any]:
    names = ", ".join(kind.name for kind in types)
    there = ", ".join(kind.name for kind in sorted(_ANSWERED))
    return _failed(errors.UNIMPLEMENTED, f"{names}: not answered here; there are {there}.")
