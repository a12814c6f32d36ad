"""The Pi camera source on the real picamera2 with libcamera's virtual camera.

Run by pytest inside the Debian 13 root of `root.py`.
"""

from __future__ import annotations

import logging
import mmap
import threading
import time
from types import TracebackType
from typing import Any

import libcamera
import numpy as np
import pytest
from camera_contract import CameraContract, source
from camera_rig import LORES, SIZE
from picamera2 import Picamera2
from picamera2.allocators import LibcameraAllocator
from picamera2.allocators.allocator import Sync

from device.sources.picamera import PiCameraSource
from device.sources.picamera_driver import Driver
from device.sources.picamera_settings import PiCameraSettings

__all__ = ["source"]

PERIOD = 1 / 15  # seconds; the virtual camera of libcamera 0.4 makes frames as fast as it can

logging.getLogger("picamera2").setLevel(logging.ERROR)


class WholeBuffer(Sync):  # type: ignore[misc]
    """The memory of a frame; libcamera 0.4 does not say how much of a virtual one is used."""

    def __init__(self, _allocator: Any, buffer: Any, _write: bool) -> None:
        self._planes = buffer.planes

    def __enter__(self) -> mmap.mmap:
        length = max(plane.offset + plane.length for plane in self._planes)
        self._map = mmap.mmap(self._planes[0].fd, length)
        return self._map

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        del self._map  # closed with the last array that lies in it


class NotYet:
    """In the place of an allocator until the camera is open."""


class VirtualPicamera2(Picamera2):  # type: ignore[misc]
    """picamera2 as it is, but for what only a Pi's camera has: raw modes, DMA memory, a clock."""

    stalled = threading.Event()

    def __init__(self, camera_num: int = 0) -> None:
        self._due = 0.0
        super().__init__(camera_num, allocator=NotYet())
        self.allocator = LibcameraAllocator(self.camera)
        self.allocator.sync = WholeBuffer

    def _get_raw_modes(self) -> list[dict[str, Any]]:
        return [{"format": "NV12", "size": SIZE}]

    def process_requests(self, display: Any) -> None:
        """In the camera's own thread, after each frame."""
        if self.stalled.is_set():
            return
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + PERIOD
        super().process_requests(display)


def driver() -> Driver:
    return Driver(VirtualPicamera2, libcamera.Transform, libcamera.ColorSpace)


class VirtualRig:
    """The virtual cameras of the root."""

    models = ("imx708", "ov5647")

    def __init__(self) -> None:
        VirtualPicamera2.stalled.clear()

    def source(
        self, camera: str = "0", fps: float = 15.0, patience: float = 5.0, **options: Any
    ) -> PiCameraSource:
        settings = PiCameraSettings(camera=camera, size=SIZE, lores=LORES, fps=fps, **options)
        return PiCameraSource("porch", settings, driver, patience=patience)

    def stall(self) -> None:
        VirtualPicamera2.stalled.set()


@pytest.fixture
def rig() -> VirtualRig:
    return VirtualRig()


class TestOnLibcamera(CameraContract):
    """What holds for every camera."""


def test_what_a_frame_costs(
    rig: VirtualRig, record_property: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the source itself, at the rate that the virtual camera manages without a clock."""
    monkeypatch.setattr(f"{__name__}.PERIOD", 0.0)
    made = rig.source(fps=120.0)
    frames = iter(made)
    next(frames)
    start, processor = time.monotonic(), time.thread_time()
    count = 0
    while count < 200:
        next(frames)
        count += 1
    record_property("frames_per_s", round(count / (time.monotonic() - start), 1))
    record_property("source_ms", round((time.thread_time() - processor) / count * 1000, 3))
    start = time.thread_time()
    for _ in range(20):
        assert np.any(next(frames).data.pixels())
    record_property("with_pixels_ms", round((time.thread_time() - start) / 20 * 1000, 3))
    made.close()
