"""Where pictures wait that somebody pushed: from whoever hears them to the source they are for.

Bounded in pictures and bytes for each name, so that one talkative camera costs neither memory nor
another camera's place. What finds no room is turned away and counted: the sender may try again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from device import clock
from device.errors import PictureError, UnknownSource

MOST_BYTES = 32 * 2**20
"""Of one picture, and of all that wait for one name."""
MOST_PICTURES = 16
"""That wait for one name."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A picture that somebody sent."""

    data: bytes  # encoded
    at: float  # UTC, when it came


@dataclass(slots=True)
class _Lane:
    pictures: deque[Pushed] = field(default_factory=deque)
    size: int = 0  # bytes
    turned_away: int = 0
    closed: bool = False


class Inbox:
    """`offer` from any thread, `take` from one a name."""

    def __init__(self, pictures: int = MOST_PICTURES, size: int = MOST_BYTES) -> None:
        self._pictures = pictures
        self._size = size
        self._lanes: dict[str, _Lane] = {}
        self._changed = threading.Condition()

    def add(self, name: str) -> None:
        """From now on there is room for this name; what waited for it before is gone."""
        with self._changed:
            before = self._lanes.get(name)
            self._lanes[name] = _Lane(turned_away=before.turned_away if before else 0)
            self._changed.notify_all()

    def close(self, name: str) -> None:
        """Nobody takes pictures of this name any more; whoever waits for one gets None."""
        with self._changed:
            lane = self._lanes.get(name)
            if lane is not None:
                lane.closed = True
                lane.pictures.clear()
                lane.size = 0
            self._changed.notify_all()

    def offer(self, name: str, data: bytes) -> bool:
        """Hand an encoded picture over; False: there is no room now. Never waits for it.

        Raises `UnknownSource` for a name that takes none, `PictureError` for what can be no
        picture: empty, or larger than any that is taken.
        """
        if not data:
            raise PictureError(f"nothing was sent to {name}: send the bytes of a picture")
        if len(data) > self._size:
            most = f"{self._size / 2**20:.0f} MiB"
            told = f"{len(data)} bytes were sent to {name}: a picture has at most {most}"
            raise PictureError(told)
        with self._changed:
            lane = self._lanes.get(name)
            if lane is None:
                there = ", ".join(self._lanes) or "none"
                raise UnknownSource(f"no mqtt-ingest source is called {name}; there are {there}")
            full = len(lane.pictures) >= self._pictures or lane.size + len(data) > self._size
            if full or lane.closed:
                lane.turned_away += 1
                return False
            lane.pictures.append(Pushed(data, clock.now()))
            lane.size += len(data)
            self._changed.notify_all()
            return True

    def take(self, name: str, timeout: float) -> Pushed | None:
        """The oldest picture; None after `timeout` seconds, or when closed."""
        deadline = time.monotonic() + timeout
        with self._changed:
            lane = self._lanes[name]
            while not lane.pictures:
                left = deadline - time.monotonic()
                if lane.closed or left <= 0:
                    return None
                self._changed.wait(left)
            pushed = lane.pictures.popleft()
            lane.size -= len(pushed.data)
            return pushed

    def waiting(self, name: str) -> int:
        """Pictures that wait for the source of this name."""
        return len(self._lanes[name].pictures)

    def turned_away(self, name: str) -> int:
        """Pictures of this name for which there was no room."""
        return self._lanes[name].turned_away
