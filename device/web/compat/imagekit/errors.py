"""Errors as ImageKit's clients know them, and whether they send the same again.

They try what is answered with 408, 409, 429 or 5xx twice more within seconds: what will not be
better then has another status, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from device.web.compat.imagekit import shapes

_STATUS = {405: 404, 408: 400, 409: 400, 411: 400, 412: 400, 413: 400, 415: 400, 421: 403,
           422: 400, 503: 429, 504: 429, 507: 503}  # fmt: skip
_PER_INTERVAL = {"X-RateLimit-Limit": "4", "X-RateLimit-Interval": "1000"}  # requests, ms


def shaped(status: int, told: str, headers: Mapping[str, str]) -> Response:
    """A `Vendor.shape`."""
    status = _STATUS.get(status, status)
    response = shapes.error(status, told)
    if status == shapes.BUSY:
        seconds = next((v for k, v in headers.items() if k.lower() == "retry-after"), "1")
        wait = int(seconds) * 1000 if seconds.isdigit() else 1000
        response.headers.update({**_PER_INTERVAL, "X-RateLimit-Reset": str(wait)})
    return response
