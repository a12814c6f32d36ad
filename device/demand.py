"""Who waits for the next picture of one source.

All that ask while one of them waits get the same picture: ten people at a button cost one look.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

from device.errors import NoPicture
from device.types import Outcome
from device.waiting import Waiting

PATIENCE = 15.0  # seconds for a frame: cameras send a whole picture every 2 to 10


class Demand:
    """Any thread."""

    def __init__(self, name: str, waiting: Waiting) -> None:
        self._name = name
        self._waiting = waiting
        self._lock = threading.Lock()
        self._future: Future[Outcome] | None = None
        self._frame_id: str | None = None  # what is to answer it; None: no frame came so far
        self._deadline = 0.0  # monotonic

    def ask(self) -> Future[Outcome]:
        """The future of the next picture."""
        with self._lock:
            if self._future is None or self._future.done():
                self._future, self._frame_id = Future(), None
                self._deadline = time.monotonic() + PATIENCE
            return self._future

    @property
    def unmet(self) -> bool:
        """Somebody waits, and no frame came so far."""
        with self._lock:
            return self._future is not None and self._frame_id is None

    def meet(self, frame_id: str) -> None:
        """This frame is the answer, if somebody waits for one."""
        with self._lock:
            if self._future is not None and self._frame_id is None:
                self._frame_id = frame_id
                self._waiting.add(frame_id, self._future)

    def expire(self, why: str | None) -> None:
        """Who has waited too long for a frame is told so, and `why` there is none."""
        with self._lock:
            late = self._frame_id is None and time.monotonic() > self._deadline
        if late:
            told = f"{self._name} gave no picture within {PATIENCE:.0f} s"
            self.give_up(NoPicture(f"{told}: {why}" if why else told))

    def give_up(self, error: Exception) -> None:
        """There will be no picture, also where a frame was taken already."""
        with self._lock:
            future, self._future = self._future, None
            frame_id, self._frame_id = self._frame_id, None
        if frame_id is not None:
            self._waiting.refuse(frame_id, error)
        elif future is not None and future.set_running_or_notify_cancel():
            future.set_exception(error)
