"""One connection to a stream: opened, read to its end, closed. Blocks the thread that reads it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import av
import av.error

from device.errors import SourceError
from device.sources.video_address import Address
from device.sources.video_decoder import Decoder, Mode
from device.sources.video_hardware import find
from device.sources.video_open import Opener, opened, trouble
from device.sources.video_raw import VideoRaw
from device.sources.video_stats import Stats
from device.sources.video_timing import Rate, Timing

log = logging.getLogger(__name__)

_STEP = 0.04  # seconds from frame to frame where a stream does not say


@dataclass(frozen=True, slots=True)
class Shot:
    """One wanted frame."""

    data: bytes | VideoRaw  # bytes: a JPEG file, as USB cameras make them
    moment: float  # s, steady
    taken_at: float  # UTC


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a stream."""

    mode: Mode = "adaptive"
    fps: float = 5.0  # at most
    hardware: bool = False


@dataclass(slots=True)
class Stream:
    """Where, what is wanted of it, and what is known of it."""

    name: str
    address: Address
    wishes: Wishes
    alert: threading.Event  # set while something happens
    stats: Stats
    opener: Opener = av.open

    def shots(self, timing: Callable[[float], Timing], stopping: threading.Event) -> Iterator[Shot]:
        """Every wanted frame until the stream ends. Raises `SourceError` when it breaks.

        `timing` is told the seconds from frame to frame.
        """
        container, stream = opened(self.address, self.opener)
        try:
            yield from self._shots(container, stream, timing(_step(stream)), stopping)
        except (av.error.FFmpegError, OSError) as error:
            if isinstance(error, SourceError):
                raise
            raise trouble(self.address, error) from None
        finally:
            container.close()

    def _shots(
        self, container: Any, stream: Any, timing: Timing, stopping: threading.Event
    ) -> Iterator[Shot]:
        rate, stats = Rate(self.wishes.fps), self.stats
        stats.length = _length(container)
        decoder = Decoder(self.name, stream, self.wishes.mode, self.alert, stats)
        if self.wishes.hardware:
            self._accelerate(decoder, stream)
        as_files = self.address.kind == "usb" and stream.codec_context.name == "mjpeg"
        if as_files:
            stats.decoder = "none: JPEG as the camera makes it"
        for packet in container.demux(stream):
            if stopping.is_set():
                return
            if packet.size:
                stats.packet(time.monotonic(), packet.is_keyframe)
            if as_files:
                yield from self._file(packet, stream.codec_context, rate, timing)
                continue
            for frame in decoder.feed(packet) if packet.size else decoder.rest():
                raw = VideoRaw(_own(frame) if self.address.kind == "usb" else frame)
                # Not `frame.time`: of frames that are flushed out at the end it has no number.
                position = None if frame.pts is None else float(frame.pts * stream.time_base)
                if position is not None:
                    stats.position = round(position, 2)
                stats.frame(raw.width, raw.height)
                moment, taken_at = timing.stamp(position)
                if rate.due(moment):
                    yield Shot(raw, moment, taken_at)

    def _file(self, packet: Any, codec: Any, rate: Rate, timing: Timing) -> Iterator[Shot]:
        if packet.size:
            self.stats.frame(codec.width, codec.height)
            moment, taken_at = timing.stamp(None)
            if rate.due(moment):
                yield Shot(bytes(packet), moment, taken_at)

    def _accelerate(self, decoder: Decoder, stream: Any) -> None:
        hardware = find(stream)
        decoder.use(hardware)
        if hardware is None:
            self.stats.decoder = f"{stream.codec_context.name} on the CPU: no hardware decoder here"
            log.warning(
                "source %s: hardware: auto, but there is no decoder for %s here: the CPU does it",
                self.name,
                stream.codec_context.name,
            )


def _length(container: Any) -> float | None:
    """Seconds, where the file says it rather than FFmpeg guessing."""
    said = {"mov", "matroska"} & set(container.format.name.split(","))
    return float(container.duration / av.time_base) if said and container.duration else None


def _step(stream: Any) -> float:
    rate = stream.average_rate or stream.guessed_rate
    return float(1 / rate) if rate else _STEP


def _own(frame: Any) -> Any:
    """A copy: a USB camera's frame lies in the driver's memory, which goes with the camera."""
    copy = av.VideoFrame.from_ndarray(frame.to_ndarray(), format=frame.format.name)
    copy.pts, copy.time_base = frame.pts, frame.time_base
    return copy
