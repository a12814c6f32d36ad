"""The Raspberry Pi camera: small frames for tagging, the same frames large while it matters.

The camera system makes every frame twice, small and large, at no cost to the processor. Only the
small one is copied while nothing happens: 0.35 MB a frame instead of 1.7 at 1280 x 720.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult

from device import clock, config, ids
from device.errors import SourceError
from device.sources import picamera_driver, picamera_settings
from device.sources.picamera_driver import Camera, Driver, Request
from device.sources.picamera_settings import PiCameraSettings
from device.types import Frame
from device.workers import Worker

_LOOK_UP = 0.1  # seconds between two looks whether it is to end
_PATIENCE = 5.0  # seconds; a camera needs up to two for its first frame
_CLOSING = 3.0  # seconds until a camera that does not close is left behind
_OLDEST = 10.0  # seconds; a time stamp older than this is of another clock
_EARLY = 0.7  # of the time between two frames: sooner is too soon

FAKE = "fake"
"""In the place of a camera's number: one that needs no hardware."""

log = logging.getLogger(__name__)


class PiCameraSource:
    """Implements `Source`, `Improving` and `Reporting`.

    Frames carry `types.Raw`. Iterating raises SourceError when the camera cannot be opened, and
    when it falls silent: iterate again later. The camera is free for others after every end.
    """

    live = True
    stream = True
    better = True

    def __init__(
        self,
        name: str,
        settings: PiCameraSettings,
        load: Callable[[], Driver] = picamera_driver.load,
        *,
        patience: float = _PATIENCE,  # seconds without a frame until the camera has failed
    ) -> None:
        self.name = name
        self._settings = settings
        self._load = load
        self._patience = patience + 2 / settings.fps
        self._closed = threading.Event()
        self._lock = threading.Lock()  # over the camera and whatever it has lent
        self._camera: Camera | None = None
        self._alert = settings.always_better
        self._last = 0.0  # moment of the last frame
        self._facts: dict[str, Any] = {}
        self._frames = self._dropped = 0

    def __iter__(self) -> Iterator[Frame]:
        try:
            if not self._closed.is_set():
                self._open()
            while (frame := self._next()) is not None:
                yield frame
        finally:
            self._shut()

    def attend(self, alert: bool) -> None:
        self._alert = alert or self._settings.always_better

    def close(self) -> None:
        """End the iteration for good and free the camera, whoever holds a frame meanwhile.

        Within 3 seconds a camera that does not close is given up, which is logged.
        """
        self._closed.set()
        self._shut()

    def status(self) -> dict[str, Any]:
        age = round(time.monotonic() - self._last, 1) if self._last else None
        counts = {"frames": self._frames, "dropped": self._dropped, "last_frame_age": age}
        return {**self._facts, **counts}

    def _open(self) -> None:
        """Under the lock: a camera is not to be closed while it is being set up."""
        with self._lock:
            try:
                driver = self._load()
                number, found = picamera_driver.find(driver, self._settings.camera)
                self._camera = picamera_driver.opened(driver, number)
                told = picamera_settings.configure(self._camera, driver, self._settings)
                self._camera.start()
            except SourceError:
                raise
            except Exception as error:
                raise SourceError(f"the camera cannot be started: {error}") from error
        self._last = 0.0
        self._facts = {"model": found.get("Model", "unknown"), "id": found["Id"], **told}

    def _next(self) -> Frame | None:
        """The next frame in time; None when it is to end. Never keeps what the camera lends."""
        with self._lock:
            give_up_at = time.monotonic() + self._patience
            while self._camera is not None and not self._closed.is_set():
                request = self._wait(self._camera, give_up_at)
                if request is None:
                    continue
                try:
                    try:
                        frame = self._frame(self._camera, request)
                    finally:
                        request.release()  # which fails when the camera has just gone
                except Exception as error:
                    raise SourceError(f"the camera broke off: {error}") from error
                if frame is not None:
                    return frame
        return None

    def _wait(self, camera: Camera, give_up_at: float) -> Request | None:
        """The next request; None when it is to end. A plain capture blocks for as long as it likes.

        A job that is given up would keep the request that it gets at last: the camera is closed.
        """
        try:
            job = camera.capture_request(wait=False)
            while not self._closed.is_set():
                try:
                    return job.get_result(timeout=_LOOK_UP)
                except NotYet:
                    if time.monotonic() > give_up_at:
                        break
        except Exception as error:
            raise SourceError(f"the camera broke off: {error}") from error
        if self._closed.is_set():
            return None
        raise SourceError(
            f"the camera has given no picture for {self._patience:.0f} s: check its cable, and "
            "start tagd again if this lasts"
        )

    def _frame(self, camera: Camera, request: Request) -> Frame | None:
        """What is to be kept of a request; None if it comes too soon."""
        facts = request.get_metadata()
        now = time.monotonic()
        stamp = facts.get("SensorTimestamp", 0) / 1e9
        moment = stamp if 0 <= now - stamp < _OLDEST else now
        period = 1 / self._settings.fps
        if self._last:
            gap = moment - self._last
            if gap < _EARLY * period:
                return None
            self._dropped += max(0, round(gap / max(period, self._exposed(facts))) - 1)
        self._last = moment
        self._frames += 1
        self._note(facts)
        made = camera.camera_configuration()
        small = picamera_settings.planes(made, "lores", request)
        better = picamera_settings.planes(made, "main", request) if self._alert else None
        taken_at = clock.now() - (now - moment)
        return Frame(ids.new_id(), self.name, taken_at, small, moment=moment, better=better)

    @staticmethod
    def _exposed(facts: dict[str, Any]) -> float:
        """Seconds from this frame to the next, as the sensor says."""
        return float(facts.get("FrameDuration", 0)) / 1e6

    def _note(self, facts: dict[str, Any]) -> None:
        names = {"ExposureTime": "exposure_us", "AnalogueGain": "gain", "Lux": "lux"}
        seen = {word: round(facts[name], 2) for name, word in names.items() if name in facts}
        self._facts = {**self._facts, **seen}

    def _shut(self) -> None:
        """Free the camera in bounded time: libcamera has been seen to wait for a dead sensor."""
        if not self._lock.acquire(timeout=_CLOSING):
            log.error("source %s: the camera does not answer; it stays taken", self.name)
            return
        try:
            camera, self._camera = self._camera, None
        finally:
            self._lock.release()
        if camera is None:
            return
        closing = Worker(f"close-{self.name}", lambda _: self._give_back(camera))
        closing.start()
        closing.join(_CLOSING)
        if closing.is_alive():
            log.error(
                "source %s: the camera does not close within %.0f s; it stays taken until tagd "
                "is started again",
                self.name,
                _CLOSING,
            )

    def _give_back(self, camera: Camera) -> None:
        try:
            picamera_driver.close(camera)
        except Exception as error:  # noqa: BLE001 - whatever it was, the capture goes on
            log.warning("source %s: the camera did not close well: %s", self.name, error)


def from_url(
    name: str, url: SplitResult, *, camera: config.Source | None = None, **_: Any
) -> PiCameraSource:
    """`picamera://0?size=1280x720&fps=5` from the config. Raises ConfigError.

    `picamera://fake` is a camera of the kind made of software, for trials and tests.
    """
    settings = picamera_settings.read(name, url, camera)
    if settings.camera != FAKE:
        return PiCameraSource(name, settings)
    from device.sources import picamera_fake  # only where it is asked for

    system = picamera_fake.CameraSystem()
    return PiCameraSource(name, replace(settings, camera="0"), system.driver)
