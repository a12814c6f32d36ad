"""A live camera behind the `Source` seam: RTSP, RTMP, HLS, USB."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from device import ids
from device.errors import SourceError
from device.sources.video_main import Main
from device.sources.video_reading import Reading
from device.sources.video_stream import Stream
from device.sources.video_timing import Live, Paced, Timing
from device.types import Frame

_LOOK = 1.0  # seconds between two looks at a silent stream
_OPENING = 15.0  # seconds until the first packet
_SILENT = 10.0  # seconds without a packet: the camera hangs
_BLIND = 20.0  # seconds with packets and without a frame, or ...
_BLIND_BETWEEN = 60.0  # the same where only keyframes are decoded, or ...
_BLIND_GAPS = 3  # ... so many keyframe distances
_PATIENCE = 1.0  # seconds for the reader to end
_MOST_STUCK = 3  # readers that hang in FFmpeg, before no other is started


class LiveSource:
    """Frames as they come, the newest first of all. Implements `Source`, `Improving`, `Reporting`.

    Iterating raises `SourceError` at every end, `SourceRefused` where the camera said no.
    """

    live = True
    stream = True

    def __init__(self, stream: Stream, main: Main | None = None) -> None:
        self.name = stream.name
        self.better = main is not None
        self._stream = stream
        self._main = main
        self._closed = threading.Event()
        self._reading: Reading | None = None
        self._stuck: list[Reading] = []

    def __iter__(self) -> Iterator[Frame]:
        self._stuck = [one for one in self._stuck if one.alive]
        if len(self._stuck) >= _MOST_STUCK:
            raise SourceError("earlier tries still hang in FFmpeg: waiting for them to end")
        if self._closed.is_set():
            return
        reading = self._reading = Reading(self.name, self._shots, self._stream.stats)
        try:
            while not self._closed.is_set():
                shot = reading.newest(_LOOK)
                if shot is None:
                    self._watch()
                    continue
                better = self._main.newest(shot.moment) if self._main is not None else None
                yield Frame(
                    ids.new_id(),
                    self.name,
                    shot.taken_at,
                    shot.data,
                    moment=shot.moment,
                    better=better.data if better else None,
                    better_off=abs(shot.moment - better.moment) if better else 0.0,
                )
        finally:
            if not reading.stop(_PATIENCE):
                self._stuck.append(reading)
            if self._main is not None:
                self._main.attend(False)

    def attend(self, alert: bool) -> None:
        """True: every frame is wanted, and the main stream beside it. Any thread."""
        if self._closed.is_set():
            return
        if alert:
            self._stream.alert.set()
        else:
            self._stream.alert.clear()
        if self._main is not None:
            self._main.attend(alert)

    def status(self) -> dict[str, Any]:
        """For health. Any thread."""
        mode = self._stream.wishes.mode
        alert = "alert" if self._stream.alert.is_set() else "idle"
        return {
            **self._stream.stats.report(),
            "mode": f"{mode}, {alert}" if mode == "adaptive" else mode,
            **({"main": self._main.status()} if self._main is not None else {}),
        }

    def close(self) -> None:
        """End the iteration. From any thread, at any time, twice if you like; in 2 s at most."""
        self._closed.set()
        reading = self._reading
        if reading is not None:
            reading.stop(_PATIENCE)
        if self._main is not None:
            self._main.close(_PATIENCE)

    def _shots(self, stopping: threading.Event) -> Any:
        return self._stream.shots(self._timing(stopping), stopping)

    def _timing(self, stopping: threading.Event) -> Callable[[float], Timing]:
        if self._stream.address.kind == "hls":
            return lambda step: Paced(step, stopping)
        return lambda _: Live()

    def _watch(self) -> None:
        """Raises `SourceError` when it is time to begin anew."""
        stats, now = self._stream.stats, time.monotonic()
        if stats.packet_at is None:
            if now - stats.began_at > _OPENING:
                raise SourceError(f"nothing came for {_OPENING:.0f} s: is the camera on?")
            return
        if now - stats.packet_at > _SILENT:
            raise SourceError(f"the camera fell silent: nothing for {_SILENT:.0f} s")
        since = stats.frame_at if stats.frame_at is not None else stats.began_at
        least = _BLIND_BETWEEN if self._stream.wishes.mode == "keyframes" else _BLIND
        longest = max(least, _BLIND_GAPS * (stats.keyframes.interval or 0.0))
        if now - since > longest:
            raise SourceError(f"no picture could be decoded for {longest:.0f} s")
