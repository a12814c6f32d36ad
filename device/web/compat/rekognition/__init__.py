"""AWS Rekognition's `DetectLabels`, signed with keys of tagd's; other operations answer an error.

`POST` of JSON to `/`, or to any path that ends in one (an endpoint with a prefix), with the
operation in `X-Amz-Target`.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from device.config_compat import REKOGNITION
from device.web import credentials, problem
from device.web.compat.desk import Desk
from device.web.compat.rekognition.counter import TARGET, Counter
from device.web.compat.rekognition.errors import KIND, Refused, answer, refusal, shape
from device.web.compat.rekognition.wanted import LARGEST
from device.web.compat.vendor import Vendor
from device.web.services import Services

_MOST = LARGEST * 4 // 3 + 64 * 1024  # bytes of a body: base64, and what is around it


def vendor(services: Services, desk: Desk) -> Vendor:
    """The API over these services."""
    app = FastAPI(openapi_url=None)
    problem.add_handlers(app)
    counter = Counter(services, desk)

    @app.exception_handler(Refused)
    def _refused(_: Request, error: Refused) -> Response:
        return refusal(error.code, error.told)

    @app.post("/{_:path}")
    async def call(request: Request) -> Response:
        caller = await counter.named(request)
        async with desk.room.body(request, _MOST) as body:
            wanted = await counter.understood(request, caller, body)
            del body  # not to be kept while the picture in it is tagged
            return answer(await counter.serve(wanted))

    return Vendor(REKOGNITION, _takes, app, shape)


def _takes(scope: Scope) -> bool:
    if scope["method"] != "POST" or not credentials.path_of(scope).endswith("/"):
        return False
    headers = Headers(scope=scope)
    return TARGET in headers or headers.get("content-type", "").lower().startswith(KIND)
