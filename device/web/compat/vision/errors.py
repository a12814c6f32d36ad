"""What goes wrong, as Google's APIs tell it: `google.rpc.Status` as JSON.

Codes and names are those of `google.rpc.Code`. 401 and 503 are never said: clients without
credentials that can be renewed break over the first, and repeat the second until long after their
own timeout.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

NO_KEY = (
    "Method doesn't allow unregistered callers. Send a token of tagd as the API key:"
    " the header X-Goog-Api-Key, or ?key= in the address."
)
WRONG_KEY = "API key not valid. Please pass a valid API key: a token that `tagd token add` made."

INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED = 3, 7, 12
"""Of one picture among several."""

_TOLD = {  # by what it would be elsewhere here: status and name
    400: (400, "INVALID_ARGUMENT"),
    401: (403, "PERMISSION_DENIED"),
    403: (403, "PERMISSION_DENIED"),
    404: (404, "NOT_FOUND"),
    405: (404, "NOT_FOUND"),
    408: (400, "INVALID_ARGUMENT"),
    409: (409, "ABORTED"),
    413: (400, "INVALID_ARGUMENT"),
    415: (400, "INVALID_ARGUMENT"),
    421: (403, "PERMISSION_DENIED"),
    422: (400, "INVALID_ARGUMENT"),
    429: (429, "RESOURCE_EXHAUSTED"),
    500: (500, "INTERNAL"),
    503: (429, "RESOURCE_EXHAUSTED"),
    504: (429, "RESOURCE_EXHAUSTED"),
    507: (429, "RESOURCE_EXHAUSTED"),
}


def shaped(status: int, told: str, _: Mapping[str, str]) -> Response:
    """An error of the whole call."""
    code, name = _TOLD.get(
        status, (500, "INTERNAL") if status >= 500 else (400, "INVALID_ARGUMENT")
    )
    error: dict[str, Any] = {"code": code, "message": told or HTTPStatus(code).phrase}
    error["status"] = name
    reason = {WRONG_KEY: "API_KEY_INVALID", NO_KEY: "CREDENTIALS_MISSING"}.get(told)
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    return JSONResponse({"error": error}, code)


def of_picture(code: int, told: str) -> dict[str, Any]:
    """An error of one picture, which stands beside what is said of the others."""
    return {"code": code, "message": told}
