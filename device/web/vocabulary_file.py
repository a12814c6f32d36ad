"""The owner's vocabulary file itself under /api/v1: read, and put back whole."""

from __future__ import annotations

import asyncio
import logging

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device.web import receive
from device.web import vocabulary_models as models
from device.web.describe import answer, content
from device.web.services import Services
from device.web.vocabulary import Match, answered
from device.web.who import Administrator
from device.web.witness import ABOUT
from device.wordbook import LARGEST, etag

log = logging.getLogger(__name__)
_YAML = "application/yaml"


def router(services: Services) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1/vocabulary-file", default_response_class=Response)
    book = services.lexicon.book
    text = {_YAML: {"schema": {"type": ["object", "null"]}, "example": {"drop": ["footwear"]}}}

    @api.get("", responses=answer(None, "the text; empty where there is no file", text))
    def get_file(_: Administrator) -> Response:
        """The owner's vocabulary file as it is, with its etag."""
        found = book.text()
        return Response(found, headers={"ETag": f'"{etag(found)}"'}, media_type=_YAML)

    @api.put("", responses=answer(models.ChangedShape, "in force"), openapi_extra=content(text))
    async def put_file(
        who: Administrator, request: Request, if_match: Match = None, dry_run: bool = False
    ) -> Response:
        """Put another text in the place of the file that you saw."""
        if not if_match:
            raise HTTPException(428, "send the etag of the file that you saw as If-Match")
        sent = await receive.text(request, LARGEST)
        request.scope[ABOUT] = "" if dry_run else "the file"
        match = None if if_match == "*" else if_match.strip('W/"')
        edited = await asyncio.to_thread(book.replace, sent, match, dry=dry_run)
        if not dry_run:
            log.info("vocabulary: %s replaced the file", who.name)
        return answered(edited, dry_run)

    return api
