"""ImageKit's changes: the details of a file, and tags of many.

What is taken away of the taggers' tags is a review in the name of the token: it stays away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device.assets import Extra
from device.config_compat import IMAGEKIT
from device.errors import PictureError
from device.web.compat.desk import Desk
from device.web.compat.imagekit import ask, changing, dealing, extensions, shapes
from device.web.compat.imagekit.extensions import Extension
from device.web.compat.imagekit.reading import base_of
from device.web.services import Services
from device.web.who import Reviewer
from device.web.witness import ABOUT
from device.who import Who


def router(services: Services, desk: Desk) -> APIRouter:
    """The routes over these services; who asks stands in the scope."""
    api = APIRouter(default_response_class=Response)
    config, reader, cabinet = services.compat.imagekit, services.reader, services.control.cabinet

    @api.patch("/v1/files/{file_id}/details/")
    @api.patch("/v1/files/{file_id}/details")
    async def patch_details(file_id: str, request: Request, who: Reviewer) -> Response:
        """Change a file; the answer is the file."""
        body = await dealing.body(request, who)
        try:
            sent = changing.read(body)
            uid = changing.require_id(file_id)
            edit = changing.details(sent)
            listed = sent.get("extensions")
            asked = extensions.asked(listed, config.extensions, desk.taggers) if listed else ()
            webhook = ask.webhook(sent.get("webhookUrl"), config)
        except ValueError as error:
            raise HTTPException(400, dealing.sentence(error)) from None
        if asked:
            answered, told = await _heard(uid, asked)
            edit = replace(edit, **told, calls=ask.calls(webhook, asked, answered))
        dealt = await dealing.dealt(services, partial(cabinet.edit, who.name, (uid,), edit))
        found = await asyncio.to_thread(reader.library.one, uid)
        if dealt.missing or found is None:
            return shapes.error(404, shapes.NO_FILE)
        if dealt.refused:
            raise HTTPException(400, dealing.sentence(dealt.refused[uid]))
        request.scope[ABOUT] = found.asset.picture
        whole = shapes.file(found, base_of(request, services.front.root))
        status = {one.name: edit.extensions[one.name]["status"] for one in asked}
        return dealing.answer({**whole, **({"extensionStatus": status} if asked else {})})

    async def _heard(uid: str, asked: Sequence[Extension]) -> tuple[bool, dict[str, Any]]:
        """Tag what is kept of the picture: whether that is possible, and what comes of it."""
        limits = extensions.limits(asked)
        extra, answered = Extra(), True
        if limits.taggers:
            data = await asyncio.to_thread(_kept, uid)
            try:
                if data is None:
                    raise PictureError("nothing is kept of the picture")
                looked = await desk.tag(data, IMAGEKIT, limits, store=False)
                extra = Extra(looked.tags, looked.implied)
            except PictureError:
                answered = False
        entries = {one.name: one.entry(one.taggers if answered else ()) for one in asked}
        return answered, {"extra": extra, "extensions": entries}

    def _kept(uid: str) -> bytes | None:
        """The original where it is kept, else the thumbnail."""
        listed = reader.library.one(uid)
        image = listed and reader.image(listed.asset.picture, thumbnail=False)
        try:
            return image[0].read_bytes() if image else None
        except OSError:  # forgotten meanwhile
            return None

    async def _many(
        request: Request, who: Who, what: Literal["add", "remove", "wrong"]
    ) -> Response:
        body = await dealing.body(request, who)
        try:
            many = changing.tagged(changing.read(body), what)
        except ValueError as error:
            raise HTTPException(400, dealing.sentence(error)) from None
        hand_in = partial(cabinet.edit, who.name, many.uids, many.edit)
        dealt = await dealing.dealt(services, hand_in)
        request.scope[ABOUT] = dealing.about(dealt)
        return dealing.told(dealt, many.uids, "successfullyUpdatedFileIds")

    @api.post("/v1/files/addTags/")
    @api.post("/v1/files/addTags")
    async def add_tags(request: Request, who: Reviewer) -> Response:
        """Give files tags of the client's own."""
        return await _many(request, who, "add")

    @api.post("/v1/files/removeTags/")
    @api.post("/v1/files/removeTags")
    async def remove_tags(request: Request, who: Reviewer) -> Response:
        """Take such tags away."""
        return await _many(request, who, "remove")

    @api.post("/v1/files/removeAITags/")
    @api.post("/v1/files/removeAITags")
    async def remove_ai_tags(request: Request, who: Reviewer) -> Response:
        """Say that tags of taggers are wrong."""
        return await _many(request, who, "wrong")

    return api
