"""A camera system of software that answers like picamera2: its names, array shapes and manners.

Rows are padded with rubbish, a frame that is not given back is lacking later, and a camera that
is open is taken. It can be told to stall, to hang or to vanish, and says afterwards what it saw.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.sources.picamera_driver import Driver
from device.sources.picamera_scene import packed, scene

_BUSY = "failed to acquire camera: Device or resource busy"


@dataclass
class Transform:
    """As libcamera's, without the transposition, which no Pi camera can do."""

    hflip: bool = False
    vflip: bool = False


@dataclass
class ColorSpace:
    """As libcamera's, as far as it is asked for."""

    ycbcrEncoding: str = "YcbcrEncoding.Rec601"
    range: str = "Range.Full"

    @classmethod
    def Sycc(cls) -> ColorSpace:
        return cls()


class CameraSystem:
    """What is plugged in. `driver` is given to a source in the place of picamera2."""

    def __init__(
        self,
        models: Sequence[str] = ("imx708",),
        *,
        delivers: str = "YUV420",  # the layout, whatever is asked for
        align: int = 64,  # bytes that a row's length is a multiple of
    ) -> None:
        self.models = list(models)
        self.delivers = delivers
        self.align = align
        self.taken: set[int] = set()  # numbers of the cameras that are open
        self.opened = self.closed = self.lent = self.returned = 0
        self.copied: dict[str, int] = {"main": 0, "lores": 0}
        self.changed = threading.Condition()
        self.stalled = False
        self.hangs = False  # closing does not come to an end
        self.error: Exception | None = None  # of every capture
        self._made = type("Picamera2", (Picamera2,), {"system": self})

    def driver(self) -> Driver:
        """In the place of `picamera_driver.load`."""
        return Driver(self._made, Transform, ColorSpace)

    def tell(self, *, stalled: bool = False, hangs: bool = False) -> None:
        """From now on no frame comes, or closing hangs; or all is well again. Any thread."""
        with self.changed:
            self.stalled, self.hangs = stalled, hangs
            self.changed.notify_all()

    def vanish(self) -> None:
        """The cable comes off: nothing is found, and what is open breaks."""
        with self.changed:
            self.models = []
            self.error = RuntimeError("Failed to queue request: No such device")
            self.changed.notify_all()


class Picamera2:
    """One opened camera. Made by a `CameraSystem`, never by itself."""

    system: CameraSystem

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return [
            {"Model": model, "Location": 2, "Rotation": 0, "Id": f"/base/i2c@{n}/{model}", "Num": n}
            for n, model in enumerate(cls.system.models)
        ]

    def __init__(self, camera_num: int = 0) -> None:
        self.camera_controls = {"FrameDurationLimits": (8333, 120_000_000, None)}
        self._number = camera_num
        self._config: dict[str, Any] = {}
        self._due = 0.0  # monotonic seconds of the next frame
        self.lent = 0
        self.step = 0
        self.is_open = False
        with self.system.changed:
            if camera_num in self.system.taken:
                reason = RuntimeError(_BUSY)
                raise RuntimeError("Camera __init__ sequence did not complete.") from reason
            self.system.taken.add(camera_num)
            self.system.opened += 1
            self.is_open = True

    def create_video_configuration(self, **config: Any) -> dict[str, Any]:
        return config

    def configure(self, camera_config: dict[str, Any]) -> None:
        self._config = dict(camera_config)
        for name in ("main", "lores"):
            width, height = camera_config[name]["size"]
            layout = self.system.delivers
            bytes_a_row = width * {"RGB888": 3, "BGR888": 3}.get(layout, 1)
            stride = -(-bytes_a_row // self.system.align) * self.system.align
            self._config[name] = {"format": layout, "size": (width, height), "stride": stride}

    def camera_configuration(self) -> dict[str, Any]:
        return self._config

    def start(self) -> None:
        self._due = time.monotonic()

    @property
    def period(self) -> float:
        """Seconds between two frames."""
        microseconds: int = self._config["controls"]["FrameDurationLimits"][0]
        return microseconds / 1e6

    def capture_request(self, wait: bool = True) -> Job:
        assert not wait, "a plain capture may block for ever"
        return Job(self)

    def frame(self) -> float | None:
        """Seconds until the next frame is there; None: it is, and has just been taken."""
        if self.system.error is not None:
            raise self.system.error
        now = time.monotonic()
        if self.system.stalled or not self.is_open or self.lent >= self._config["buffer_count"]:
            return float("inf")
        if now < self._due:
            return self._due - now
        self.step += 1
        self._due = max(self._due + self.period, now)
        self.lent += 1
        self.system.lent += 1
        return None

    def close(self) -> None:
        with self.system.changed:
            self.system.changed.wait_for(lambda: not self.system.hangs)
            if self.is_open:
                self.is_open = False
                self.system.taken.discard(self._number)
                self.system.closed += 1
                self.system.changed.notify_all()


class Job:
    """A capture that may take its time."""

    def __init__(self, camera: Picamera2) -> None:
        self._camera = camera

    def get_result(self, timeout: float | None = None) -> CompletedRequest:
        changed = self._camera.system.changed
        end = time.monotonic() + (threading.TIMEOUT_MAX if timeout is None else timeout)
        with changed:
            while (wait := self._camera.frame()) is not None:
                left = end - time.monotonic()
                if left <= 0:
                    raise NotYet
                changed.wait(min(wait, left))
        return CompletedRequest(self._camera)


class CompletedRequest:
    """One frame, large and small."""

    def __init__(self, camera: Picamera2) -> None:
        self._camera = camera
        self._step = camera.step
        self._stamp = time.monotonic_ns()
        self._held = True

    def get_metadata(self) -> dict[str, Any]:
        return {
            "SensorTimestamp": self._stamp,
            "FrameDuration": round(self._camera.period * 1e6),
            "ExposureTime": 9998,
            "AnalogueGain": 1.1228,
            "Lux": 412.5,
        }

    def make_array(self, name: str) -> NDArray[np.uint8]:
        if not self._held or not self._camera.is_open:
            raise RuntimeError("failed to find buffer")
        config = self._camera.camera_configuration()
        self._camera.system.copied[name] += 1
        width, height = config[name]["size"]
        pixels = scene(self._step, width, height)
        turn = config["transform"]
        turned = pixels[:: -1 if turn.vflip else 1, :: -1 if turn.hflip else 1]
        return packed(turned, config[name]["format"], config[name]["stride"])

    def release(self) -> None:
        with self._camera.system.changed:
            assert self._held, "released twice"
            self._held = False
            self._camera.lent -= 1
            self._camera.system.returned += 1
            self._camera.system.changed.notify_all()
            if self._camera.system.error is not None:  # it cannot be queued again
                raise self._camera.system.error
