"""One HTTP connection that gives its place up when nobody uses it.

uvicorn waits for ever for a request that never ends (slowloris), reads an unwanted body to its
end, and refuses everybody once so many connections are open. Here a request's head has a
deadline, so has what is sent after its answer, and the one that waited longest makes room, or one
that is still sending.
Stalled readers are the kernel's business: see `server`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """uvicorn's protocol, less patient."""

    patience = 10.0  # seconds for the next whole head, or for the rest of a refused body
    most = 280  # connections at once: of 1024 files that a service may open

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._waiting_since = 0.0  # monotonic

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request; with too many connections, who waited longest has to go."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._expect_request()
        there = [c for c in self.connections if isinstance(c, Connection) and not c.ending]
        if len(there) > self.most:
            self._one_too_many(there).hang_up()

    def _one_too_many(self, there: Sequence[Connection]) -> Connection:
        """Who waited longest for a request; else of those that still send theirs, the oldest.

        Of the latter one from wherever most come from: a body can be sent slowly on purpose, by
        whoever may not even log in.
        """
        idle = [c for c in there if not c.busy and c is not self]
        if idle:
            return min(idle, key=lambda c: c._waiting_since)
        crowd = Counter(c.place for c in there)
        sending = [c for c in there if c.receiving]
        return min(sending, key=lambda c: (-crowd[c.place], c._waiting_since), default=self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The deadline has nothing to end any more."""
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A whole head ends the waiting; a part of one does not prolong it."""
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # nonsense after the answer: nothing can be said any more
            self.hang_up()
        if self.busy:
            self._cancel()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the end of a body that nobody reads."""
        super().on_response_complete()
        if not self.busy:
            self._expect_request()

    @property
    def place(self) -> str:
        """Where it comes from."""
        return str(self.client[0]) if self.client else ""

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def receiving(self) -> bool:
        """Whether that request is still being sent."""
        return self.busy and self.conn.their_state is h11.SEND_BODY

    @property
    def ending(self) -> bool:
        """Whether it is being closed, which takes a turn of the loop or more."""
        return self.transport.is_closing()

    def hang_up(self) -> None:
        """Close at once, without waiting for what is still to be sent."""
        self.transport.abort()

    def _expect_request(self) -> None:
        self._cancel()
        self._waiting_since = time.monotonic()
        self._deadline = self.loop.call_later(self.patience, self.hang_up)

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
