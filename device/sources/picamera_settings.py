"""What can be said of a Pi camera in its URL, and how the camera system is told."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote

from device import config, options
from device.errors import ConfigError, SourceError
from device.sources.picamera_driver import Camera, Driver, Request
from device.yuv import LAYOUTS, Colours, Planes

Size = tuple[int, int]
"""Width and height in pixels, both even."""

_BUFFERS = 4  # frames that the camera system holds at once, in memory that a small Pi is short of
_SMALL_WIDTH = 640  # pixels; the models look at 320, motion at 160
_LARGEST = 10_000  # pixels on a side
_FASTEST = 120.0  # frames a second

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PiCameraSettings:
    """One camera, as it is to be opened."""

    camera: str = "0"  # its number, id or model
    size: Size = (1280, 720)  # of the picture that is kept
    lores: Size = (640, 360)  # of the picture that is tagged; not above `size`
    fps: float = 5.0  # frames per second, which the camera system makes
    hflip: bool = False  # left and right change places
    vflip: bool = False  # top and bottom change places
    always_better: bool = False  # the large picture with every frame, not only with what moves


DEFAULT = PiCameraSettings()


def read(name: str, url: SplitResult, camera: config.Source | None = None) -> PiCameraSettings:
    """The settings in `picamera://0?size=1280x720&fps=5`. Raises `ConfigError`.

    Without `fps` the source's own holds. Where pictures are taken only at times, each is kept.
    """
    known = {
        "size": _size,
        "lores": _size,
        "fps": _rate,
        "rotation": _half_turn,
        "hflip": options.switch,
        "vflip": options.switch,
    }
    given = options.read(name, url, known)
    size = given.get("size", DEFAULT.size)
    lores = given.get("lores", _small(size))
    if lores[0] > size[0] or lores[1] > size[1]:
        raise ConfigError([f"source {name}: option lores: it may not be larger than size"])
    turned = given.get("rotation", False)
    return PiCameraSettings(
        camera=unquote(url.netloc + url.path) or "0",
        size=size,
        lores=lores,
        fps=given.get("fps", camera.fps if camera else DEFAULT.fps),
        hflip=given.get("hflip", False) != turned,
        vflip=given.get("vflip", False) != turned,
        always_better=camera is not None and camera.mode in ("interval", "every"),
    )


def configure(camera: Camera, driver: Driver, wanted: PiCameraSettings) -> dict[str, Any]:
    """Two streams of one view, and what the camera makes of it, for health.

    Full-range BT.601 is what JPEG uses. Without `queue` a capture gets the next frame and never
    one that waited. Raises `SourceError` where the camera gives no such pictures.
    """
    controls = {}
    if "FrameDurationLimits" in camera.camera_controls:
        period = round(1e6 / wanted.fps)
        controls["FrameDurationLimits"] = (period, period)
    camera.configure(
        camera.create_video_configuration(
            main={"size": wanted.size, "format": "YUV420"},
            lores={"size": wanted.lores, "format": "YUV420"},
            raw=None,
            transform=driver.Transform(hflip=wanted.hflip, vflip=wanted.vflip),
            colour_space=driver.ColorSpace.Sycc(),
            buffer_count=_BUFFERS,
            queue=False,
            controls=controls,
            display=None,
            encode=None,
        )
    )
    made = camera.camera_configuration()
    for stream in ("main", "lores"):
        if made[stream]["format"] not in LAYOUTS:
            raise SourceError(
                f"the camera gives {made[stream]['format']}, not YUV420: if it is a USB camera, "
                "use it as v4l2:///dev/video0"
            )
    turn = made["transform"]
    if (bool(turn.hflip), bool(turn.vflip)) != (wanted.hflip, wanted.vflip):
        log.warning("the camera %s cannot turn its picture; it stays as it is", wanted.camera)
    return {
        "size": "{}x{}".format(*made["main"]["size"]),
        "lores": "{}x{}".format(*made["lores"]["size"]),
        "format": made["lores"]["format"],
        "fps": wanted.fps,
    }


def planes(made: Mapping[str, Any], stream: str, request: Request) -> Planes:
    """A copy of one stream of a request, in the layout that the camera system settled on."""
    width, height = made[stream]["size"]
    layout = made[stream]["format"]
    return Planes(request.make_array(stream), width, height, layout, _colours(made["colour_space"]))


def _colours(space: Any) -> Colours:
    if space is None:
        return Colours()
    encoding = str(space.ycbcrEncoding).rpartition(".")[2]
    return Colours(encoding, full=str(space.range).endswith("Full"))


def _small(size: Size) -> Size:
    """As wide as is enough for the models, in the same shape."""
    width = min(_SMALL_WIDTH, size[0])
    return width, min(size[1], 2 * max(1, round(width * size[1] / size[0] / 2)))


def _size(value: str) -> Size:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", value)
    if not found:
        raise ValueError(f"write width and height as in 1280x720, not {value!r}")
    width, height = int(found[1]), int(found[2])
    if width % 2 or height % 2 or not 0 < min(width, height) <= max(width, height) <= _LARGEST:
        raise ValueError(f"both sides are even numbers of pixels up to {_LARGEST}, not {value!r}")
    return width, height


def _rate(value: str) -> float:
    found = re.fullmatch(r"\d{1,3}(\.\d{1,3})?", value)
    if not found or not 0 < float(value) <= _FASTEST:
        raise ValueError(f"write frames per second, up to {_FASTEST:.0f}, not {value!r}")
    return float(value)


def _half_turn(value: str) -> bool:
    if value not in ("0", "180"):
        raise ValueError(f"write 0 or 180: the camera turns by no other angle, so not by {value!r}")
    return value == "180"
