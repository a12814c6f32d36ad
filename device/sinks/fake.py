"""A sink that keeps what it was sent and fails when it is told to: for tests and trials."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from device.errors import SinkError
from device.types import Event


class FakeSink:
    """A `types.Sink` that is asked afterwards what it saw. Every method from any thread."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.polls = 0  # sends without an event
        self.closed = False
        self._kept: list[Event] = []
        self._failures = 0
        self._error: SinkError | None = None
        self._arrived = 0
        self._change = threading.Condition()

    def send(self, events: Sequence[Event]) -> None:
        """Keep the events, or raise the `SinkError` that was ordered."""
        with self._change:
            self.polls += not events
            if self._failures == 0 and self._error is None:
                self._kept.extend(events)
                self._change.notify_all()
                return
            self._failures -= self._failures > 0
            self._kept.extend(events[: self._arrived])
            self._change.notify_all()
            raise self._error or SinkError("the fake sink was told to fail")

    def close(self) -> None:
        """Only remembered: `closed`."""
        self.closed = True

    def fail_next(self, count: int, arrived: int = 0) -> None:
        """Fail `count` times; of each batch the first `arrived` events get through even so."""
        with self._change:
            self._failures, self._arrived = count, arrived

    def break_down(self, error: SinkError) -> None:
        """Fail with this error until `recover`."""
        with self._change:
            self._error, self._arrived = error, 0

    def recover(self) -> None:
        """Fail no more."""
        with self._change:
            self._failures, self._arrived, self._error = 0, 0, None

    def events(self) -> list[Event]:
        """What arrived, in the order in which it did."""
        with self._change:
            return list(self._kept)

    def seqs(self) -> list[int]:
        """The numbers of what arrived, repeated ones too."""
        return [event.seq for event in self.events()]

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait for `count` events, repeated ones too; False after `timeout` seconds without."""
        with self._change:
            return self._change.wait_for(lambda: len(self._kept) >= count, timeout)
