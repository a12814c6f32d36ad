"""What is known of an HTTP camera: counts and rate, and which picture it showed last."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["stream", "still"]

_RATE_OVER = 30  # pictures
_IN_FULL = 300.0  # seconds after which a picture is fetched although it might be the same
_LONGEST = 1024  # letters of a tag or a date that is worth remembering


class State:
    """Counted by the reading thread, asked by any."""

    def __init__(self, kind: Kind | None) -> None:
        self.kind = kind  # None: not known before the camera has answered
        self.opened = 0  # answers
        self.frames = 0  # pictures handed on
        self.dropped = 0  # pictures that a newer one took the place of, in earlier iterations
        self.broken = 0  # parts of a stream that are no pictures
        self.unchanged = 0  # answers with the picture that was there before
        self._size = 0  # bytes of the last one
        self._times: deque[float] = deque(maxlen=_RATE_OVER)  # monotonic

    def count(self, size: int) -> None:
        """A picture of so many bytes goes on."""
        self.frames += 1
        self._size = size
        self._times.append(time.monotonic())

    def status(self, dropped: int, every: float | None) -> dict[str, Any]:
        """For health; `dropped` in the iteration that goes on, `every` in seconds."""
        times = list(self._times)
        span = times[-1] - times[0] if len(times) > 1 else 0.0
        return {
            "kind": self.kind,
            "fps": round((len(times) - 1) / span, 2) if span else None,
            "every_s": every,
            "bytes": self._size,
            "frames": self.frames,
            "dropped": self.dropped + dropped,
            "decode_errors": self.broken,
            "unchanged": self.unchanged,
            "reconnects": max(0, self.opened - 1) if self.kind == "stream" else 0,
            "last_frame_age_s": round(time.monotonic() - times[-1], 1) if times else None,
        }


class Unchanged:
    """Recognises the still picture that a camera showed the last time. One thread."""

    def __init__(self) -> None:
        self._conditions: dict[str, str] = {}
        self._digest: bytes | None = None
        self._fetched = 0.0  # monotonic

    def conditions(self, asked: bool) -> dict[str, str]:
        """Headers that let a camera answer 304 instead of sending the same picture again.

        None for a picture that somebody asked for; nor for ever, as some cameras always say 304.
        """
        if asked or time.monotonic() - self._fetched > _IN_FULL:
            return {}
        return self._conditions

    def note(self, headers: Mapping[str, str], digest: bytes) -> bool:
        """Remember this picture; True: it is the same as before."""
        self._fetched = time.monotonic()
        told = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
        self._conditions = {
            ours: value
            for ours, theirs in told.items()
            if (value := headers.get(theirs, "")) and len(value) <= _LONGEST
        }
        same = digest == self._digest
        self._digest = digest
        return same
