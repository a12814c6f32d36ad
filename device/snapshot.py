"""The newest picture of a camera as a JPEG: made only when somebody looks, once for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from device import images, privacy
from device.config_base import Polygon
from device.types import Frame

SIDE = 960  # pixels, about the longer side
_KEPT = 0.5  # seconds that a JPEG is good for, however many look and however fast frames come


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a frame."""

    frame_id: str
    jpeg: bytes


class Snapshot:
    """Of one source. Any thread."""

    def __init__(self, masks: Sequence[Polygon] = ()) -> None:
        """`masks`: what is blackened, in 0..1 of the upright picture."""
        self._masks = masks
        self._shown: Shown | None = None
        self._until = 0.0  # monotonic
        self._lock = threading.Lock()  # held while it is encoded: the others want the same

    def of(self, frame: Frame) -> Shown:
        """The frame, or one that was the newest a moment ago. Raises `PictureError`."""
        with self._lock:
            shown, now = self._shown, time.monotonic()
            if shown is None or (shown.frame_id != frame.id and now >= self._until):
                shown = self._shown = Shown(frame.id, self._encode(frame))
                self._until = now + _KEPT
            return shown

    def forget(self) -> None:
        """The camera was switched off."""
        with self._lock:
            self._shown = None

    def _encode(self, frame: Frame) -> bytes:
        picture = images.decode(frame, (SIDE * 9 // 16, SIDE * 9 // 16))
        return images.jpeg_bytes(privacy.hidden(picture, self._masks).reduced(SIDE))
