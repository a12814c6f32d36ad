"""Moving pictures from the config: cameras and films through PyAV, an extra (`video`)."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from device import options
from device.config_camera import Camera
from device.errors import ConfigError
from device.seams import Source
from device.sources import video_address as address
from device.sources.video_film import FilmSource
from device.sources.video_live import LiveSource
from device.sources.video_main import Main
from device.sources.video_stats import Stats
from device.sources.video_stream import Stream, Wishes

_CAMERAS = ("rtsp", "rtsps", "rtmp", "rtmps")


def from_url(name: str, url: SplitResult, *, camera: Camera | None = None, **_: Any) -> Source:
    """The source of an rtsp, rtsps, rtmp, rtmps, hls (http, https), file or v4l2 URL.

    Of `camera` come decode, hardware, fps and main. Raises `ConfigError`.
    """
    camera = camera or Camera()
    wishes = Wishes(camera.decode, camera.fps, camera.hardware == "auto")
    if camera.main is not None and url.scheme not in _CAMERAS:
        raise ConfigError([f"source {name}: main goes with {', '.join(_CAMERAS)} only"])
    if url.scheme == "file":
        path, given = _film(name, url)
        # Who passes between two keyframes is to be seen as well: there is no hurry.
        if wishes.mode == "adaptive":
            wishes = replace(wishes, mode="all")
        film = Stream(name, address.film(path), wishes, threading.Event(), Stats())
        return FilmSource(film, **given)
    if url.scheme == "hls":
        raise ConfigError([f"source {name}: write the http:// or https:// URL of its .m3u8"])
    where = address.usb(name, url) if url.scheme == "v4l2" else address.network(name, url)
    main = _main(name, camera.main) if camera.main is not None else None
    return LiveSource(Stream(name, where, wishes, threading.Event(), Stats()), main)


def _main(name: str, url: str) -> Main:
    parts = urlsplit(url)
    if parts.scheme not in _CAMERAS:
        raise ConfigError([f"source {name}: main: write one of {', '.join(_CAMERAS)}"])
    keyframes = Wishes("keyframes", fps=60.0)
    where = address.network(name, parts)
    return Main(Stream(name, where, keyframes, threading.Event(), Stats()))


def _film(name: str, url: SplitResult) -> tuple[Path, dict[str, bool]]:
    if url.netloc or not url.path.startswith("/"):
        raise ConfigError([f"source {name}: write the whole path, as in file:///srv/film.mp4"])
    given = options.read(name, url, {"pace": _pace, "loop": options.switch})
    return Path(unquote(url.path)), {
        "fast": given.get("pace", False),
        "loop": given.get("loop", False),
    }


def _pace(value: str) -> bool:
    """Whether as fast as can be."""
    if value not in ("real", "fast"):
        raise ValueError(f"write real or fast, not {value!r}")
    return value == "fast"
