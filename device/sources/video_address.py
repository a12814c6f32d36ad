"""What a URL of the config means to FFmpeg: address, format, limits of what may be opened.

FFmpeg follows whatever it is given: without these limits it opened `file:`, `concat:` and
`subfile:` and went where a redirect led it. Names of options: FFmpeg's protocols and formats.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote

from device import options
from device.errors import ConfigError
from device.names import display_name
from device.redact import remember

Kind = Literal["rtsp", "rtmp", "hls", "film", "usb"]

_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}
_FILM_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,h264,hevc,ogg,asf,m4v,mjpeg"
_QUICK = {"analyzeduration": "0", "probesize": "32"}
"""The first picture after 0.1 s instead of 1.9 s: the decoder finds out the rest."""


@dataclass(frozen=True, slots=True)
class Address:
    """What is to be opened, and how."""

    kind: Kind
    shown: str  # for people: without user, password and path, which may hold both
    url: str = field(repr=False)
    format: str | None  # FFmpeg's name; None: one of those that `options` allow
    options: Mapping[str, str] = field(repr=False)
    tries: tuple[tuple[str, Mapping[str, str]], ...] = (("", {}),)  # further options, best first
    host: str | None = None
    port: int = 0
    tls: bool = False


def network(name: str, parts: SplitResult) -> Address:
    """A camera or server of rtsp, rtsps, rtmp, rtmps, http or https. Raises `ConfigError`.

    `transport=tcp|udp`, `ca_file=/path` and `verify=yes|no` are taken out of the query; the rest
    is the camera's.
    """
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        told = f"write its URL as {parts.scheme}://user:password@host:port/path"
        coded = "in user and password write / as %2F, ? as %3F, # as %23, @ as %40 and : as %3A"
        raise ConfigError([f"source {name}: {told}; {coded}"])
    scheme, secure = parts.scheme, parts.scheme in ("rtsps", "rtmps", "https")
    ours = {"transport": _transport, "ca_file": _file, "verify": options.switch}
    query, given = _taken(name, parts.query, ours)
    place = f"[{host}]" if ":" in host else host
    port = port or _DEFAULT_PORTS[scheme]
    login = _login(parts)
    kind: Kind = "hls" if scheme.startswith("http") else "rtsp" if "rtsp" in scheme else "rtmp"
    opened = dict(_OPTIONS[kind])
    if kind == "rtsp":
        opened["rtsp_transport"] = given.get("transport", "tcp")
    if secure:
        opened["tls_verify"] = "1" if given.get("verify", True) else "0"
        authorities = given.get("ca_file") or ssl.get_default_verify_paths().cafile
        if authorities:
            opened["ca_file"] = authorities
    return Address(
        kind,
        shown=f"{scheme}://{place}:{port}",
        url=f"{scheme}://{login}{place}:{port}{parts.path}{'?' if query else ''}{query}",
        format={"rtsp": "rtsp", "rtmp": "flv", "hls": "hls"}[kind],
        options=opened,
        host=host,
        port=port,
        tls=secure,
    )


def film(path: Path) -> Address:
    """A video file."""
    allowed = {"protocol_whitelist": "file", "format_whitelist": _FILM_FORMATS}
    return Address("film", display_name(os.fsencode(path.name)), str(path), None, allowed)


def usb(name: str, parts: SplitResult) -> Address:
    """`v4l2:///dev/video0?size=1280x720&fps=15&format=mjpeg`. Raises `ConfigError`."""
    path = unquote(parts.path)
    if parts.netloc or not path.startswith("/dev/"):
        raise ConfigError([f"source {name}: write the device, as in v4l2:///dev/video0"])
    known: options.Known = {"size": _size, "fps": options.count, "format": _pixel_format}
    given = options.read(name, parts, known)
    wanted = {"video_size": given.get("size"), "framerate": given.get("fps")}
    said = {key: str(value) for key, value in wanted.items() if value}
    first = given.get("format", "mjpeg")
    order = [first, *(other for other in _PIXEL_FORMATS if other != first)]
    tries = [(other, {**said, "input_format": _PIXEL_FORMATS[other]}) for other in order]
    return Address("usb", path, path, "video4linux2", {}, (*tries, ("what it likes", {})))


_OPTIONS: dict[Kind, dict[str, str]] = {
    "rtsp": {
        **_QUICK,
        "protocol_whitelist": "rtsp,rtp,udp,tcp,tls,crypto",
        "allowed_media_types": "video",
    },
    "rtmp": {
        "analyzeduration": "0",
        "probesize": "4096",  # streams of FLV come to light with their first packets
        "protocol_whitelist": "rtmp,rtmps,tcp,tls",
        "rtmp_live": "live",
    },
    "hls": {"protocol_whitelist": "http,https,tcp,tls,crypto", "max_redirects": "0"},
}
_PIXEL_FORMATS = {"mjpeg": "mjpeg", "yuyv": "yuyv422"}


def _login(parts: SplitResult) -> str:
    """User and password, percent-encoded once, whatever the owner did; from now on a secret."""
    if parts.username is None:
        return ""
    user, password = unquote(parts.username), unquote(parts.password or "")
    remember(password)
    return f"{quote(user, safe='')}:{quote(password, safe='')}@"


def _taken(
    name: str, query: str, known: Mapping[str, Callable[[str], Any]]
) -> tuple[str, dict[str, Any]]:
    """The query without our options, every other byte as it was, and those options."""
    kept, found = [], {}
    for part in query.split("&") if query else []:
        ((key, value),) = parse_qsl(part, keep_blank_values=True) or [("", "")]
        if key not in known:
            kept.append(part)
            continue
        try:
            found[key] = known[key](value)
        except ValueError as error:
            raise ConfigError([f"source {name}: option {key}: {error}"]) from None
    return "&".join(kept), found


def _transport(value: str) -> str:
    if value not in ("tcp", "udp"):
        raise ValueError(f"write tcp or udp, not {value!r}")
    return value


def _file(value: str) -> str:
    if not os.access(value, os.R_OK) or os.path.isdir(value):
        raise ValueError(f"{value!r} is no file that tagd may read")
    return value


def _size(value: str) -> str:
    width, _, height = value.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError(f"write width and height in pixels, as in 1280x720, not {value!r}")
    return value


def _pixel_format(value: str) -> str:
    if value not in _PIXEL_FORMATS:
        raise ValueError(f"write {' or '.join(_PIXEL_FORMATS)}, not {value!r}")
    return value
