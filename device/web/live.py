"""The live stream: each client reads committed events from the database at its own pace.

A commit only sets a flag in each client's task, so a slow viewer costs no memory, and
Last-Event-ID works across restarts of either side. Who reads nothing for long is dropped by
the kernel (`server`), and resumes in the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from device import wire
from device.commits import Commits
from device.errors import Busy
from device.store.reader import Reader
from device.types import Event
from device.web import sight
from device.who import Who

MOST_CLIENTS = 200
_BATCH = 100  # events read at once
_SHARED = 4  # reads kept for others who are at the same place
_SIGN_OF_LIFE = 15.0  # seconds: proxies and browsers drop silent connections
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Live:
    """Server-sent events for any number of clients up to `MOST_CLIENTS`."""

    def __init__(self, reader: Reader, commits: Commits) -> None:
        self._reader = reader
        self._commits = commits
        self._clients: set[asyncio.Event] = set()
        self._reads: dict[tuple[int, int], asyncio.Future[list[Event]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = commits.listen(self._wake_all)
        self._closed = False

    def stream(self, after: int | None, who: Who) -> StreamingResponse:
        """Events for `who` after `after`, then those to come; with None only those to come.

        The response raises `Busy` when it is to begin while too many are watching.
        """
        return _Stream(self, after, who)

    @property
    def viewers(self) -> int:
        """How many are watching."""
        return len(self._clients)

    def close(self) -> None:
        """End every stream, from any thread: the server waits for them."""
        self._closed = True
        self._end()
        self._wake_all()

    @contextlib.contextmanager
    def place(self, wake: asyncio.Event) -> Iterator[None]:
        """One of the places, woken by commits. In the event loop. Raises `Busy`."""
        if len(self._clients) >= MOST_CLIENTS:
            raise Busy("too many pages are watching; close one", retry_after=30.0)
        self._loop = asyncio.get_running_loop()
        self._clients.add(wake)
        try:
            yield
        finally:
            self._clients.discard(wake)

    async def events(self, after: int | None, who: Who, wake: asyncio.Event) -> AsyncIterator[str]:
        """The stream's text, until `close`."""
        late = self._commits.seq
        # A number from before the database was replaced would never be reached again.
        seq = late if after is None else min(after, late)
        yield "retry: 2000\n\n"
        while not self._closed:
            wake.clear()
            events = await self._read(seq)
            for event in events:
                if sight.tells(who, event):
                    yield _spell(wire.replayed(event) if event.seq <= late else event)
                seq = event.seq
            if not events:
                try:
                    await asyncio.wait_for(wake.wait(), _SIGN_OF_LIFE)
                except asyncio.TimeoutError:
                    yield ": still here\n\n"

    async def _read(self, seq: int) -> list[Event]:
        """The next events after `seq`: one read for all who are woken at the same place."""
        key = seq, self._commits.seq
        if key not in self._reads:
            if len(self._reads) >= _SHARED:
                self._reads.clear()
            read = asyncio.to_thread(self._reader.events_after, seq, _BATCH)
            self._reads[key] = asyncio.ensure_future(read)
        try:
            return await asyncio.shield(self._reads[key])  # who leaves does not take it from others
        except Exception:
            self._reads.pop(key, None)
            raise

    def _wake_all(self) -> None:
        """Called by the write thread after each commit."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._set_all)

    def _set_all(self) -> None:
        for wake in self._clients:
            wake.set()


class _Stream(StreamingResponse):
    """Holds a place from its first byte on, and gives it back however it ends."""

    def __init__(self, live: Live, after: int | None, who: Who) -> None:
        self._live = live
        self._wake = asyncio.Event()
        content = live.events(after, who, self._wake)
        super().__init__(content, 200, _HEADERS, "text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._live.place(self._wake):
            await super().__call__(scope, receive, send)


def _spell(event: Event) -> str:
    return f"id: {event.seq}\nevent: {event.type}\ndata: {event.body.decode()}\n\n"
