"""Uploaded pictures out of a request, one at a time in memory: none touches the disk unseen."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from device.names import display_name
from device.web.form import Files, FormError

FIELD = "file"
_OVERHEAD = 64 * 1024  # bytes: boundaries and headers around the file
_LONGEST_NAME = 255  # bytes, as in a file system
_COMMAND = 4096  # bytes
_RAW = ("image/", "application/octet-stream")
_PATIENCE = 15.0  # seconds to begin with: few uploads are received at once, none may idle
_SLOWEST = 32 * 1024  # bytes per second from then on
_MOST_FORM = 128 * 1024**2  # bytes of a form with several pictures


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture."""

    data: bytes
    name: str | None
    alone: bool  # there is no other in the request


async def pictures(request: Request, limit: int) -> AsyncGenerator[Upload, None]:
    """The pictures of a multipart or raw body, each as soon as it is there; at least one.

    Nothing more is received before the next one is asked for. Raises HTTPException: 400 for a body
    that broke off, 408 for one that comes too slowly, 413 for a picture over `limit` bytes or a
    form that is too large, 415 for another kind of body, 422 for a form that is not as it should
    be, with its files in the field `file`.
    """
    kind = request.headers.get("content-type", "")
    announced = request.headers.get("content-length", "")
    length = int(announced) if announced.isdigit() else 0
    if kind.lower().startswith("multipart/form-data"):
        most = max(limit, _MOST_FORM) + _OVERHEAD
        if length > most:
            raise _too_large_form(most)
        async for upload in _from_form(request, kind, limit, most):
            yield upload
        return
    if kind.lower().startswith(_RAW):
        if length > limit:
            raise _too_large(limit)
        data = b"".join([chunk async for chunk in chunks(request, _too_large(limit), limit)])
        yield Upload(data, None, alone=True)
        return
    told = f"send the picture as multipart/form-data in the field {FIELD}, or raw as image/jpeg"
    raise HTTPException(415, told)


async def small(request: Request, most: int = _COMMAND) -> bytes:
    """The body of a command. Raises HTTPException: 400, 408 as above, 413 over `most` bytes."""
    too_long = HTTPException(413, f"this may have at most {most} bytes")
    return b"".join([chunk async for chunk in chunks(request, too_long, most)])


async def body(request: Request, limit: int) -> bytes:
    """The whole body. Raises HTTPException: 400, 408, 413 as above."""
    too_large = HTTPException(413, f"a request may have {limit / 1024**2:g} MB here")
    whole = io.BytesIO()  # gives what it gathered: a list and what is joined of it are twice that
    async for chunk in chunks(request, too_large, limit):
        whole.write(chunk)
    return whole.getvalue()


async def text(request: Request, most: int) -> str:
    """The body of a file of text. Raises HTTPException as above, and 422 where it is no UTF-8."""
    too_long = HTTPException(413, f"the file has at most {most // 1024} kB")
    try:
        return b"".join([chunk async for chunk in chunks(request, too_long, most)]).decode()
    except UnicodeDecodeError:
        raise HTTPException(422, "send the file as text in UTF-8") from None


async def _from_form(
    request: Request, kind: str, limit: int, most: int
) -> AsyncGenerator[Upload, None]:
    whole: list[tuple[bytes, bytes]] = []
    try:
        form = Files(kind, FIELD)
        async for chunk in chunks(request, _too_large_form(most), most):
            problem = None
            try:
                form.feed(chunk)
            except FormError as error:
                problem = error
            whole += form.take()
            while whole and form.begun > 1:  # popped: not in memory while others are received
                yield _upload(*whole.pop(0), limit, alone=False)
            if problem is not None:
                raise problem
            if form.size > limit:
                raise _too_large(limit, form.name if form.begun > 1 else b"")
        form.finish()
    except FormError as error:
        raise HTTPException(422, str(error)) from None
    while whole:
        yield _upload(*whole.pop(0), limit, alone=form.begun == 1)


def _upload(data: bytes, name: bytes, limit: int, *, alone: bool) -> Upload:
    if len(data) > limit:
        raise _too_large(limit, b"" if alone else name)
    # The browser's word, for people only: it may be anything.
    return Upload(data, display_name(name[-_LONGEST_NAME:]) or None, alone)


async def chunks(
    request: Request, too_long: HTTPException, most: int
) -> AsyncGenerator[bytes, None]:
    """The body, given up as soon as it is larger than `most` bytes or falls behind.

    Only the time that is spent waiting for it counts. Raises HTTPException: 400, 408 as above,
    `too_long`.
    """
    size, waited = 0, 0.0
    chunks = request.stream()
    try:
        while (left := _PATIENCE + size / _SLOWEST - waited) > 0:
            start = time.monotonic()
            chunk = await asyncio.wait_for(anext(chunks, None), left)
            waited += time.monotonic() - start
            if chunk is None:
                return
            size += len(chunk)
            if size > most:
                raise too_long
            yield chunk
    except ClientDisconnect:
        raise HTTPException(400, "the upload broke off") from None
    except asyncio.TimeoutError:
        pass
    raise HTTPException(408, "the picture came too slowly; try again on a better connection")


def _too_large_form(most: int) -> HTTPException:
    told = f"all pictures of a form may have {most // 1024**2} MB together; send them in several"
    return HTTPException(413, told)


def _too_large(limit: int, name: bytes = b"") -> HTTPException:
    whose = f"{display_name(name[-_LONGEST_NAME:])}: " if name else ""
    told = f"a picture may have {limit / 1024**2:g} MB (web.max_upload_mb in the config)"
    return HTTPException(413, whose + told)
