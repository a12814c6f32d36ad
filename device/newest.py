"""From a thread that must never wait to one that may be slow: only the newest is handed over."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from device.errors import SourceError

T = TypeVar("T")


class Newest(Generic[T]):
    """Room for one. From any thread."""

    def __init__(self) -> None:
        self.dropped = 0  # items that a newer one took the place of
        self._item: T | None = None
        # Not the error itself: its traceback would keep the reader's and the taker's last frames.
        self._end: tuple[type[SourceError], str] | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: T) -> None:
        """Never waits."""
        with self._changed:
            if self._item is not None:
                self.dropped += 1
            self._item = item
            self._changed.notify_all()

    def fail(self, error: SourceError) -> None:
        """Nothing will come any more: `take` raises its like once the last item is gone."""
        with self._changed:
            self._end = (type(error), str(error))
            self._changed.notify_all()

    def close(self) -> None:
        """Whoever waits gets None."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self) -> T | None:
        """The newest, once there is one; None when closed. Raises as `fail` was told."""
        with self._changed:
            while not self._closed:
                if self._item is not None:
                    item, self._item = self._item, None
                    return item
                if self._end is not None:
                    kind, text = self._end
                    raise kind(text)
                self._changed.wait()
            return None
