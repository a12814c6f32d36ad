"""Bounded lanes between the capture threads and the one infer thread.

A live lane keeps the newest frame and counts what it threw away, but for a look that was due or
asked for; any other lane makes its writer wait, because there every frame counts. The reader
takes turns over the lanes, so a full folder cannot starve a camera.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from device.errors import TagdError
from device.types import Frame

_MOST_COUNT = 2  # frames of a live lane that no newer one replaces: one due, one asked for


class Closed(TagdError):
    """Nothing is taken any more: the program is stopping, or the source is switched off."""

    def __init__(self) -> None:
        super().__init__("tagd is stopping; try again later")


@dataclass(slots=True)
class _Lane:
    live: bool
    capacity: int  # frames
    frames: deque[Frame] = field(default_factory=deque)
    dropped: int = 0
    closed: bool = False


class Mailbox:
    """`put` from any thread, `take` from one."""

    def __init__(self, waited_for: Callable[[str], bool] = lambda _: False) -> None:
        """`waited_for(frame_id)`: somebody asked for this frame, so no newer one replaces it."""
        self._waited_for = waited_for
        self._lanes: dict[str, _Lane] = {}
        self._order: deque[str] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def add_lane(self, name: str, *, live: bool, capacity: int = 8) -> None:
        """One lane a source; a live lane holds the newest frame whatever the capacity says.

        A lane that is there is opened again, and is live or not from now on.
        """
        with self._changed:
            if name not in self._lanes:
                self._order.append(name)
            lane = self._lanes.setdefault(name, _Lane(live, 0))
            lane.live, lane.capacity, lane.closed = live, 1 if live else capacity, False

    def close_lane(self, name: str) -> None:
        """Take nothing more from this source, and give up what waits: its thread goes on."""
        with self._changed:
            lane = self._lanes[name]
            lane.closed = True
            lane.frames.clear()
            self._changed.notify_all()

    def put(self, name: str, frame: Frame) -> None:
        """Hand a frame over; waits for room unless the lane is live. Raises `Closed`."""
        with self._changed:
            lane = self._lanes[name]
            while not (self._closed or lane.closed or lane.live or self._has_room(lane)):
                self._changed.wait()
            if self._closed or lane.closed:
                raise Closed
            if not lane.live or self._newest_wins(lane, frame):
                lane.frames.append(frame)
            self._changed.notify_all()

    def offer(self, name: str, frame: Frame) -> bool:
        """Hand a frame over if there is room now. Raises `Closed`."""
        with self._changed:
            lane = self._lanes[name]
            if self._closed:
                raise Closed
            if not self._has_room(lane):
                return False
            lane.frames.append(frame)
            self._changed.notify_all()
            return True

    def take(self, timeout: float) -> Frame | None:
        """The next frame in turn, or None after `timeout` seconds or when closed."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._closed:
                for _ in range(len(self._order)):
                    name = self._order[0]
                    self._order.rotate(-1)
                    lane = self._lanes[name]
                    if lane.frames:
                        frame = lane.frames.popleft()
                        self._changed.notify_all()
                        return frame
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
            return None

    def close(self) -> None:
        """Wake every waiting thread; what lies in the lanes is given up, its sources keep it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def lanes(self) -> list[str]:
        """Their names."""
        return list(self._lanes)

    def depth(self, name: str) -> int:
        """Frames waiting in the lane."""
        return len(self._lanes[name].frames)

    def dropped(self, name: str) -> int:
        """Frames a live lane threw away for newer ones."""
        return self._lanes[name].dropped

    def _newest_wins(self, lane: _Lane, frame: Frame) -> bool:
        """Make room in a live lane; False: what waits there counts more than the new frame."""
        if not lane.frames:
            return True
        if not self._counts(lane.frames[-1]):
            lane.dropped += 1
            lane.frames.pop()
            return True
        if not self._counts(frame):
            lane.dropped += 1
            return False
        if len(lane.frames) >= _MOST_COUNT:
            lane.dropped += 1
            due = [n for n, one in enumerate(lane.frames) if not self._waited_for(one.id)]
            del lane.frames[due[0] if due else 0]
        return True

    def _counts(self, frame: Frame) -> bool:
        """One that somebody waits for, or of which there is one in minutes."""
        timely = frame.look is not None and frame.look.reason in ("interval", "asked")
        return timely or self._waited_for(frame.id)

    @staticmethod
    def _has_room(lane: _Lane) -> bool:
        return len(lane.frames) < lane.capacity
