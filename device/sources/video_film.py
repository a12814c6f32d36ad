"""A video file behind the `Source` seam: at its own pace like a camera, or as fast as can be."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

from device import ids
from device.errors import SourceError
from device.sources.video_stream import Stream
from device.sources.video_timing import Film, Paced, Timing
from device.types import Frame

log = logging.getLogger(__name__)

_MISSING = 1.0  # seconds at the end of a film: as much may be lacking


class FilmSource:
    """Its frames, `fps` a second of the film at most. Implements `Source`, `Reporting`.

    As fast as can be every frame counts (`live` is False), and `moment` is the film's position,
    which goes on over loops; `taken_at` counts from the start. What is readable of a cut file is
    handed over. Iterating raises `SourceError` when nothing of it can be read.
    """

    stream = True

    def __init__(self, stream: Stream, *, fast: bool = False, loop: bool = False) -> None:
        self.name = stream.name
        self.live = not fast
        self._film = stream
        self._fast = fast
        self._loop = loop
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        timings: list[Timing] = []

        def timing(step: float) -> Timing:
            if not timings:
                timings.append(Film(step) if self._fast else Paced(step, self._closed))
            return timings[0]

        stats, more = self._film.stats, True
        while more and not self._closed.is_set():
            came, broken = 0, False
            stats.connecting()
            try:
                for shot in self._film.shots(timing, self._closed):
                    came += 1
                    taken_at, moment = shot.taken_at, shot.moment
                    yield Frame(ids.new_id(), self.name, taken_at, shot.data, moment=moment)
            except SourceError:
                if not came:
                    raise
                broken = True
            if self._closed.is_set():
                return
            if not came:
                raise SourceError(f"{self._film.address.shown} has no picture that can be decoded")
            self._tell_if_cut(broken)
            more = self._loop

    def status(self) -> dict[str, Any]:
        """For health. Any thread."""
        stats = self._film.stats
        told = {**stats.report(), "mode": self._film.wishes.mode, "position_s": stats.position}
        del told["reconnects"]  # a loop is none
        return told

    def close(self) -> None:
        """End the iteration. From any thread, at any time, twice if you like."""
        self._closed.set()

    def _tell_if_cut(self, broken: bool) -> None:
        stats = self._film.stats
        length = stats.length
        if broken or (length is not None and stats.position < length - _MISSING):
            whole = f" of {length:.0f} s" if length is not None else ""
            log.warning(
                "source %s: %s ends after %.1f s%s: the file is cut off or damaged; what was "
                "readable is done",
                *(self.name, self._film.address.shown, stats.position, whole),
            )
