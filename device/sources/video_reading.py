"""The thread that empties a live stream's socket, and keeps only its newest wanted frame.

Without it a slow consumer fell 17 s behind a camera; with it 0.1 s. FFmpeg can hang in C for
reasons of its own: nobody waits for this thread longer than a moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from device.errors import SourceError
from device.sources.video_stats import Stats
from device.sources.video_stream import Shot
from device.workers import Worker

Shots = Callable[[threading.Event], Iterator[Shot]]
"""From the event that stops it, the frames of one connection."""


class Reading:
    """One connection, read by a thread of its own from the start."""

    def __init__(self, name: str, shots: Shots, stats: Stats) -> None:
        self._shots = shots
        self._stats = stats
        self._news = threading.Condition()
        self._newest: Shot | None = None
        # Not the error itself: its traceback would keep the container and its last frames.
        self._end: tuple[type[SourceError], str] | None = None
        stats.connecting()
        self._worker = Worker(f"read-{name}", self._run)
        self._worker.start()

    def newest(self, timeout: float) -> Shot | None:
        """The newest frame that nobody has taken yet; None after `timeout` seconds, or stopped.

        Raises `SourceError` once the stream has ended: a live one never does so by itself.
        """
        deadline = time.monotonic() + timeout
        with self._news:
            while self._newest is None and not self._worker.stopping.is_set():
                if self._end is not None:
                    kind, text = self._end
                    raise kind(text)
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._news.wait(left)
            shot, self._newest = self._newest, None
            return shot

    def stop(self, patience: float) -> bool:
        """Tell the thread to end, wait so many seconds; whether it did."""
        self._worker.stopping.set()
        with self._news:
            self._news.notify_all()
        self._worker.join(patience)
        return not self._worker.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._worker.is_alive()

    def _run(self, worker: Worker) -> None:
        end = (SourceError, "the stream ended: the other side closed the connection")
        try:
            for shot in self._shots(worker.stopping):
                with self._news:
                    if self._newest is not None:
                        self._stats.dropped += 1
                    self._newest = shot
                    self._news.notify_all()
        except SourceError as error:
            end = (type(error), str(error))
        except Exception as error:  # noqa: BLE001 - FFmpeg's messages name the URL's password
            end = (SourceError, f"the stream broke its reader ({type(error).__name__})")
        with self._news:
            self._end = end
            self._news.notify_all()
