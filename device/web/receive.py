"""One uploaded picture out of a request, in memory: an upload never touches the disk unseen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from device.names import display_name
from device.web.form import FormError, OneFile

FIELD = "file"
_OVERHEAD = 64 * 1024  # bytes: boundaries and headers around the file
_LONGEST_NAME = 255  # bytes, as in a file system
_COMMAND = 4096  # bytes
_RAW = ("image/", "application/octet-stream")
_PATIENCE = 15.0  # seconds to begin with: few uploads are received at once, none may idle
_SLOWEST = 32 * 1024  # bytes per second from then on


async def one_picture(request: Request, limit: int) -> tuple[bytes, str | None]:
    """The bytes and the file name of the picture in a multipart or raw body.

    Raises HTTPException: 400 for a body that broke off, 408 for one that comes too slowly, 413
    over `limit` bytes, 415 for another kind of body, 422 when there is not exactly one file in
    the field `file`.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit + _OVERHEAD:
        raise _too_large(limit)
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        return await _from_form(request, kind, limit)
    if kind.lower().startswith(_RAW):
        data = b"".join([chunk async for chunk in _counted(request, limit)])
        return data, None
    told = f"send the picture as multipart/form-data in the field {FIELD}, or raw as image/jpeg"
    raise HTTPException(415, told)


async def small(request: Request, most: int = _COMMAND) -> bytes:
    """The body of a command. Raises HTTPException: 400, 408 as above, 413 over `most` bytes."""
    try:
        return b"".join([chunk async for chunk in _counted(request, most)])
    except HTTPException as error:
        if error.status_code != 413:
            raise
        raise HTTPException(413, f"this may have at most {most} bytes") from None


async def _from_form(request: Request, kind: str, limit: int) -> tuple[bytes, str | None]:
    try:
        form = OneFile(kind, FIELD)
        async for chunk in _counted(request, limit + _OVERHEAD, limit):
            form.feed(chunk)
        data, name = form.finish()
    except FormError as error:
        raise HTTPException(422, str(error)) from None
    if len(data) > limit:
        raise _too_large(limit)
    # The browser's word, for people only: it may be anything.
    return data, display_name(name[-_LONGEST_NAME:]) or None


async def _counted(
    request: Request, most: int, limit: int | None = None
) -> AsyncGenerator[bytes, None]:
    """The body, given up as soon as it is larger than `most` bytes or falls behind."""
    size = 0
    chunks = request.stream()
    start = time.monotonic()
    try:
        while (left := start + _PATIENCE + size / _SLOWEST - time.monotonic()) > 0:
            chunk = await asyncio.wait_for(anext(chunks, None), left)
            if chunk is None:
                return
            size += len(chunk)
            if size > most:
                raise _too_large(limit or most)
            yield chunk
    except ClientDisconnect:
        raise HTTPException(400, "the upload broke off") from None
    except asyncio.TimeoutError:
        pass
    raise HTTPException(408, "the picture came too slowly; try again on a better connection")


def _too_large(limit: int) -> HTTPException:
    told = f"a picture may have {limit / 1024**2:g} MB (web.max_upload_mb in the config)"
    return HTTPException(413, told)
