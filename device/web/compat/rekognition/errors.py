"""Errors as Rekognition tells them: the type in `__type`, so that every SDK has a name for it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from device import wire
from device.redact import redact

KIND = "application/x-amz-json-1.1"

INVALID = "InvalidParameterException"
TOO_LARGE = "ImageTooLargeException"
_THROTTLED = "ThrottlingException"
_FAULT = "InternalServerError"

# What the framework and the frame around the vendors answer with. A client tries again what is
# throttled, and what has status 500, 502, 503 or 504: nothing else here, where that would not help.
_TYPES = {
    401: ("UnrecognizedClientException", 400),
    403: ("AccessDeniedException", 400),
    404: ("UnknownOperationException", 400),
    405: ("UnknownOperationException", 400),
    408: ("RequestTimeoutException", 400),
    413: (TOO_LARGE, 400),
    421: ("AccessDeniedException", 400),
    422: ("InvalidImageFormatException", 400),
    503: (_THROTTLED, 400),
    507: (_FAULT, 507),
}


class Refused(Exception):
    """The request is answered with this error of AWS's."""

    def __init__(self, code: str, told: str) -> None:
        self.code, self.told = code, told
        super().__init__(told)


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """Any answer, with the id that SDKs show for each."""
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(wire.dumps(body), status, headers, media_type=KIND)


def refusal(code: str, told: str, status: int = 400) -> Response:
    """An error. Other spellings of the type and of the text are not understood by all."""
    return answer({"__type": code, "Message": redact(told)}, status)


def shape(status: int, told: str, _: Mapping[str, str]) -> Response:
    """A problem of the framework, or of the frame, in this form."""
    code, status = _TYPES.get(status, (INVALID, 400) if status < 500 else (_FAULT, 500))
    return refusal(code, told, status)
