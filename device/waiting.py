"""Who waits for what becomes of a frame. Whoever takes a future out of here resolves it, once."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from device.types import Outcome


class Waiting:
    """Futures by the id of their frame. Any thread."""

    def __init__(self) -> None:
        self._futures: dict[str, Future[Outcome]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._futures)

    def __contains__(self, frame_id: object) -> bool:
        """Whether somebody waits for this frame who has not hung up."""
        with self._lock:
            future = self._futures.get(str(frame_id))
        return future is not None and not future.cancelled()

    def add(self, frame_id: str, future: Future[Outcome]) -> None:
        """Have this future told."""
        with self._lock:
            self._futures[frame_id] = future

    def discard(self, frame_id: str) -> None:
        """Forget who waits: somebody else has told them."""
        with self._lock:
            self._futures.pop(frame_id, None)

    def tell(self, outcome: Outcome) -> None:
        """What became of the frame."""
        if (future := self._take(outcome.frame_id)) is not None:
            future.set_result(outcome)

    def refuse(self, frame_id: str, error: Exception) -> None:
        """Nothing will become of the frame."""
        if (future := self._take(frame_id)) is not None:
            future.set_exception(error)

    def refuse_all(self, error: Exception) -> None:
        """Nothing will become of any of them."""
        with self._lock:
            left = list(self._futures)
        for frame_id in left:
            self.refuse(frame_id, error)

    def _take(self, frame_id: str) -> Future[Outcome] | None:
        with self._lock:
            future = self._futures.pop(frame_id, None)
        if future is None or not future.set_running_or_notify_cancel():
            return None
        return future
