"""Several pictures in one request: received, tagged and made durable one after the other.

So a request holds one picture in memory, however many it brings.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future

from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import wire
from device.errors import Busy, PictureError, StoreFull, TagdError
from device.redact import redact
from device.types import Outcome
from device.web import answers
from device.web.receive import Upload

_PATIENCE = 30.0  # seconds for a place among those that wait to be tagged
_REST = "; what came after it was not looked at"

Tag = Callable[[Upload], "Future[Outcome]"]
Problem = Callable[[], "str | None"]


async def answer(
    first: Upload, others: AsyncIterator[Upload], tag: Tag, problem: Problem
) -> Response:
    """200 where all are taken, else 207; `failed` says why, and what was not looked at."""
    pictures: list[str] = []
    failed: list[dict[str, str | int | None]] = []
    upload: Upload | None = first
    del first  # it is held until it is stored, and no longer
    try:
        while upload is not None:
            try:
                pictures.append(await _stored(upload, tag, problem))
            except PictureError as error:
                failed.append(_failed(upload.name, 422, str(error)))
            del upload
            upload = await anext(others, None)
    except HTTPException as error:
        failed.append(_failed(None, error.status_code, f"{error.detail}{_REST}"))
    except TagdError as error:  # it would be the same with the next one
        failed.append(_failed(None, _status(error), f"{error}{_REST}"))
    body = f'{{"pictures":[{",".join(pictures)}],"failed":{wire.dumps(failed)}}}'
    return Response(body, 207 if failed else 200, media_type="application/json")


async def _stored(upload: Upload, tag: Tag, problem: Problem) -> str:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            future = await asyncio.to_thread(tag, upload)
            break
        except Busy as error:  # others send pictures, too
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(error.retry_after)
    picture, _ = await answers.stored(future, problem)
    return wire.picture_json(picture)


def _status(error: TagdError) -> int:
    return 507 if isinstance(error, StoreFull) else 503


def _failed(name: str | None, status: int, detail: str) -> dict[str, str | int | None]:
    return {"name": name, "status": status, "detail": redact(detail)}
