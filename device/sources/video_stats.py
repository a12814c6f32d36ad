"""What is known of a stream while it runs. Written by its reader, read by anybody."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from device.sources.video_timing import Arrivals, Keyframes


@dataclass(slots=True)
class Stats:
    """Plain values, each set by one thread. Counts go over all connections of a source."""

    codec: str | None = None
    decoder: str | None = None
    width: int = 0  # pixels, upright
    height: int = 0
    frames: int = 0  # decoded, or passed on as they came
    dropped: int = 0  # that were wanted, and overtaken by newer ones before anybody took them
    decode_errors: int = 0  # packets that could not be decoded, and frames with holes
    connections: int = 0  # that brought frames
    packet_at: float | None = None  # monotonic: the last packet of this connection
    frame_at: float | None = None  # the last frame of this connection
    began_at: float = 0.0  # this connection
    length: float | None = None  # s, of a film
    position: float = 0.0  # s, in a film
    keyframes: Keyframes = field(default_factory=Keyframes)
    arrivals: Arrivals = field(default_factory=Arrivals)

    def connecting(self) -> None:
        """A new connection: nothing is known of it."""
        self.began_at = time.monotonic()
        self.packet_at = self.frame_at = self.codec = self.decoder = None
        self.keyframes, self.arrivals = Keyframes(), Arrivals()

    def packet(self, now: float, is_keyframe: bool) -> None:
        """One came."""
        self.packet_at = now
        self.arrivals.saw(now)
        if is_keyframe:
            self.keyframes.saw(now)

    def frame(self, width: int, height: int) -> None:
        """One was decoded."""
        if self.frame_at is None:
            self.connections += 1
        self.frame_at = time.monotonic()
        self.frames += 1
        self.width, self.height = width, height

    def report(self) -> dict[str, Any]:
        """For health; `None` is what is not known (yet)."""
        at, rate, gap = self.frame_at, self.arrivals.rate, self.keyframes.interval
        return {
            "codec": self.codec,
            "decoder": self.decoder,
            "width": self.width or None,
            "height": self.height or None,
            "fps": None if rate is None else round(rate, 1),
            "keyframe_interval_s": None if gap is None else round(gap, 2),
            "frames": self.frames,
            "dropped": self.dropped,
            "decode_errors": self.decode_errors,
            "reconnects": max(0, self.connections - 1),
            "last_frame_age_s": None if at is None else round(time.monotonic() - at, 2),
        }
