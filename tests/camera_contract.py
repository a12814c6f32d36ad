"""What a Pi camera source does with whatever answers like picamera2.

The same tests run on the camera system of software and on the real picamera2 with libcamera's
virtual camera: a test file subclasses `CameraContract` and gives it a fixture `rig`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from camera_rig import LORES, SIZE, Rig, fields, open_files, small, step

from device import clock
from device.errors import SourceError
from device.sources.picamera import PiCameraSource
from device.sources.picamera_scene import FIELDS


@pytest.fixture
def source(rig: Rig) -> Iterator[PiCameraSource]:
    """The first camera."""
    made = rig.source()
    yield made
    made.close()


class CameraContract:
    def test_frames_say_when_the_light_arrived(self, source: PiCameraSource) -> None:
        frames = list(islice(source, 5))
        moments = [frame.moment for frame in frames]
        assert None not in moments
        assert moments == sorted(set(moments))
        assert len({frame.id for frame in frames}) == 5
        for frame in frames:
            assert frame.source == "porch"
            assert frame.look is None
            assert frame.moment is not None
            late = (clock.now() - frame.taken_at) - (time.monotonic() - frame.moment)
            assert abs(late) < 0.05, "both clocks mean the same moment"
            assert 0 <= time.monotonic() - frame.moment < 5

    def test_the_small_picture_is_grey_without_a_conversion(self, source: PiCameraSource) -> None:
        raw = small(next(iter(source)))
        grey = raw.grey()
        assert (raw.width, raw.height) == LORES
        assert grey.shape == LORES[::-1]
        assert grey.dtype == np.uint8
        assert grey.base is not None, "a view"
        with pytest.raises(ValueError):
            grey[0, 0] = 1
        wanted = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in FIELDS]
        found = [grey[y, x] for y in (45, 315) for x in (160, 480)]
        assert found == pytest.approx(wanted, abs=4)

    def test_its_colours_are_right_and_a_copy(self, source: PiCameraSource) -> None:
        raw = small(next(iter(source)))
        pixels = raw.pixels()
        assert pixels.shape == (*LORES[::-1], 3)
        for found, wanted in zip(fields(pixels), FIELDS, strict=True):
            assert found == pytest.approx(wanted, abs=6)
        pixels[:] = 0
        assert raw.pixels().any()

    def test_the_large_picture_comes_only_while_it_matters(self, source: PiCameraSource) -> None:
        frames = iter(source)
        assert next(frames).better is None
        source.attend(True)
        alert = next(frames)
        assert alert.better is not None
        assert not isinstance(alert.better, bytes)
        assert (alert.better.width, alert.better.height) == SIZE
        for found, wanted in zip(fields(alert.better.pixels()), FIELDS, strict=True):
            assert found == pytest.approx(wanted, abs=6)
        source.attend(False)
        assert next(frames).better is None

    def test_both_pictures_are_of_one_frame(self, source: PiCameraSource) -> None:
        source.attend(True)
        seen = []
        for frame in islice(source, 6):
            assert frame.better is not None
            assert not isinstance(frame.better, bytes)
            assert step(small(frame)) == step(frame.better)
            seen.append(step(small(frame)))
        assert len(set(seen)) > 1, "the square moves"

    def test_pictures_outlive_their_camera(self, source: PiCameraSource) -> None:
        source.attend(True)
        kept = list(islice(source, 8))  # more than a camera system has buffers
        before = [step(small(frame)) for frame in kept]
        source.close()
        assert [step(small(frame)) for frame in kept] == before
        assert small(kept[0]).pixels().any()

    def test_no_more_frames_come_than_asked_for(self, rig: Rig) -> None:
        source = rig.source(fps=4.0)
        moments = [frame.moment or 0.0 for frame in islice(source, 4)]
        source.close()
        assert (moments[-1] - moments[0]) / 3 > 0.17

    def test_closing_ends_an_iteration_that_waits(self, rig: Rig) -> None:
        source = rig.source(patience=30.0)
        frames = iter(source)
        next(frames)
        rig.stall()
        ended = threading.Event()
        waiting = threading.Thread(target=lambda: (list(frames), ended.set()))
        waiting.start()
        assert not ended.wait(0.3)
        start = time.monotonic()
        source.close()
        assert ended.wait(2.0)
        waiting.join()
        assert time.monotonic() - start < 2.0

    def test_closing_frees_the_camera_though_a_frame_is_in_use(self, rig: Rig) -> None:
        first, second = rig.source(), rig.source()
        frames = iter(first)
        next(frames)  # its consumer is busy with it, somewhere else
        first.close()
        assert next(iter(second)) is not None
        second.close()
        assert next(frames, None) is None

    def test_an_abandoned_iteration_frees_it_too(self, rig: Rig) -> None:
        first, second = rig.source(), rig.source()
        frames = iter(first)
        next(frames)
        frames.close()  # type: ignore[attr-defined]
        assert next(iter(second)) is not None
        second.close()
        assert next(iter(first)) is not None
        first.close()

    def test_closed_is_closed(self, rig: Rig) -> None:
        source = rig.source()
        source.close()
        source.close()
        assert list(source) == []

    def test_a_camera_in_use_is_said_to_be(self, rig: Rig, source: PiCameraSource) -> None:
        frames = iter(source)
        next(frames)
        other = rig.source()
        for _ in range(3):
            with pytest.raises(SourceError, match="used by another program"):
                next(iter(other))
        assert next(frames) is not None, "the first goes on"
        source.close()
        assert next(iter(other)) is not None
        other.close()

    def test_a_camera_is_found_by_model_and_id(self, rig: Rig) -> None:
        first = rig.source()
        next(iter(first))
        known = first.status()
        first.close()
        assert known["model"] in rig.models
        for name in (known["model"].upper(), known["id"]):
            again = rig.source(camera=name)
            next(iter(again))
            assert again.status()["id"] == known["id"]
            again.close()

    def test_of_a_missing_camera_those_there_are_listed(self, rig: Rig) -> None:
        source = rig.source(camera="imx219")
        with pytest.raises(SourceError, match="no camera is called imx219") as raised:
            next(iter(source))
        for model in rig.models:
            assert model in str(raised.value)

    def test_a_silent_sensor_is_an_error_and_frees_the_camera(self, rig: Rig) -> None:
        source = rig.source(patience=0.5)
        frames = iter(source)
        next(frames)
        rig.stall()
        start = time.monotonic()
        with pytest.raises(SourceError, match="no picture for"):
            next(frames)
        assert 0.4 < time.monotonic() - start < 3.0
        threads = {thread.name for thread in threading.enumerate()}
        assert not any(name.startswith("close-") for name in threads)
        source.close()

    def test_health_says_what_the_camera_does(self, source: PiCameraSource) -> None:
        assert source.status()["frames"] == 0
        list(islice(source, 3))
        told = json.loads(json.dumps(source.status()))
        assert told["size"] == "1280x720"
        assert told["lores"] == "640x360"
        assert told["fps"] == 15.0
        assert told["frames"] == 3
        assert 0 <= told["last_frame_age"] < 2

    def test_opening_and_closing_leaves_nothing(self, rig: Rig) -> None:
        for _ in range(2):  # libraries keep what they opened first
            self._once(rig)
        threads, files = threading.active_count(), open_files()
        for _ in range(10):
            self._once(rig)
        assert threading.active_count() <= threads
        assert sum(open_files().values()) <= sum(files.values()) + 1

    def test_trying_a_camera_in_use_leaves_nothing(self, rig: Rig, source: PiCameraSource) -> None:
        frames = iter(source)
        next(frames)
        other = rig.source()
        for attempt in range(12):
            with pytest.raises(SourceError, match="another program"):
                next(iter(other))
            if attempt == 1:
                before = open_files()["pipe"]
        assert open_files()["pipe"] <= before

    @staticmethod
    def _once(rig: Rig) -> None:
        source = rig.source()
        assert next(iter(source)) is not None
        source.close()
