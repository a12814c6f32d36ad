"""What can be decoded: PyAV with its FFmpeg, and decoders of the platform."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

from device import registry
from device.as_owner import may
from device.config import Config
from device.doctor import Finding

_USED = ("h264", "hevc", "mjpeg")
_PLATFORM = {"v4l2m2m": "video1[0-9]", "cuvid": "nvidia[0-9]"}
"""FFmpeg's names of the platform's decoders, and what must be in /dev for them."""


def look(config: Config, root: Path) -> Iterator[Finding]:
    """`root`: where /dev is. PyAV, which takes 30 MB, is loaded only where a source needs it."""
    needing = [
        one.name
        for one in config.sources
        if one.enabled
        and registry.SOURCES.get(registry.source_kind(one.parts), "").startswith("device.sources.v")
    ]
    if util.find_spec("av") is None:
        told = "PyAV is not here: no RTSP, HLS, USB cameras and films; pip install 'tagd[video]'"
        whom = f", which {', '.join(needing)} needs" if needing else ""
        yield Finding("video", "wrong" if needing else "ok", told + whom)
        return
    said = f"PyAV {metadata.version('av')}"
    if not needing:
        yield Finding("video", "ok", said)
        return
    try:
        import av.codec
    except ImportError as error:  # a wheel for another machine, or a library that is missing
        told = f"{said} cannot be loaded ({error}): install it anew with install.sh"
        yield Finding("video", "wrong", told)
        return
    known = av.codec.codecs_available
    lacking = [name for name in _USED if name not in known]
    if lacking:
        told = f"{said} has no decoder for {', '.join(lacking)}: install PyAV's own wheel"
        yield Finding("video", "warning", told)
    else:
        yield Finding("video", "ok", f"{said}, {', '.join(_USED)}")
    yield from _hardware(frozenset(known), root / "dev")


def _hardware(known: frozenset[str], devices: Path) -> Iterator[Finding]:
    for suffix, pattern in _PLATFORM.items():
        nodes = sorted(devices.glob(pattern))
        names = [name for name in _USED if f"{name}_{suffix}" in known]
        if not nodes or not names:
            continue
        if not any(may(node, os.R_OK | os.W_OK) for node in nodes):
            told = "tagd may not open it: sudo usermod -aG video,render tagd, then restart tagd"
            yield Finding("video decoder", "warning", f"{nodes[0]}: {told}")
        else:
            told = f"{', '.join(names)} by {suffix}; `hardware: auto` uses it"
            yield Finding("video decoder", "ok", told)
