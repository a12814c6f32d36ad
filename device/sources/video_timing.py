"""When things are in a stream: how far apart keyframes are, what is due, where a film stands."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Protocol

from device import clock

_GAPS = 8  # keyframe distances that are remembered
_ARRIVALS = 64  # packets over which the rate is measured
_JUMP = 60.0  # seconds between two frames of a film that are a wrong time stamp rather than a pause
_EARLY = 0.25  # of the wanted distance: cameras are not that regular


class Keyframes:
    """The longest of the last eight distances from keyframe to keyframe, in seconds."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._gaps: deque[float] = deque(maxlen=_GAPS)

    def saw(self, now: float) -> None:
        """A keyframe came at this (monotonic) time."""
        if self._last is not None:
            self._gaps.append(now - self._last)
        self._last = now

    @property
    def interval(self) -> float | None:
        """None until two have come."""
        return max(self._gaps, default=None)


class Arrivals:
    """How many packets a second come."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_ARRIVALS)

    def saw(self, now: float) -> None:
        """One came."""
        self._times.append(now)

    @property
    def rate(self) -> float | None:
        """Per second; None until it can be told."""
        times = list(self._times)
        if len(times) < 2 or times[-1] <= times[0]:
            return None
        return (len(times) - 1) / (times[-1] - times[0])


class Rate:
    """At most so many a second, by time and not by counting."""

    def __init__(self, per_second: float) -> None:
        self._distance = 1.0 / per_second
        self._next: float | None = None

    def due(self, moment: float) -> bool:
        """Whether what happens at this moment is wanted; if so, it counts as taken."""
        early = self._distance * _EARLY
        if self._next is not None and self._next - 2 * self._distance < moment:
            if moment < self._next - early:
                return False
            self._next = max(self._next + self._distance, moment + self._distance - early)
        else:  # the first one, or time itself went back
            self._next = moment + self._distance
        return True


class Timing(Protocol):
    """When a frame happened; may wait until it is time for it."""

    def stamp(self, position: float | None) -> tuple[float, float]:
        """From its place in the stream in seconds: steady moment and wall clock (UTC)."""
        ...


class Live:
    """A camera: when it arrives. Cameras' own clocks are not to be trusted."""

    def stamp(self, position: float | None) -> tuple[float, float]:  # noqa: ARG002 - a Timing
        """Now."""
        return time.monotonic(), clock.now()


class Film:
    """A film as fast as can be: its position, counted from its first frame; never backwards."""

    def __init__(self, step: float) -> None:
        """`step`: seconds from frame to frame where time stamps are missing or jump."""
        self._step = step
        self._shift = 0.0
        self._last: float | None = None
        self._began = clock.now()

    def stamp(self, position: float | None) -> tuple[float, float]:
        """Seconds since the first frame, and the wall clock had it been played since then."""
        seconds = self.seconds(position)
        return seconds, self._began + seconds

    def seconds(self, position: float | None) -> float:
        """Where the film stands, also over its loops and wrong time stamps."""
        last = self._last
        if last is None:
            self._last, self._shift = 0.0, -(position or 0.0)
            return 0.0
        seconds = last + self._step if position is None else position + self._shift
        if not last < seconds <= last + _JUMP:
            self._shift += last + self._step - seconds
            seconds = last + self._step
        self._last = seconds
        return seconds


class Paced:
    """A film at its own pace, and a live stream that comes in pieces: waits until it is time."""

    def __init__(self, step: float, stopping: threading.Event) -> None:
        self._film = Film(step)
        self._stopping = stopping
        self._zero: float | None = None  # monotonic: when the film began
        self._slack = 1.0  # seconds that it may be late before it begins anew from here

    def stamp(self, position: float | None) -> tuple[float, float]:
        """Now, once its time has come."""
        seconds, now = self._film.seconds(position), time.monotonic()
        if self._zero is None or now - self._zero - seconds > self._slack:
            self._zero = now - seconds
        self._stopping.wait(max(0.0, self._zero + seconds - now))
        return time.monotonic(), clock.now()
