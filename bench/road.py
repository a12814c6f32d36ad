"""Frames of the road: car-detection.mp4, where cars pass three times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device import ids, images
from device.types import Frame, Picture, Pixels

CARS = ((4.3, 8.1), (14.3, 18.7), (25.2, 27.8))  # seconds; otherwise the road is empty


@dataclass(frozen=True, slots=True)
class RoadFrame:
    """A picture of the road."""

    picture: Picture
    seconds: float  # since the start


def empty(seconds: float) -> bool:
    """Is there no car for certain? Half a second about each passage is left open."""
    return all(not start - 0.5 <= seconds <= end + 0.5 for start, end in CARS)


def frames(video: Path) -> Iterator[RoadFrame]:
    """Every frame as a picture; none, with a sentence, without the file or PyAV."""
    for seconds, pixels in shots(video):
        frame = Frame(ids.new_id(), "road", seconds, pixels)
        yield RoadFrame(images.decode(frame), seconds)


def shots(video: Path) -> Iterator[tuple[float, Pixels]]:
    """Seconds and pixels of every frame, 12.5 a second; none without the file or PyAV."""
    if not video.exists():
        print(f"{video} is not there: no frames\n")
        return
    try:
        import av
    except ImportError:
        print("PyAV is not installed: no frames\n")
        return
    with av.open(str(video)) as container:
        for shot in container.decode(video=0):
            yield float(shot.time or 0.0), shot.to_ndarray(format="rgb24")
