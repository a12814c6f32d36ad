"""Has systemd wait while the appliance is built: bringing a large database up to date, or
repairing it, takes minutes.

Only for as long as something gets on. A start that hangs is ended by systemd as if nobody had
asked for time.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from device.notify import notify, watchdog_seconds
from device.workers import Worker, join_all

_EVERY = 5.0  # seconds between two words
_MORE = 60  # seconds that each asks for
_STUCK = 60.0  # seconds in which a card may stall, and nothing be done
_WORK = 0.02  # seconds of processor time that count as work; asking takes a hundredth of it


class Patience:
    """`with Patience(stopping): build()`; who wants to stop does not wait any longer."""

    def __init__(self, stopping: threading.Event, every: float = _EVERY) -> None:
        self._stopping = stopping
        self._every = min(every, (watchdog_seconds() or 2 * every) / 2)
        self._worker = Worker("patience", self._ask)

    def __enter__(self) -> None:
        self._worker.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        join_all([self._worker], 2 * self._every)

    def _ask(self, worker: Worker) -> None:
        work, moment = time.process_time(), time.monotonic()
        while not worker.stopping.wait(self._every) and not self._stopping.is_set():
            if time.process_time() - work >= _WORK:
                work, moment = time.process_time(), time.monotonic()
            if time.monotonic() - moment < _STUCK:
                notify(f"EXTEND_TIMEOUT_USEC={_MORE * 1_000_000}", "WATCHDOG=1")
