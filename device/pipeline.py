"""The only file that starts the worker threads of the daemon, watches them and stops them.

source -> mailbox -> infer -> write -> database -> deliver -> sink
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from device import ids
from device.backoff import Backoff
from device.commits import Commits
from device.config import UPLOAD
from device.errors import Busy, StoreError
from device.mailbox import Closed, Mailbox
from device.results import Origin, Refused
from device.seams import Gate, Ledger, Sink, Source
from device.stages.capture import capture
from device.stages.deliver import Deliver, Feed
from device.stages.infer import Infer
from device.stages.write import Writable, Write
from device.tagging import Tagging
from device.types import FileKey, Frame, Outcome
from device.workers import Worker, join_all

log = logging.getLogger(__name__)

_UPLOADS_WAITING = 8  # pictures; the next one is asked to come back
_SILENT_INFER = 60.0  # seconds without a beat; one picture takes a fraction of a second
_SILENT_WRITE = 120.0  # seconds: an SD card may stall for a long time
_LAST_WORDS = 0.5  # seconds that the sinks get at the end for the newest events


@dataclass(slots=True)
class Captured:
    """One source with the thread that reads it now."""

    source: Source
    worker: Worker
    gate: Gate | None
    backoff: Backoff = field(default_factory=Backoff)
    restart_at: float | None = None  # monotonic


class Pipeline:
    """Everything between the sources and the sinks, given as arguments."""

    def __init__(
        self,
        *,
        store: Writable,
        feed: Feed,
        ledger: Ledger,
        make_tagging: Callable[[], Tagging],
        sinks: Sequence[Sink] = (),
        upkeep: Callable[[], None] = lambda: None,
        chores: Callable[[Worker], None] | None = None,
    ) -> None:
        """`make_tagging` is called in the infer thread: models live where they are used.

        `upkeep` is the store's work between two commits, `chores` its slow work, in its own thread.
        """
        self.store = store
        self.commits = Commits(store.seq)
        self.mailbox = Mailbox()
        self.mailbox.add_lane(UPLOAD, live=False, capacity=_UPLOADS_WAITING)
        self._waiting: dict[str, Future[Outcome]] = {}
        self._waiting_lock = threading.Lock()
        self.write = Write(store, self.commits, self._tell, self._is_waited_for, upkeep)
        self.infer = Infer(self.mailbox, make_tagging, ledger, self.write.put)
        self.captures: dict[str, Captured] = {}
        self.delivers = {s.name: Deliver(s, feed, self.commits, self.write.advance) for s in sinks}
        self.sinks = {sink.name: sink for sink in sinks}
        self.infer_worker = Worker("infer", self.infer.run)
        self.write_worker = Worker("write", self.write.run)
        self.chores = Worker("chores", chores or (lambda _: None))
        self.deliver_workers = {
            name: Worker(f"deliver-{name}", deliver.run) for name, deliver in self.delivers.items()
        }

    def add_source(self, source: Source, gate: Gate | None = None) -> None:
        """Before `start`. Without a gate every frame is a picture of its own."""
        self.mailbox.add_lane(source.name, live=source.live)
        self.captures[source.name] = Captured(source, self._capture_worker(source, gate), gate)

    def start(self) -> None:
        """Start every thread, those first that others hand their work to."""
        self.write_worker.start()
        self.chores.start()
        self.infer_worker.start()
        for worker in self.deliver_workers.values():
            worker.start()
        for captured in self.captures.values():
            captured.worker.start()

    def upload(self, frame: Frame) -> Future[Outcome]:
        """Have a frame tagged and stored; the future has its outcome once it is durable.

        Raises `Busy` when too many uploads wait already. At the end of the program this, or the
        future, raises `Closed`.
        """
        future: Future[Outcome] = Future()
        with self._waiting_lock:
            self._waiting[frame.id] = future
        taken = False
        try:
            taken = self.mailbox.offer(UPLOAD, frame)
        finally:
            if not taken:
                with self._waiting_lock:
                    del self._waiting[frame.id]
        if not taken:
            raise Busy("too many pictures wait to be tagged; come back soon", retry_after=1.0)
        return future

    def refuse_file(self, source: str, name: str, reason: str, key: FileKey | None) -> None:
        """A source could not even read a file: recorded like any other refusal."""
        log.warning("source %s: %s refused: %s", source, name, reason)
        self.infer.refused[source] += 1
        taken_at = key.mtime_ns / 1e9 if key else 0.0
        size = key.size if key else 0
        origin = Origin(ids.new_id(), source, taken_at, name, size, None, key)
        self.write.put(Refused(origin, reason))

    def check(self) -> str | None:
        """Restart ended captures; the reason to end the process, if there is one."""
        for captured in self.captures.values():
            self._revive(captured)
        for worker, silent in (
            (self.infer_worker, _SILENT_INFER),
            (self.write_worker, _SILENT_WRITE),
            *((worker, _SILENT_WRITE) for worker in self.deliver_workers.values()),
        ):
            pulse = worker.pulse()
            if not pulse.alive:
                return f"the {worker.name} thread has ended: {pulse.error or 'without a reason'}"
            if pulse.age > silent:
                return f"the {worker.name} thread has been silent for {pulse.age:.0f} s"
        return None

    def stop(self) -> None:
        """Stop in the order of the flow, each step with a deadline, under 10 s in all."""
        captures = [captured.worker for captured in self.captures.values()]
        for worker in [*captures, self.chores]:
            worker.stopping.set()
        closing = [_close(captured.source) for captured in self.captures.values()]
        self.mailbox.close()
        join_all([*captures, *closing], 1.0)
        join_all([self.infer_worker], 1.5)
        join_all([self.write_worker], 2.0)
        self.write.close()
        self._tell_the_rest()
        self._say_last_words()
        delivers = list(self.deliver_workers.values())
        for worker in delivers:
            worker.stopping.set()
        join_all([self.chores, *(_close(sink) for sink in self.sinks.values()), *delivers], 1.5)
        if not self.write_worker.is_alive():  # its connection is ours now
            self._keep_cursors()

    def _keep_cursors(self) -> None:
        try:
            self.store.commit([], {name: d.cursor for name, d in self.delivers.items()})
        except StoreError as error:
            log.error("how far the sinks are is not noted, they may hear events twice: %s", error)

    def _say_last_words(self) -> None:
        """Let the sinks that work send what was committed a moment ago."""
        deadline = time.monotonic() + _LAST_WORDS
        for name, deliver in self.delivers.items():
            worker = self.deliver_workers[name]
            while (
                deliver.lag
                and worker.is_alive()
                and worker.error is None
                and time.monotonic() < deadline
            ):
                worker.stopping.wait(0.02)

    def _capture_worker(self, source: Source, gate: Gate | None) -> Worker:
        return Worker(
            f"capture-{source.name}", lambda worker: capture(worker, source, self.mailbox, gate)
        )

    def _revive(self, captured: Captured) -> None:
        """A capture thread that crashed starts again, later each time; an exhausted one rests."""
        if captured.worker.is_alive() or not captured.worker.crashed:
            return
        now = time.monotonic()
        if captured.restart_at is None:
            if captured.worker.done:  # it did work for a while
                captured.backoff.reset()
            captured.restart_at = now + captured.backoff.next()
        elif now >= captured.restart_at:
            captured.restart_at = None
            captured.worker = self._capture_worker(captured.source, captured.gate)
            captured.worker.start()

    def _is_waited_for(self, frame_id: str) -> bool:
        return frame_id in self._waiting

    def _tell(self, outcome: Outcome) -> None:
        with self._waiting_lock:
            future = self._waiting.pop(outcome.frame_id, None)
        if future is not None and future.set_running_or_notify_cancel():
            future.set_result(outcome)

    def _tell_the_rest(self) -> None:
        """Who still waits is sent away: nothing was decided about the picture."""
        with self._waiting_lock:
            waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if future.set_running_or_notify_cancel():
                future.set_exception(Closed())


def _close(part: Source | Sink) -> Worker:
    """Close it in a thread of its own: one that hangs or fails must not hold up the others."""
    worker = Worker(f"close-{part.name}", lambda _: part.close())
    worker.start()
    return worker
