"""One source that is switched on and off: the thread that reads it now, and its newest frame.

A source lives and dies with its thread. Switching on makes a new one; switching off closes it,
and one that hangs is left behind and told of, so that no other source has to wait for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from device.backoff import Backoff
from device.demand import Demand
from device.errors import ConfigError, NotOnDemand, SourceOff, TagdError
from device.mailbox import Closed, Mailbox
from device.rate import Rate
from device.seams import Attentive, Gate, OnDemand, Source
from device.stages.capture import capture
from device.types import Frame, Outcome
from device.waiting import Waiting
from device.workers import Worker, join_all

log = logging.getLogger(__name__)

_CLOSING = 3.0  # seconds for a source to close
_MOST_LEFT = 3  # that hang; then there is no other

Make = Callable[[], Source]
Watch = Callable[[Source], Gate | None]
"""What decides which frames of this source are worth a look; None: all of them."""


class Captured:
    """`switch`, `ask` and what is told of it from any thread; `check` from the supervisor."""

    def __init__(
        self, name: str, make: Make, watch: Watch, mailbox: Mailbox, waiting: Waiting
    ) -> None:
        self.name = name
        self.enabled = False
        self.live = False
        self.source: Source | None = None  # None: not open
        self.gate: Gate | None = None
        self.newest: Frame | None = None  # of a live source, whether or not it was looked at
        self.frames = Rate()
        self.worker = self._new_worker()
        self._make = make
        self._watch = watch
        self._mailbox = mailbox
        self._demand = Demand(name, waiting)
        self._made: Source | None = None  # before its thread has taken it
        self._ended = False
        self._switching = threading.Lock()  # held for as long as closing takes
        self._opening = threading.Lock()  # held for a moment
        self._left: list[Worker] = []  # the threads of sources that hang
        self._backoff = Backoff()
        self._restart_at: float | None = None  # monotonic
        mailbox.add_lane(name, live=False)

    def prepare(self) -> None:
        """Enabled from the start. Raises `ConfigError`; what else fails is tried again later."""
        self.enabled = True
        try:
            self._made = self._make()
            self.live = self._made.live
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - its thread tries again, and tells
            log.debug("source %s: %s", self.name, error)

    def start(self) -> None:
        """Start its thread, if it is enabled."""
        if self.enabled:
            self.worker.start()

    def switch(self, enabled: bool) -> None:
        """On return it is closed, or its thread was left behind; or it is being opened.

        Raises `SourceOff` where too many of its threads hang already.
        """
        with self._switching:
            if enabled and not self.enabled:
                self._switch_on()
            elif self.enabled and not enabled:
                self._switch_off()

    def ask(self) -> Future[Outcome]:
        """The future of a picture that is taken now.

        Raises `SourceOff` and `NotOnDemand`; the future raises `NoPicture` when none comes.
        """
        source, gate = self.source, self.gate
        if not self.enabled:
            raise SourceOff(f"{self.name} is switched off; switch it on first")
        if source is None:
            why = "try again in a moment" if self.worker.is_alive() else "it came to its end"
            raise SourceOff(f"{self.name} is not open: {self.worker.error or why}")
        if gate is None and not source.live and not isinstance(source, OnDemand):
            told = "takes no pictures on demand: put a picture where it looks for them"
            raise NotOnDemand(f"{self.name} {told}")
        future = self._demand.ask()
        if not self._demand.unmet:  # its frame is on its way already
            return future
        if gate is not None:
            gate.ask()
            if isinstance(source, Attentive):  # now, for the next frame may be seconds away
                source.attend(gate.alert)
        if isinstance(source, OnDemand):
            source.ask()
        return future

    @property
    def left_behind(self) -> int:
        """Sources that hang although they were switched off."""
        self._left = [worker for worker in self._left if worker.is_alive()]
        return len(self._left)

    def check(self) -> None:
        """A thread that crashed starts again, later each time; an exhausted source rests."""
        self._demand.expire(self.worker.error)
        if not self._switching.acquire(blocking=False):
            return
        try:
            if self.enabled and self.worker.crashed and not self.worker.is_alive():
                self._revive()
        finally:
            self._switching.release()

    def retire(self) -> list[Worker]:
        """Tell its thread to go and close the source; the threads to wait for."""
        self._ended = True
        self._demand.give_up(Closed())
        return self._close()

    def _switch_on(self) -> None:
        if self.left_behind >= _MOST_LEFT:
            told = f"it hung {_MOST_LEFT} times when it was switched off: restart tagd"
            raise SourceOff(f"{self.name} is not switched on: {told}")
        self.worker = self._new_worker()
        self.enabled = True
        self.worker.start()
        if self._ended:  # tagd stopped at this moment
            join_all(self._close(), _CLOSING)

    def _switch_off(self) -> None:
        self.enabled = False
        workers = self._close()
        self._mailbox.close_lane(self.name)
        self._demand.give_up(SourceOff(f"{self.name} was switched off meanwhile"))
        if join_all(workers, _CLOSING):
            log.error("source %s does not close and is left behind", self.name)
            self._left += [worker for worker in workers if worker.is_alive()][:1]
        self.newest = None

    def _close(self) -> list[Worker]:
        self.worker.stopping.set()
        with self._opening:
            source, self.source, self.gate = self.source or self._made, None, None
            self._made = None
        if source is None:
            return [self.worker]
        closer = Worker(f"close-{self.name}", lambda _: source.close())
        closer.start()
        return [self.worker, closer]

    def _revive(self) -> None:
        now = time.monotonic()
        if self._restart_at is None:
            if self.worker.done:  # it did work for a while
                self._backoff.reset()
            self._restart_at = now + self._backoff.next()
        elif now >= self._restart_at:
            self._restart_at = None
            self.worker = self._new_worker()
            self.worker.start()

    def _new_worker(self) -> Worker:
        return Worker(f"capture-{self.name}", self._run)

    def _run(self, worker: Worker) -> None:
        opened = self._open(worker)
        if opened is None:
            return
        source, gate = opened
        try:
            capture(worker, source, self._mailbox, gate, notice=self._notice)
            with self._opening:
                if self.source is source:
                    self.gate = None  # at its end, and no camera that fell silent
        finally:
            with self._opening:
                if self.source is source:
                    self.source = None
            _close_quietly(source)

    def _open(self, worker: Worker) -> tuple[Source, Gate | None] | None:
        """Make the source, for ever if need be; None when told to stop."""
        backoff = Backoff()
        while not worker.stopping.is_set():
            try:
                source = self._made or self._make()
                gate = self._watch(source)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                wait = backoff.next()
                known = isinstance(error, TagdError)
                told = str(error) if known else f"{type(error).__name__}: {error}"
                worker.fail(told)
                log.warning("source %s: %s; next try in %.1f s", self.name, told, wait)
                worker.stopping.wait(wait)
                continue
            with self._opening:
                if not worker.stopping.is_set():
                    self._mailbox.add_lane(self.name, live=source.live)
                    self._made, self.live = None, source.live
                    self.source, self.gate = source, gate
                    return source, gate
            _close_quietly(source)
        return None

    def _notice(self, frame: Frame, looked: Frame | None) -> None:
        self.frames.tick()
        if self.live:
            self.newest = replace(frame, better=None)
        asked = self.gate is None or (looked and looked.look and looked.look.reason == "asked")
        if looked is not None and asked:
            self._demand.meet(looked.id)


def _close_quietly(source: Source) -> None:
    try:
        source.close()
    except Exception:
        log.exception("source %s did not close well", source.name)
