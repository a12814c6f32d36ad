"""The USB camera source on the kernel's virtual camera `vivid`.

Run by pytest inside the machine of `vm.py`, as root: the camera is plugged in and pulled out.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from device import clock, registry
from device.config import Source as SourceConfig
from device.errors import SourceError
from device.seams import Source
from device.types import Frame

DEVICE = Path("/dev/video0")
URL = f"v4l2://{DEVICE}?size=640x360&fps=15"
BARS = ((191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0))
"""The left half of vivid's test picture, the 75 % colour bars, each an eighth wide."""

needs_source = pytest.mark.skipif(
    "v4l2" not in registry.SOURCES, reason="this tagd has no source for USB cameras"
)


def plug_in() -> None:
    only_a_camera = ["n_devs=1", "node_types=0x1", "num_inputs=1", "input_types=0"]
    subprocess.run(["modprobe", "vivid", *only_a_camera], check=True)
    end = time.monotonic() + 10
    while not DEVICE.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    quiet = "osd_text_mode=2,test_pattern=0"
    subprocess.run(["v4l2-ctl", "-d", str(DEVICE), "-c", quiet], check=True)


def pull_out() -> None:
    subprocess.run(["v4l2-ctl", "-d", str(DEVICE), "-c", "disconnect=1"], check=True)


@pytest.fixture
def camera() -> Iterator[None]:
    """One that is plugged in. Whoever still holds it afterwards fails the test."""
    plug_in()
    yield
    subprocess.run(["modprobe", "-r", "vivid"], check=True, timeout=10)


def source(url: str = URL, **options: Any) -> Source:
    """As the daemon makes it."""
    wanted = SourceConfig(name="bench", url=url, fps=15, **options)
    make = registry.load("tagd.sources", registry.SOURCES, "v4l2")
    made: Source = make("bench", wanted.parts, ledger=None, on_refused=None, camera=wanted)
    return made


@pytest.mark.usefixtures("camera")
def test_the_machine_has_a_camera() -> None:
    size = {"video_size": "640x360", "framerate": "15"}
    with av.open(str(DEVICE), format="video4linux2", options=size, timeout=(5, 5)) as opened:
        frames = list(islice(opened.decode(video=0), 3))
    assert {(frame.width, frame.height) for frame in frames} == {(640, 360)}


@needs_source
@pytest.mark.usefixtures("camera")
def test_frames_come_with_their_time_and_right_colours() -> None:
    made = source()
    assert made.live
    assert made.stream
    reading = iter(made)  # whose end would close the camera
    frames = list(islice(reading, 5))
    moments = [frame.moment for frame in frames]
    assert None not in moments
    assert moments == sorted(set(moments))
    assert abs(clock.now() - frames[-1].taken_at) < 10
    raw = frames[-1].data
    assert not isinstance(raw, bytes | np.ndarray)
    assert raw.grey().shape == (360, 640)
    pixels = raw.pixels()
    assert pixels.shape == (360, 640, 3)
    for number, colour in enumerate(BARS):
        assert pixels[250, 40 + 80 * number].astype(int) == pytest.approx(colour, abs=16)
    made.close()


@needs_source
@pytest.mark.usefixtures("camera")
def test_pictures_outlive_their_camera() -> None:
    """FFmpeg hands out the driver's own memory: gone with the device, it would end the process."""
    made = source()
    frames = iter(made)
    kept = [next(frames) for _ in range(6)]
    before = [_brightness(frame) for frame in kept]
    made.close()
    list(frames)
    child = os.fork()
    if child == 0:
        os._exit(0 if [_brightness(frame) for frame in kept] == before else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert min(before) > 50


def _brightness(frame: Frame) -> float:
    raw = frame.data
    assert not isinstance(raw, bytes | np.ndarray)
    return float(raw.grey().mean())


@needs_source
@pytest.mark.usefixtures("camera")
def test_unplugged_it_says_so_and_plugged_in_it_comes_back() -> None:
    made = source()
    frames = iter(made)
    next(frames)
    pull_out()
    start = time.monotonic()
    with pytest.raises(SourceError) as raised:
        list(frames)
    assert time.monotonic() - start < 20
    assert "\n" not in str(raised.value)
    subprocess.run(["modprobe", "-r", "vivid"], check=True, timeout=10)
    with pytest.raises(SourceError):
        next(iter(made))
    plug_in()
    assert next(iter(made)) is not None
    made.close()


@needs_source
@pytest.mark.usefixtures("camera")
def test_closing_frees_the_device() -> None:
    """From another thread; the fixture takes the driver out, which nobody may use then."""
    made = source()
    seen = threading.Event()

    def read() -> None:
        for _ in made:
            seen.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert seen.wait(20)
    made.close()
    reader.join(10)
    assert not reader.is_alive()


@needs_source
@pytest.mark.usefixtures("camera")
def test_a_camera_in_use_is_an_error_of_its_own() -> None:
    first, second = source(), source()
    frames = iter(first)
    next(frames)
    with pytest.raises(SourceError):
        next(iter(second))
    assert next(frames) is not None, "the first goes on"
    first.close()
    frames.close()  # type: ignore[attr-defined]
    second.close()


@needs_source
def test_without_a_camera_the_device_is_named() -> None:
    made = source("v4l2:///dev/video9")
    with pytest.raises(SourceError, match="/dev/video9"):
        next(iter(made))
    made.close()
