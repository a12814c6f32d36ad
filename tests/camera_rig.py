"""What the tests of cameras look at: fields, the moving square, open files."""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from device.sources.picamera import PiCameraSource
from device.sources.picamera_scene import STEPS
from device.types import Frame, Pixels, Raw

SIZE, LORES = (1280, 720), (640, 360)


class Rig(Protocol):
    """A camera system with the cameras `models`; each sees `picamera_scene.scene`."""

    models: tuple[str, ...]

    def source(
        self, camera: str = "0", fps: float = 15.0, patience: float = 5.0, **options: object
    ) -> PiCameraSource: ...
    def stall(self) -> None:
        """No frame comes any more."""
        ...


def small(frame: Frame) -> Raw:
    """The frame's picture, which is still in the camera's own form."""
    assert not isinstance(frame.data, bytes | np.ndarray)
    return frame.data


def fields(pixels: Pixels) -> list[tuple[int, ...]]:
    """The colour in the middle of each field, above and below the square's way."""
    height, width = pixels.shape[:2]
    places = [(y, x) for y in (height // 8, height * 7 // 8) for x in (width // 4, width * 3 // 4)]
    return [tuple(int(value) for value in pixels[place]) for place in places]


def step(raw: Raw) -> int:
    """Where the square is: the number of the frame, modulo `STEPS`."""
    grey = raw.grey()
    line = grey[raw.height // 2]
    places = line[: raw.width // STEPS * STEPS].reshape(STEPS, -1).mean(axis=1)
    assert places.min() < 20
    return int(places.argmin())


def open_files() -> Counter[str]:
    """Descriptors by their kind: pipe, socket, anon_inode, memfd ..."""
    kinds: Counter[str] = Counter()
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # that of the folder itself
            kinds[str(file.readlink()).partition(":")[0]] += 1
    return kinds


def resident() -> float:
    """MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def until(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.01)
    return False
