"""The one write thread: gathers results, makes them durable together, then tells everybody."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from device.backoff import Backoff
from device.commits import Commits
from device.errors import StoreDamaged, StoreError
from device.mailbox import Closed
from device.results import Change, Gap, Refused, Tagged, VisitChange
from device.types import HealthChange, Outcome
from device.workers import Worker

log = logging.getLogger(__name__)

BATCH = 50  # results in one transaction
GATHER = 0.5  # seconds a result waits for company
_TOGETHER = 0.02  # the same for what is urgent: whatever else the same look brings
_LOOK_AROUND = 0.2  # seconds
_UNSTORABLE = "it cannot be stored; the log says why"
_CAPACITY = 32  # results waiting; each holds a thumbnail, about 20 kB, and maybe an original


class Writable(Protocol):
    """The part of the store that the write thread needs."""

    @property
    def seq(self) -> int: ...
    def commit(self, batch: Sequence[Change], cursors: Mapping[str, int]) -> list[Outcome]: ...
    def tend(self) -> bool:
        """Do a little of what can wait; True while there is more of it."""
        ...


class Write:
    """`put` from the infer thread, `advance` from the deliver threads, `run` in its own."""

    def __init__(
        self,
        store: Writable,
        commits: Commits,
        tell: Callable[[Outcome], None],
        hurried: Callable[[str], bool],
        committed: Callable[[Sequence[Change]], None] = lambda _: None,
        upkeep: Callable[[], None] = lambda: None,
    ) -> None:
        """`hurried(frame_id)` says whether somebody waits for this result.

        `committed` hears of all that is durable, before its events are announced; `upkeep` is
        called after every batch, for what is to be done between two commits.
        """
        self._upkeep = upkeep
        self._store = store
        self._commits = commits
        self._tell = tell
        self._hurried = hurried
        self._committed = committed
        self._results: queue.Queue[Change] = queue.Queue(_CAPACITY)
        self._cursors: dict[str, int] = {}
        self._gaps: list[Gap] = []
        self._cursors_lock = threading.Lock()
        self._closed = threading.Event()
        self.problem: str | None = None  # why nothing can be stored now

    def put(self, result: Change, waiting: Callable[[], None] = lambda: None) -> None:
        """Hand a result over; waits while the queue is full (a slow or full disk).

        `waiting` is called now and then meanwhile. Raises `Closed` at the end of the program.
        """
        while not self._closed.is_set():
            try:
                return self._results.put(result, timeout=_LOOK_AROUND)
            except queue.Full:
                waiting()
        raise Closed

    def close(self) -> None:
        """Take nothing more, so that no thread waits for room that will never be."""
        self._closed.set()

    def advance(self, sink: str, seq: int) -> None:
        """Note that a sink has delivered up to `seq`; durable with the next commit."""
        with self._cursors_lock:
            self._cursors[sink] = seq

    def skip(self, gap: Gap) -> None:
        """Note that a sink will not get some events; told in the commit that moves its cursor."""
        with self._cursors_lock:
            self._cursors[gap.sink] = gap.last
            self._gaps.append(gap)

    def depth(self) -> int:
        """Results waiting."""
        return self._results.qsize()

    def run(self, worker: Worker) -> None:
        """Until told to stop and everything handed over is durable, or the store is damaged."""
        try:
            self._run(worker)
        except StoreDamaged as error:  # the store is to be opened anew, which repairs it
            log.error("nothing can be stored: %s", error)
            self.problem = str(error)
            worker.fail(str(error))

    def _run(self, worker: Worker) -> None:
        while not (worker.stopping.is_set() and self._results.empty()):
            worker.beat()
            batch = self._gather(worker.stopping)
            gaps, cursors = self._take_cursors()
            self._settle([*batch, *gaps], cursors, worker)
            self._upkeep()
            # At least once, so that it comes to an end however much there is to store.
            while self._store.tend() and self._is_idle(worker):
                worker.beat()
            self._announce()
        self._settle(*self._take_cursors(), worker)

    def _is_idle(self, worker: Worker) -> bool:
        return self._results.empty() and not worker.stopping.is_set()

    def _gather(self, stopping: threading.Event) -> list[Change]:
        batch: list[Change] = []
        deadline = time.monotonic() + GATHER
        while len(batch) < BATCH:
            left = deadline - time.monotonic()
            if left <= 0 or (stopping.is_set() and self._results.empty()):
                break
            try:
                result = self._results.get(timeout=min(left, _LOOK_AROUND))
            except queue.Empty:
                continue
            batch.append(result)
            if self._hurried(result.frame_id):
                break
            if _is_urgent(result):
                deadline = min(deadline, time.monotonic() + _TOGETHER)
        return batch

    def _take_cursors(self) -> tuple[list[Gap], dict[str, int]]:
        with self._cursors_lock:
            gaps, self._gaps = self._gaps, []
            cursors, self._cursors = self._cursors, {}
        return gaps, cursors

    def _settle(self, batch: Sequence[Change], cursors: Mapping[str, int], worker: Worker) -> None:
        """Store all of it, then tell. A result that breaks the store is refused alone."""
        if not batch and not cursors:
            return
        try:
            outcomes = self._commit(batch, cursors, worker)
        except StoreDamaged:
            raise
        except Exception:
            if batch and (cursors or len(batch) > 1):
                # One of them is the reason: each on its own, so that the others are stored.
                self._settle([], cursors, worker)
                for result in batch:
                    self._settle([result], {}, worker)
                return
            log.exception("this cannot be stored")
            if batch and isinstance(batch[0], Tagged):  # else its source brings it again
                self._settle([Refused(batch[0].origin, _UNSTORABLE)], {}, worker)
                return
            outcomes = [Outcome(result.frame_id, error=_UNSTORABLE) for result in batch]
        else:
            self._committed(batch)
        self._announce()
        for outcome in outcomes:
            self._tell(outcome)

    def _announce(self) -> None:
        if self._store.seq > self._commits.seq:
            self._commits.announce(self._store.seq)

    def _commit(
        self, batch: Sequence[Change], cursors: Mapping[str, int], worker: Worker
    ) -> list[Outcome]:
        """Nothing is given up: while the disk is full or gone, everything upstream waits."""
        backoff = Backoff(first=0.5, limit=10.0)
        while True:
            try:
                outcomes = self._store.commit(batch, cursors)
            except StoreDamaged:
                raise
            except StoreError as error:
                if self.problem != str(error):  # once, not at every try
                    log.error("nothing can be stored: %s", error)
                self.problem = str(error)
                worker.fail(str(error))
                if worker.stopping.wait(backoff.next()):
                    log.error("%d results are given up; their sources still have them", len(batch))
                    return []
            else:
                self.problem = None
                worker.count(len(batch))
                return outcomes


def _is_urgent(result: Change) -> bool:
    """Doors are opened on comings and goings: these do not wait for company."""
    if isinstance(result, VisitChange):
        return result.event is not None
    return isinstance(result, HealthChange)
