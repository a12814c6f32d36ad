"""Decoders of the platform: used where FFmpeg has one and its device is there, and watched.

A Raspberry Pi up to 4 has V4L2 M2M for H.264, NVIDIA cards have NVDEC (cuvid).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import av.codec
import av.error

_SUFFIXES = {"v4l2m2m": "video1[0-9]", "cuvid": "nvidia[0-9]"}
"""FFmpeg's names of such decoders, and what must be in /dev for them (10 to 19: Raspberry Pi)."""

_PROOF = 30  # packets after which a decoder that works has given a frame


class Hardware:
    """A decoder of the platform. `failed` says why it must not be used any more."""

    def __init__(self, name: str, codec: Any) -> None:
        self.name = name
        self.failed: str | None = None
        self._codec = codec
        self._fed = 0
        self._gave = False

    def decode(self, packet: Any) -> list[Any]:
        """Its frames; an error before the first of them means that it does not work here."""
        self._fed += 1
        try:
            frames: list[Any] = self._codec.decode(packet)
        except av.error.EOFError:
            raise
        except (av.error.FFmpegError, OSError, ValueError):
            if self._gave:
                raise
            self.failed = "does not work here"
            return []
        self._gave = self._gave or bool(frames)
        if not self._gave and self._fed > _PROOF:
            self.failed = "gives no picture"
        return frames


def find(stream: Any, devices: Path = Path("/dev")) -> Hardware | None:
    """A decoder for this stream, opened but not proven; None: there is none."""
    codec = stream.codec_context
    for suffix, device in _SUFFIXES.items():
        name = f"{codec.name}_{suffix}"
        if name not in av.codec.codecs_available or not any(devices.glob(device)):
            continue
        try:
            made = av.CodecContext.create(name, "r")
            made.extradata = codec.extradata
            made.open()
        except (av.error.FFmpegError, OSError, ValueError):
            continue
        return Hardware(name, made)
    return None
