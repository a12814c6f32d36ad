"""Google Cloud Vision's `images:annotate`: labels, objects, image properties."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from device.config_compat import VISION
from device.web import credentials, problem
from device.web.compat import callers
from device.web.compat.desk import Desk
from device.web.compat.vendor import Vendor
from device.web.services import Services

_PATH = "/v1/images:annotate"


def vendor(services: Services, desk: Desk) -> Vendor:
    """The API over these services."""
    app = FastAPI(openapi_url=None)
    problem.add_handlers(app)

    @app.post(_PATH)
    async def annotate(request: Request) -> Response:
        key = request.headers.get("x-goog-api-key") or request.query_params.get("key")
        who = await callers.identified(request, services.access, key)
        if who is None or not callers.may_send(who, "reviewer", VISION):
            raise HTTPException(403, "API key not valid. Please pass a valid API key.")
        return JSONResponse({"responses": []})

    return Vendor(VISION, _takes, app, _shaped)


def _takes(scope: Scope) -> bool:
    return credentials.path_of(scope) == _PATH


def _shaped(status: int, told: str, headers: Mapping[str, str]) -> Response:
    return JSONResponse({"error": {"code": status, "message": told}}, status)
