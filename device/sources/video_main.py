"""The camera's main stream, read beside the one that is tagged while something happens.

Only its keyframes are decoded: one of them is a better picture to keep. That it is broken is a
warning and a line of health, never a failure of the source.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from device.backoff import Backoff
from device.errors import SourceError, SourceRefused
from device.sources.video_stream import Shot, Stream
from device.sources.video_timing import Live
from device.workers import Worker

log = logging.getLogger(__name__)

_FRESH = 1.5  # seconds between a frame and the keyframe that shows the same
_REFUSED = 30.0  # seconds before a refused login is tried again
_MOST = 3  # threads, the ending ones counted


class Main:
    """Opened by `attend(True)`, closed by `attend(False)`. Any thread."""

    def __init__(self, stream: Stream) -> None:
        """`stream` decodes keyframes only."""
        self._stream = stream
        self._shot: Shot | None = None
        self._error: str | None = None
        self._worker: Worker | None = None
        self._ending: list[Worker] = []
        self._closed = False
        self._lock = threading.Lock()

    def attend(self, alert: bool) -> None:
        """Cheap where nothing changes: it is called with every frame."""
        if alert == (self._worker is not None):
            return
        with self._lock:
            if alert and not self._closed:
                self._start()
            elif not alert:
                self._stop()

    def newest(self, moment: float) -> Shot | None:
        """Its newest keyframe, if that shows what was to be seen at this (steady) moment."""
        shot = self._shot
        if shot is None or abs(moment - shot.moment) > _FRESH or isinstance(shot.data, bytes):
            return None
        return shot

    def status(self) -> dict[str, Any]:
        """For health."""
        return {
            "open": self._worker is not None,
            "error": self._error,
            **self._stream.stats.report(),
        }

    def close(self, patience: float) -> None:
        """For good; waits so many seconds for its threads."""
        with self._lock:
            self._closed = True
            self._stop()
            ending = list(self._ending)
        for worker in ending:
            worker.join(patience)

    def _start(self) -> None:
        self._ending = [worker for worker in self._ending if worker.is_alive()]
        if self._worker is None and len(self._ending) < _MOST:
            self._worker = Worker(f"main-{self._stream.name}", self._run)
            self._worker.start()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stopping.set()
            self._ending.append(self._worker)
            self._worker = self._shot = None

    def _run(self, worker: Worker) -> None:
        backoff = Backoff()
        while not worker.stopping.is_set():
            wait = backoff.next()
            try:
                self._stream.stats.connecting()
                for shot in self._stream.shots(lambda _: Live(), worker.stopping):
                    if not worker.stopping.is_set():
                        self._shot, self._error = shot, None
                    backoff.reset()
                self._fail("it hung up", worker)
            except SourceRefused as error:
                wait = max(wait, _REFUSED)
                self._fail(str(error), worker)
            except SourceError as error:
                self._fail(str(error), worker)
            except Exception as error:  # noqa: BLE001 - FFmpeg's messages name the URL's password
                self._fail(f"it broke its reader ({type(error).__name__})", worker)
            worker.stopping.wait(wait)

    def _fail(self, why: str, worker: Worker) -> None:
        """Told once, until it works again or breaks in another way."""
        if worker.stopping.is_set():
            return
        if why != self._error:
            name = self._stream.name
            log.warning("source %s: no better pictures, its main stream: %s", name, why)
        self._error = why
