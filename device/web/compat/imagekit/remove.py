"""ImageKit's deleting: a file, or many; a picture is erased for ever with its last one.

A token may delete what it sent itself; what others sent is for administrators, as erasing is
everywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device.assets import Dealt
from device.web.compat.imagekit import changing, dealing, shapes
from device.web.services import Services
from device.web.who import Reviewer
from device.web.witness import ABOUT
from device.who import Who


def router(services: Services) -> APIRouter:
    """The routes over these services; who asks stands in the scope."""
    api = APIRouter(default_response_class=Response)
    cabinet = services.control.cabinet

    @api.delete("/v1/files/{file_id}/")
    @api.delete("/v1/files/{file_id}")
    async def delete_file(file_id: str, request: Request, who: Reviewer) -> Response:
        """Delete one; a body is not read, clients announce one and send none."""
        dealing.require_sight(who)
        try:
            uid = changing.require_id(file_id)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        dealt = await gone(who, (uid,), request)
        return shapes.error(404, shapes.NO_FILE) if dealt.missing else Response(status_code=204)

    @api.post("/v1/files/batch/deleteByFileIds/")
    @api.post("/v1/files/batch/deleteByFileIds")
    async def delete_files(request: Request, who: Reviewer) -> Response:
        """Delete several, or none where one of them is missing."""
        sent = await dealing.body(request, who)
        try:
            uids = changing.deleted(sent, request.headers.get("content-type", ""))
        except ValueError as error:
            raise HTTPException(400, dealing.sentence(error)) from None
        dealt = await gone(who, uids, request)
        return dealing.told(dealt, uids, "successfullyDeletedFileIds")

    async def gone(who: Who, uids: Sequence[str], request: Request) -> Dealt:
        administrator = who.may("administrator")
        hand_in = partial(cabinet.unfile, who.name, uids, administrator=administrator)
        dealt = await dealing.dealt(services, hand_in)
        if dealt.refused:
            told = "only an administrator deletes what somebody else sent"
            raise HTTPException(403, f"{next(iter(dealt.refused.values()))}; {told}")
        request.scope[ABOUT] = dealing.about(dealt)
        return dealt

    return api
