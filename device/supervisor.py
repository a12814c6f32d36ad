"""Looks after the threads once a second: all well, and systemd is told; else the run ends.

Whoever is hung is told by its beat, and a process that cannot even look is ended by systemd.
"""

from __future__ import annotations

import faulthandler
import logging
import threading
from collections.abc import Callable, Sequence

from device.health import Health
from device.notify import notify, watchdog_seconds
from device.pipeline import Pipeline
from device.status_line import StatusLine

log = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between two looks
_STDERR = 2


class Supervisor:
    """In the main thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        health: Health,
        looks: Sequence[Callable[[], str | None]] = (),
    ) -> None:
        """`looks`: each says why the run has to end, or None, as `Pipeline.check` does."""
        self._health = health
        self._looks = (*looks, pipeline.check)
        self._status = StatusLine(pipeline, health)
        self._every = min(_LOOK, (watchdog_seconds() or 2 * _LOOK) / 2)

    def run(self, stopping: threading.Event, restart: threading.Event) -> int:
        """Until one of them is set, or something vital ended or hangs; the exit code."""
        notify("READY=1", *self._status.news())
        while not stopping.wait(self._every):
            if restart.is_set():
                break
            reason = next((said for look in self._looks if (said := look()) is not None), None)
            self._health.sample()
            if reason is not None:
                log.critical("%s; tagd stops, so that it is started again", reason)
                faulthandler.dump_traceback(_STDERR)  # what each thread is doing
                return 1
            self._health.watch()
            notify("WATCHDOG=1", *self._status.news())
        return 0
