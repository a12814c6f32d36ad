"""The deliver thread of one sink: the next events past its cursor, in order, until delivered.

The events wait in the database: an absent broker costs disk, never memory, never an event. When
that comes to an end, because too many wait or the database lost some, a `gap` event tells which.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Protocol

from device import outbox, wire
from device.backoff import Backoff
from device.commits import Commits
from device.errors import SinkRefused, TagdError
from device.outbox import Bounds
from device.results import Gap
from device.seams import Sink
from device.types import Event
from device.workers import Worker

log = logging.getLogger(__name__)

BATCH = 200  # events handed to a sink at once
_IDLE = 0.5  # seconds; then the sink is asked to keep its connection
_PAUSE = 4.0  # seconds at most between two tries: all is to be right 5 s after a broker's return
_AUDIT = 60.0  # seconds between two looks at how much waits
_RUDE = 30.0  # seconds before a broker that refused us is asked again


class Feed(Protocol):
    """The part of the reader that a deliver thread needs."""

    def events_after(self, seq: int, limit: int) -> list[Event]: ...
    def cursor(self, sink: str) -> int: ...
    def beyond_leap(self, seq: int) -> int: ...


class Deliver:
    """One sink's way through the events."""

    def __init__(
        self,
        sink: Sink,
        feed: Feed,
        commits: Commits,
        advance: Callable[[str, int], None],
        skip: Callable[[Gap], None] = lambda _: None,
        bounds: Bounds = outbox.DEFAULT,
    ) -> None:
        """`advance` and `skip` have the cursor noted, the latter with a `gap` event."""
        self._sink = sink
        self._skip = skip
        self._bounds = bounds
        # Where each event takes its time, a batch would be silent for longer than a thread may be.
        self._batch: int = getattr(sink, "batch", BATCH)
        self._audited = -math.inf  # monotonic seconds
        self._feed = feed
        self._commits = commits
        self._advance = advance
        self.cursor = feed.cursor(sink.name)
        self._late = commits.seq  # what is there when we begin was made before we could send it

    @property
    def lag(self) -> int:
        """Events not yet delivered."""
        return max(0, self._commits.seq - self.cursor)

    def run(self, worker: Worker) -> None:
        """Until told to stop; a sink that fails is tried again for ever."""
        backoff = Backoff(limit=_PAUSE)
        while not worker.stopping.is_set():
            worker.beat()
            try:
                sent = self._deliver_next()
                backoff.reset()
                worker.count(sent)
                if not sent:
                    self._commits.wait_beyond(self.cursor, _IDLE)
            except Exception as error:  # noqa: BLE001 - whatever it raises: try again later
                self._move(self.cursor + getattr(error, "delivered", 0))
                wait = max(backoff.next(), _RUDE if isinstance(error, SinkRefused) else 0.0)
                self._complain(error, worker)
                worker.stopping.wait(wait)
                self._late = self._commits.seq  # whatever was committed up to here had to wait

    def _complain(self, error: Exception, worker: Worker) -> None:
        known = isinstance(error, TagdError)
        told = str(error) if known else f"{type(error).__name__}: {error}"
        if worker.error != told:  # once, not at every try
            log.warning("sink %s: %s", self._sink.name, told, exc_info=None if known else error)
        worker.fail(told)

    def _deliver_next(self) -> int:
        self._audit()
        newest = self._commits.seq  # before the look: what is committed meanwhile is no gap
        events = self._feed.events_after(self.cursor, self._batch)
        following = events[0].seq if events else newest + 1
        if following > self.cursor + 1:
            self._move(self._feed.beyond_leap(self.cursor))  # never given to any event: no gap
        if following > self.cursor + 1:
            self._give_up(following - 1, "they are no longer in the database")
        events = _unbroken(events)
        late = self._late
        self._sink.send([wire.replayed(e) if e.seq <= late else e for e in events])
        self._move(self.cursor + len(events))
        return len(events)

    def _move(self, cursor: int) -> None:
        if cursor > self.cursor:
            self.cursor = cursor
            self._advance(self._sink.name, cursor)

    def _audit(self) -> None:
        if time.monotonic() - self._audited < _AUDIT:
            return
        self._audited = time.monotonic()
        found = outbox.cut(self._bounds, self.cursor, self._commits.seq, self._feed.events_after)
        if found is not None:
            self._give_up(found.last, found.reason)

    def _give_up(self, last: int, reason: str) -> None:
        gap = Gap(self._sink.name, self.cursor + 1, last, reason)
        count = gap.last - gap.first + 1
        log.warning("sink %s: %d events are given up: %s", gap.sink, count, reason)
        self.cursor = last
        self._skip(gap)


def _unbroken(events: list[Event]) -> list[Event]:
    """Up to the first number that is missing."""
    for index, event in enumerate(events):
        if event.seq != events[0].seq + index:
            return events[:index]
    return events
