"""Starts the worker threads of the daemon, watches them and stops them.

source -> mailbox -> infer -> write -> database -> deliver -> sink
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from device import ids, outbox
from device.commits import Commits
from device.config import UPLOAD
from device.errors import Busy, StoreError
from device.mailbox import Closed, Mailbox
from device.outbox import Bounds
from device.presence import Presence
from device.results import Change, Origin, Refused
from device.seams import Gate, Ledger, Sink
from device.stages.captured import Captured, Make, Watch
from device.stages.deliver import Deliver, Feed
from device.stages.infer import Infer
from device.stages.looks import Looks
from device.stages.write import Writable, Write
from device.tagging import Tagging
from device.types import FileKey, Frame, Outcome
from device.visits import Visits
from device.waiting import Waiting
from device.workers import Worker, join_all

log = logging.getLogger(__name__)

_UPLOADS_WAITING = 8  # pictures; the next one is asked to come back
_SILENT_INFER = 60.0  # seconds without a beat; one picture takes a fraction of a second
_LOADING = 900.0  # the same until its models are loaded: TensorRT builds an engine for minutes
_SILENT_WRITE = 120.0  # seconds: an SD card may stall for a long time
_LAST_WORDS = 0.5  # seconds that the sinks get at the end for the newest events


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
        make_visits: Callable[[str], Visits] = Visits,
        bounds: Bounds = outbox.DEFAULT,
        upkeep: Callable[[], None] = lambda: None,
        chores: Callable[[Worker], None] | None = None,
        words: Callable[[Worker], None] | None = None,
    ) -> None:
        """`make_tagging` is called in the infer thread: models live where they are used.

        `make_visits(source)` makes what follows the looks of a watched source; `bounds` say how
        much may wait for each sink; `upkeep` is the store's work between two commits, `chores` its
        slow work, in its own thread; `words` looks whether the owner changed the vocabulary.
        """
        self.store = store
        self.commits = Commits(store.seq)
        self.waiting = Waiting()
        self.mailbox = Mailbox(self.waiting.__contains__)
        self.mailbox.add_lane(UPLOAD, live=False, capacity=_UPLOADS_WAITING)
        self.presence = Presence()
        waited_for = self.waiting.__contains__
        told = self.presence.note
        self.write = Write(store, self.commits, self.waiting.tell, waited_for, told, upkeep)
        looks = Looks(make_visits, self._gates)
        self.infer = Infer(
            self.mailbox, make_tagging, ledger, self.write.put, looks, self.waiting.tell
        )
        self.captures: dict[str, Captured] = {}
        self.delivers = {
            s.name: Deliver(s, feed, self.commits, self.write.advance, self.write.skip, bounds)
            for s in sinks
        }
        self.sinks = {sink.name: sink for sink in sinks}
        self.infer_worker = Worker("infer", self.infer.run)
        self.write_worker = Worker("write", self.write.run)
        self.chores = Worker("chores", chores or (lambda _: None))
        self.words = Worker("words", words or (lambda _: None))
        self.deliver_workers = {
            name: Worker(f"deliver-{name}", deliver.run) for name, deliver in self.delivers.items()
        }

    def add_source(
        self,
        name: str,
        make: Make,
        watch: Watch = lambda _: None,
        *,
        enabled: bool = True,
    ) -> None:
        """Before `start`. Raises the `ConfigError` of a source that is enabled.

        `make` is called again whenever the source is switched on, or was lost; `watch` then
        gives its gate. Without one every frame is a picture of its own.
        """
        captured = Captured(name, make, watch, self.mailbox, self.waiting)
        if enabled:
            captured.prepare()
        self.captures[name] = captured

    def start(self) -> None:
        """Start every thread, those first that others hand their work to."""
        self.write_worker.start()
        self.chores.start()
        self.words.start()
        self.infer_worker.start()
        for worker in self.deliver_workers.values():
            worker.start()
        for captured in self.captures.values():
            captured.start()

    def upload(self, frame: Frame) -> Future[Outcome]:
        """Have a frame tagged and stored; the future has its outcome once it is durable.

        Raises `Busy` when too many uploads wait already. At the end of the program this, or the
        future, raises `Closed`.
        """
        future: Future[Outcome] = Future()
        self.waiting.add(frame.id, future)
        taken = False
        try:
            taken = self.mailbox.offer(UPLOAD, frame)
        finally:
            if not taken:
                self.waiting.discard(frame.id)
        if not taken:
            raise Busy("too many pictures wait to be tagged; come back soon", retry_after=1.0)
        return future

    def hand_over(
        self, change: Change, patience: float, unsaved: Callable[[], StoreError]
    ) -> Future[Outcome]:
        """Have something stored; the future has its outcome once it is durable.

        Raises `unsaved()` when the write thread has no room for it within `patience` seconds.
        """
        deadline = time.monotonic() + patience

        def waiting() -> None:
            if time.monotonic() > deadline:
                raise unsaved()

        future: Future[Outcome] = Future()
        self.waiting.add(change.frame_id, future)
        try:
            self.write.put(change, waiting)
        except BaseException:
            self.waiting.discard(change.frame_id)
            raise
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
            captured.check()
        return self.silence()

    def silence(self) -> str | None:
        """Why one of the vital threads does not do its work. Any thread."""
        loaded = self.infer.tagging is not None
        for worker, silent in (
            (self.infer_worker, _SILENT_INFER if loaded else _LOADING),
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
        captures = [worker for one in self.captures.values() for worker in one.retire()]
        self.chores.stopping.set()
        self.words.stopping.set()
        self.mailbox.close()
        join_all(captures, 1.0)
        join_all([self.infer_worker], 1.5)
        join_all([self.write_worker], 2.0)
        self.write.close()
        self.waiting.refuse_all(Closed())
        self._say_last_words()
        delivers = list(self.deliver_workers.values())
        for worker in delivers:
            worker.stopping.set()
        join_all(
            [self.chores, self.words, *(_close(sink) for sink in self.sinks.values()), *delivers],
            1.5,
        )
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

    def _gates(self) -> dict[str, Gate]:
        """By source, what watches it now."""
        watched = [(name, captured.gate) for name, captured in self.captures.items()]
        return {name: gate for name, gate in watched if gate is not None}


def _close(part: Sink) -> Worker:
    """Close it in a thread of its own: one that hangs or fails must not hold up the others."""
    worker = Worker(f"close-{part.name}", lambda _: part.close())
    worker.start()
    return worker
