"""ImageKit's media library: upload, list, search, details, changes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Scope

from device.config_compat import IMAGEKIT
from device.errors import StoreError
from device.web import credentials, problem
from device.web.compat import callers
from device.web.compat.desk import Desk
from device.web.compat.imagekit import errors, reading, remove, shapes, update, upload
from device.web.compat.vendor import Vendor
from device.web.services import Services

# All that is ImageKit's: what is not answered is told so in its shape.
_PATHS = re.compile(
    r"/v1/(files|metadata|folder|bulkJobs|customMetadataFields|saved-extensions"
    r"|named-transformations|accounts|dummy)(/.*)?|/api/v[0-9]/files(/.*)?",
    re.DOTALL,
)


def vendor(services: Services, desk: Desk) -> Vendor:
    """The API over these services."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    problem.add_handlers(app)

    @app.middleware("http")
    async def known(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        token = credentials.token_of(request.headers)
        if token is None:
            return shapes.error(401, "Your request does not contain private API key.")
        try:
            who = await callers.identified(request, services.access, token)
        except StoreError as error:
            return errors.shaped(503, str(error), {})
        if who is None:
            return shapes.error(403, "Your account cannot be authenticated.")
        return await go_on(request)

    app.include_router(upload.router(services, desk))
    app.include_router(update.router(services, desk))
    app.include_router(remove.router(services))
    app.include_router(reading.router(services))
    return Vendor(IMAGEKIT, _takes, app, errors.shaped)


def _takes(scope: Scope) -> bool:
    return _PATHS.fullmatch(credentials.path_of(scope)) is not None
