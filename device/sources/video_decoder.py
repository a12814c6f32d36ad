"""Decides which packets of a stream are decoded, and decodes them.

While nothing happens only keyframes are: the packets between them do not even reach the decoder
(1 % of a core for 1080p at 15/s, against 2.6 % for all). The last of them are kept, so that
decoding can go on with the next packet instead of the next keyframe.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Literal

import av.error

from device.sources.video_hardware import Hardware
from device.sources.video_stats import Stats

log = logging.getLogger(__name__)

Mode = Literal["adaptive", "keyframes", "all"]

LONG_GAP = 4.0  # seconds between keyframes: who passes meanwhile would not be seen
_MOST_PIXELS = 40_000_000  # of a frame; 8K has 33 million, and FFmpeg would take 2 thousand million
_MOST_BEHIND = 16  # packets: about a second, decoded in a fraction of one


class Decoder:
    """Of one connection. Lives in the thread that reads it."""

    def __init__(
        self, name: str, stream: Any, mode: Mode, alert: threading.Event, stats: Stats
    ) -> None:
        """`alert` is set from outside while something happens."""
        self._name = name
        self._codec = stream.codec_context
        self._codec.thread_count = 1  # each thread more keeps a frame back
        self._codec.thread_type = "SLICE"
        self._codec.options = {"max_pixels": str(_MOST_PIXELS)}
        self._mode = mode
        self._alert = alert
        self._stats = stats
        self._hardware: Hardware | None = None
        self._behind: list[Any] | None = None  # since the last decoded one; None: too many
        self._lean = False  # the last decoded one was a keyframe between skipped packets
        self._told: set[str] = set()
        stats.codec = self._codec.name
        stats.decoder = f"{self._codec.name} on the CPU"

    def use(self, hardware: Hardware | None) -> None:
        """Before the first packet: let the platform decode, as long as it proves to."""
        self._hardware = hardware
        if hardware is not None:
            self._stats.decoder = hardware.name

    def feed(self, packet: Any) -> list[Any]:
        """The frames that this packet brings: none, mostly one."""
        if packet.is_keyframe:
            self._behind = []
            self._look_at_gap()
            frames = self._keyframe(packet)
        elif self._behind is None:
            return []
        elif not self._everything():
            self._skip(packet)
            return []
        else:
            behind, self._behind, self._lean = self._behind, [], False
            for missed in behind:
                self._decoded(missed)
            frames = self._decoded(packet)
        return frames

    def rest(self) -> list[Any]:
        """At the end of a film: the frames that were waited for."""
        return self._decoded(None)

    def _everything(self) -> bool:
        """Whether the packets between two keyframes are worth their decoding."""
        if self._mode == "all" or self._hardware is not None:
            return True
        gap = self._stats.keyframes.interval
        # Without a second keyframe there may never be one: a stream refreshed piece by piece.
        far = gap is None or gap > LONG_GAP
        return self._mode == "adaptive" and (far or self._alert.is_set())

    def _look_at_gap(self) -> None:
        gap = self._stats.keyframes.interval
        if gap is None or gap <= LONG_GAP or self._mode == "all":
            return
        done = "only they are looked at" if self._mode == "keyframes" else "every frame is decoded"
        self._tell(
            "gap",
            f"its keyframes are {gap:.0f} s apart, so {done}: set its I-frame interval to 1 or "
            "2 s, or watch its substream",
        )

    def _keyframe(self, packet: Any) -> list[Any]:
        lean, before = not self._everything(), self._lean
        self._lean = lean
        if lean and not before:
            self._codec.flush_buffers()  # frames that still wait for their turn are too late
        frames = self._decoded(packet)
        if lean and not frames:  # it waits for later ones, which it will not get
            frames = self._decoded(None)
            self._codec.flush_buffers()
            self._behind = [packet]
        return frames

    def _skip(self, packet: Any) -> None:
        if self._behind is not None:
            self._behind.append(packet)
            if len(self._behind) > _MOST_BEHIND:
                self._behind = None

    def _decoded(self, packet: Any) -> list[Any]:
        frames: list[Any] = []
        try:
            if self._hardware is not None:
                frames = self._hardware.decode(packet)
            else:
                frames = self._codec.decode(packet)
        except av.error.EOFError:
            pass
        except av.error.FFmpegError:
            self._count_damage()
        if self._hardware is not None and self._hardware.failed:
            self._tell(
                "hardware", f"{self._hardware.name} {self._hardware.failed}: the CPU does it"
            )
            self._stats.decoder = f"{self._codec.name} on the CPU: {self._hardware.name} failed"
            self._hardware, self._behind = None, None
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        if len(whole) < len(frames):
            self._count_damage()
        return whole

    def _count_damage(self) -> None:
        self._stats.decode_errors += 1
        self._tell("damage", "some of its packets are damaged or lost; health counts them")

    def _tell(self, about: str, text: str) -> None:
        """Once a connection."""
        if about not in self._told:
            self._told.add(about)
            log.warning("source %s: %s", self._name, text)
