"""What watching costs: `python -m bench.motion`. Milliseconds of CPU a 1080p frame, by its parts.

The picture is a film rendered here, with the noise of a sensor, encoded and decoded as a camera's
stream is; decoding is measured in the same run. Without PyAV the frames are made up undecoded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from bench.machine import machine
from device import config, ids
from device.camera_health import CameraHealth
from device.motion import Motion
from device.small import small_grey
from device.types import Frame, Grey, Pixels
from device.watch import Watch

_SIZE = (1920, 1080)
_FRAMES = 150
_FPS = 15


@dataclass(frozen=True, slots=True)
class Luma:
    """A camera's own form of which only the brightness is asked."""

    plane: Grey

    @property
    def width(self) -> int:
        return int(self.plane.shape[1])

    @property
    def height(self) -> int:
        return int(self.plane.shape[0])

    def grey(self) -> Grey:
        """As a decoder left it."""
        return self.plane

    def pixels(self) -> Pixels:
        """Grey, three times."""
        return np.repeat(self.plane[..., None], 3, axis=2)


def drawn() -> Iterator[Grey]:
    """A still scene with noise, through which a thing walks in the second half."""
    rng = np.random.default_rng(1)
    width, height = _SIZE
    blocks = rng.integers(50, 160, (height // 90, width // 96), dtype=np.uint8)
    scene = np.repeat(np.repeat(blocks, 90, axis=0), 96, axis=1).astype(np.int16)
    noise = rng.normal(0, 4, (5, height, width)).astype(np.int16)
    for number in range(_FRAMES):
        picture = scene + noise[number % 5]
        if number > _FRAMES // 2:
            left = number * 10
            picture[400:700, left : left + 160] += 60
        yield np.clip(picture, 0, 255).astype(np.uint8)


def decoded() -> tuple[list[Luma], float | None]:
    """The film as a decoder hands it over, and milliseconds of decoding a frame; None: no PyAV."""
    try:
        import av
    except ImportError:
        return [Luma(plane) for plane in drawn()], None
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FPS, options={"preset": "veryfast"})
        stream.width, stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        for plane in drawn():
            shot = av.VideoFrame.from_ndarray(plane, format="gray").reformat(format="yuv420p")
            container.mux(stream.encode(shot))
        container.mux(stream.encode(None))
    file.seek(0)
    found = []
    spent = 0.0
    with av.open(file) as container:
        container.streams.video[0].thread_count = 1
        start = time.process_time()
        for shot in container.decode(video=0):
            spent += time.process_time() - start
            found.append(Luma(shot.to_ndarray()[: shot.height]))  # the luma comes first
            start = time.process_time()
    return found, spent / len(found) * 1000


def spent(work: Callable[[int], object]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Milliseconds of CPU of each frame."""
    times = np.empty(_FRAMES)
    for number in range(_FRAMES):
        start = time.thread_time()
        work(number)
        times[number] = time.thread_time() - start
    return times * 1000


def main() -> None:
    """Measure and print."""
    shots, decoding = decoded()
    frames = [
        Frame(ids.new_id(), "bench", 0.0, shot, moment=number / _FPS)
        for number, shot in enumerate(shots)
    ]
    greys = [small_grey(frame) for frame in frames]
    motion, health = Motion(12, 0.0015), CameraHealth("bench")
    settings = {"name": "bench", "url": "fake://", "mode": "visits", "fps": _FPS * 1.5}
    watch = Watch(config.Source.model_validate(settings))
    rows = {
        "small grey picture": spent(lambda n: small_grey(frames[n])),
        "motion": spent(lambda n: motion.see(greys[n], n / _FPS)),
        "health of the camera": spent(lambda n: health.see(greys[n], n / _FPS, 0.0)),
    }
    gate = spent(lambda n: watch.consider(frames[n]))
    middle = _FRAMES // 2
    rows |= {"the gate, nothing moves": gate[1:middle], "the gate, a thing walks": gate[middle:]}
    print("| ms of CPU a 1080p frame | median | p99 | of decoding |\n|---|---|---|---|")
    for name, times in rows.items():
        usual, worst = float(np.median(times)), float(np.percentile(times, 99))
        share = f"{usual / decoding:.3f}" if decoding else "-"
        print(f"| {name} | {usual:.3f} | {worst:.3f} | {share} |")
    if decoding:
        print(f"| decoding H.264 | {decoding:.2f} | | 1 |")
    print(f"\n{machine()}, {len(frames)} frames, {watch.status()['looks']} looks")


if __name__ == "__main__":
    main()
