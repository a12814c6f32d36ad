"""Google Cloud Vision's `images:annotate` over REST: labels, objects, image properties."""

from __future__ import annotations

import asyncio
import re

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from device.config_compat import VISION
from device.types import Limits
from device.web import credentials, problem
from device.web.compat import callers
from device.web.compat.desk import Desk
from device.web.compat.vendor import Vendor
from device.web.compat.vision import errors, wanted
from device.web.compat.vision.annotate import Annotator
from device.web.services import Services
from device.who import Who

# All that its clients may ask for: what is not answered is refused in its way. `/v1/files` and
# `/v1/files/...` are another vendor's.
_TAKEN = re.compile(
    r"/v1(?:p[0-9]+beta[0-9]+)?/(?:.+/)?(?:(?:images|files):[^/]*|operations(?:/.*)?)"
    r"|/v1(?:p[0-9]+beta[0-9]+)?/(?:projects|locations)/.*",
    re.DOTALL,  # else a path of 55 kB with a line break at its end takes 4 s to be refused
)
_PATHS = (
    "/v1/images:annotate",
    "/v1/projects/{project}/images:annotate",
    "/v1/projects/{project}/locations/{location}/images:annotate",
)


def vendor(services: Services, desk: Desk) -> Vendor:
    """The API over these services."""
    config = services.compat.vision
    annotator = Annotator(
        desk, Limits(taggers=config.taggers), services.max_upload, store=config.store
    )
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    problem.add_handlers(app)

    async def annotate(request: Request) -> Response:
        await _identified(request, services)
        async with desk.room.body(request, wanted.MOST_BYTES) as data:
            batch = await asyncio.to_thread(wanted.batch, data)
            del data
            answers = await annotator.answers(batch)
        return JSONResponse({"responses": answers})

    for path in _PATHS:
        app.add_api_route(path, annotate, methods=["POST"])
    return Vendor(VISION, _takes, app, errors.shaped)


async def _identified(request: Request, services: Services) -> Who:
    """Raises HTTPException, never with 401: it sends clients that have a key for a fresh one."""
    given = (
        request.headers.get("x-goog-api-key")
        or request.query_params.get("key")
        or credentials.token_of(request.headers)
    )
    if not given:
        raise HTTPException(403, errors.NO_KEY)
    who = await callers.identified(request, services.access, given)
    if who is None:
        raise HTTPException(400, errors.WRONG_KEY)
    if not callers.may_send(who, "reviewer", VISION):
        told = f"The token {who.name} may not send pictures here: it needs the role reviewer"
        raise HTTPException(403, f"{told}, and the source {VISION}.")
    return who


def _takes(scope: Scope) -> bool:
    return _TAKEN.fullmatch(credentials.path_of(scope)) is not None
