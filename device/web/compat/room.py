"""Room for what is sent to the drop-in APIs: so many bytes in memory at once, whoever sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request

from device.errors import Busy
from device.web import receive

_PATIENCE = 25.0  # seconds in line; clients give up after 60


class Room:
    """Used in one event loop. Whoever came first goes in first, however much they bring."""

    def __init__(self, size: int) -> None:
        """`size` in bytes; what is larger than that waits until it is alone."""
        self._size = self._free = size
        self._door = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """Room for so many bytes. Raises `Busy` where there is none in time."""
        size = min(size, self._size)
        try:
            await asyncio.wait_for(self._enter(size), _PATIENCE)
        except asyncio.TimeoutError:
            told = "too much is sent at the same time; come back soon"
            raise Busy(told, retry_after=2.0) from None
        try:
            yield
        finally:
            self._free += size
            self._freed.set()

    @asynccontextmanager
    async def body(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """The whole body of a request, with room for it as long as it is held.

        Received once there is room, so call it when it is known who asks. Raises `Busy`, and
        HTTPException as `receive.body` does: of a length over `limit` before anything is received.
        """
        announced = request.headers.get("content-length", "")
        length = int(announced) if announced.isascii() and announced.isdigit() else limit
        if length > limit:
            raise HTTPException(413, f"a request may have {limit / 1024**2:g} MB here")
        async with self.taken(length):
            yield await receive.body(request, limit)

    async def _enter(self, size: int) -> None:
        async with self._door:
            while self._free < size:
                self._freed.clear()
                await self._freed.wait()
            self._free -= size
