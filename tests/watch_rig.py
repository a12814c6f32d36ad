"""What a watched camera sends: scenes with the noise of a sensor, in its own form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from places import SHARED

from device import config, ids
from device.types import Frame, Grey, Pixels
from device.watch import Watch

SIZE = (640, 360)
ROAD = SHARED / "video" / "car-detection.mp4"
CARS = ((4.3, 8.1), (14.3, 18.7), (25.2, 27.8))
"""Seconds in which cars are on the road; otherwise it is empty."""

Plane = NDArray[Any]


class Luma:
    """A `types.Raw` from a brightness plane."""

    def __init__(self, plane: Plane) -> None:
        self._grey: Grey = np.clip(plane, 0, 255).astype(np.uint8)
        self.height, self.width = plane.shape

    def grey(self) -> Grey:
        return self._grey

    def pixels(self) -> Pixels:
        return np.repeat(self._grey[..., None], 3, axis=2)


def frame(plane: Plane | Luma | bytes, moment: float = 0.0, source: str = "gate") -> Frame:
    data = Luma(plane) if isinstance(plane, np.ndarray) else plane
    return Frame(ids.new_id(), source, 1_800_000_000.0 + moment, data, moment=moment)


def scene(seed: int = 3) -> Plane:
    """A still scene: coarse shapes and a little texture, brightness about 40 to 170."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(50, 160, (12, 20), dtype=np.uint8))
    shapes = np.asarray(coarse.resize(SIZE, Image.Resampling.NEAREST), np.float64)
    return (shapes + rng.normal(0, 3, shapes.shape)).astype(np.float32)


_NOISE = np.random.default_rng(1).normal(0, 1, (7, *SIZE[::-1])).astype(np.float32)


def noise(sigma: float, seed: int) -> Plane:
    """Of a sensor; planes come again, shifted, for making new ones takes longer than the test."""
    return np.roll(_NOISE[seed % 7], seed * 37, axis=seed % 2) * np.float32(sigma)


def film(
    draw: Callable[[float], Plane], fps: float, seconds: float, sigma: float = 4.0
) -> Iterator[Frame]:
    """Frames of a drawn scene with the noise of a sensor."""
    for number in range(round(fps * seconds)):
        moment = number / fps
        yield frame(draw(moment) + noise(sigma, number), moment)


def wanted(**more: Any) -> config.Source:
    values = {"name": "gate", "url": "fake://?stream=yes", "mode": "visits", **more}
    return config.Source.model_validate(values)


def watch(*, better: bool = False, **more: Any) -> Watch:
    return Watch(wanted(**more), better=better)


def road(step: int = 1) -> Iterator[Frame]:
    """Every `step`-th of the 12.5 frames a second of the road, in the camera's own form."""
    import av

    with av.open(str(ROAD)) as container:
        for number, shot in enumerate(container.decode(video=0)):
            if number % step == 0:
                yield frame(Luma(shot.to_ndarray(format="gray")), float(shot.time or 0.0), "road")
