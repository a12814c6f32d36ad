"""The one thread class: it can be stopped, says that it is well, and remembers its last error."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device.errors import TagdError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """The pulse of one worker, read by the supervisor and by health."""

    name: str
    alive: bool
    age: float  # seconds since the worker last said that it is well (monotonic)
    done: int
    failed: int
    error: str | None = None  # the last one


class Worker(threading.Thread):
    """Runs `work(worker)` once. The work loops `while not worker.stopping.wait(t)`."""

    def __init__(self, name: str, work: Callable[[Worker], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()
        self.crashed = False  # ended by an exception rather than by its own choice
        self.done = 0
        self.failed = 0
        self.error: str | None = None
        self._work = work
        self._beat = time.monotonic()

    def run(self) -> None:
        try:
            self._work(self)
        except Exception as error:  # the edge of a thread: whatever it was, it is told
            self.crashed = True
            self.fail(f"{type(error).__name__}: {error}")
            bug = None if isinstance(error, TagdError) else error
            log.error("thread %s ended: %s", self.name, error, exc_info=bug)

    def beat(self) -> None:
        """Say that this thread is well."""
        self._beat = time.monotonic()

    def count(self, done: int = 1) -> None:
        """Something was done well, which also clears the last error."""
        self.done += done
        self.error = None
        self.beat()

    def fail(self, error: str) -> None:
        """Something went wrong; the thread may go on."""
        self.failed += 1
        self.error = error
        self.beat()

    def pulse(self) -> Beat:
        """What the supervisor and health read."""
        return Beat(
            name=self.name,
            alive=self.is_alive(),
            age=time.monotonic() - self._beat,
            done=self.done,
            failed=self.failed,
            error=self.error,
        )


def join_all(workers: Sequence[Worker], seconds: float) -> list[str]:
    """Ask all to stop, then wait; the names of those still running after `seconds`."""
    for worker in workers:
        worker.stopping.set()
    deadline = time.monotonic() + seconds
    for worker in workers:
        if worker.ident is not None:
            worker.join(max(0.0, deadline - time.monotonic()))
    late = [worker.name for worker in workers if worker.is_alive()]
    if late:
        log.error("still running after %.1f s: %s", seconds, ", ".join(late))
    return late
