"""The Pi camera source on a camera system of software."""

from __future__ import annotations

import gc
import logging
import threading
import time
from dataclasses import replace
from itertools import islice

import pytest
from camera_contract import CameraContract, source
from camera_rig import LORES, SIZE, fields, resident, small, until

from device.errors import SourceError
from device.mailbox import Mailbox
from device.sources.picamera import PiCameraSource
from device.sources.picamera_fake import CameraSystem, Picamera2
from device.sources.picamera_scene import FIELDS
from device.sources.picamera_settings import PiCameraSettings
from device.stages.capture import capture
from device.types import Frame
from device.workers import Worker, join_all

__all__ = ["source"]

QUICK = PiCameraSettings(size=SIZE, lores=LORES, fps=100.0)


class FakeRig:
    """A camera system of software with two cameras."""

    models = ("imx708", "ov5647")

    def __init__(self) -> None:
        self.system = CameraSystem(self.models)

    def source(
        self, camera: str = "0", fps: float = 15.0, patience: float = 5.0, **options: object
    ) -> PiCameraSource:
        settings = PiCameraSettings(camera=camera, size=SIZE, lores=LORES, fps=fps, **options)
        return PiCameraSource("porch", settings, self.system.driver, patience=patience)

    def stall(self) -> None:
        self.system.tell(stalled=True)


@pytest.fixture
def rig() -> FakeRig:
    return FakeRig()


class TestOnSoftware(CameraContract):
    """What holds for every camera."""


def one(system: CameraSystem, settings: PiCameraSettings = QUICK) -> Frame:
    made = PiCameraSource("porch", settings, system.driver)
    frame = next(iter(made))
    made.close()
    return frame


@pytest.mark.parametrize("layout", ["YUV420", "YVU420", "NV12", "NV21"])
@pytest.mark.parametrize("align", [1, 64, 256])
def test_whatever_the_layout_and_the_padding(layout: str, align: int) -> None:
    narrow = replace(QUICK, lores=(600, 338), always_better=True)
    frame = one(CameraSystem(delivers=layout, align=align), narrow)
    assert small(frame).grey().shape == (338, 600)
    for found, wanted in zip(fields(small(frame).pixels()), FIELDS, strict=True):
        assert found == pytest.approx(wanted, abs=4)


@pytest.mark.parametrize(
    ("hflip", "vflip", "order"), [(True, False, (1, 0, 3, 2)), (True, True, (3, 2, 1, 0))]
)
def test_the_camera_turns_the_picture(hflip: bool, vflip: bool, order: tuple[int, ...]) -> None:
    frame = one(CameraSystem(), replace(QUICK, hflip=hflip, vflip=vflip))
    for found, number in zip(fields(small(frame).pixels()), order, strict=True):
        assert found == pytest.approx(FIELDS[number], abs=4)


def test_nothing_large_is_copied_while_nothing_happens_and_all_is_given_back() -> None:
    system = CameraSystem()
    made = PiCameraSource("porch", QUICK, system.driver)
    list(islice(made, 20))
    assert system.copied == {"main": 0, "lores": 20}
    assert system.lent == system.returned
    assert not system.taken


def test_pictures_taken_at_times_are_large() -> None:
    made = PiCameraSource("porch", replace(QUICK, always_better=True), CameraSystem().driver)
    frames = iter(made)
    made.attend(False)
    assert next(frames).better is not None
    made.close()


def test_another_kind_of_camera_is_told_where_it_belongs() -> None:
    system = CameraSystem(delivers="RGB888")
    made = PiCameraSource("porch", QUICK, system.driver)
    with pytest.raises(SourceError, match=r"RGB888, not YUV420: .* v4l2:///dev/video0"):
        next(iter(made))
    assert not system.taken


def test_a_lost_camera_is_found_again() -> None:
    """Through the capture thread, as in the daemon."""
    system = CameraSystem()
    made = PiCameraSource("porch", QUICK, system.driver)
    mailbox = Mailbox()
    mailbox.add_lane("porch", live=True)
    worker = Worker("capture-porch", lambda worker: capture(worker, made, mailbox))
    worker.start()
    assert mailbox.take(2.0) is not None
    system.vanish()
    assert until(lambda: worker.error is not None)
    assert "broke off" in str(worker.error)
    system.error = None
    assert until(lambda: "no camera" in str(worker.error))
    system.models = ["imx708"]
    assert until(lambda: worker.error is None, 5.0)
    made.close()
    assert not join_all([worker], 2.0)
    assert not system.taken


def test_one_that_vanishes_while_it_lends_a_frame_is_lost_too() -> None:
    system = CameraSystem()
    made = PiCameraSource("porch", QUICK, system.driver)
    frames = iter(made)
    next(frames)
    take = Picamera2.frame

    def last(camera: Picamera2) -> float | None:
        wait = take(camera)
        if wait is None:
            system.error = RuntimeError("Failed to queue request: No such device")
        return wait

    system.driver().Picamera2.frame = last
    with pytest.raises(SourceError, match="broke off: Failed to queue request"):
        next(frames)
    assert system.lent == system.returned


def test_lost_frames_are_counted() -> None:
    system = CameraSystem()
    made = PiCameraSource("porch", replace(QUICK, fps=20.0), system.driver)
    frames = iter(made)
    list(islice(frames, 3))
    before = made.status()["dropped"]
    system.tell(stalled=True)
    threading.Event().wait(0.4)
    system.tell()
    next(frames)
    assert made.status()["dropped"] - before >= 5
    made.close()


def test_health_knows_the_light() -> None:
    made = PiCameraSource("porch", QUICK, CameraSystem().driver)
    frames = iter(made)
    next(frames)
    told = made.status()
    assert (told["exposure_us"], told["gain"], told["lux"]) == (9998, 1.12, 412.5)
    assert told["format"] == "YUV420"
    made.close()


def test_a_camera_that_does_not_close_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    system = CameraSystem()
    made = PiCameraSource("porch", QUICK, system.driver)
    frames = iter(made)
    next(frames)
    system.tell(hangs=True)
    start = time.monotonic()
    made.close()
    assert time.monotonic() - start < 3.5
    assert "the camera does not close within 3 s" in caplog.text
    assert next(frames, None) is None
    system.tell()
    assert until(lambda: not system.taken)


def test_a_close_that_fails_is_told_in_a_line(caplog: pytest.LogCaptureFixture) -> None:
    system = CameraSystem()

    class Broken(system.driver().Picamera2):  # type: ignore[misc]
        def close(self) -> None:
            super().close()
            raise RuntimeError("Unable to stop preview.")

    made = PiCameraSource("porch", QUICK, lambda: replace(system.driver(), Picamera2=Broken))
    next(iter(made))
    with caplog.at_level(logging.WARNING):
        made.close()
    assert "Unable to stop preview" in caplog.text
    assert "Traceback" not in caplog.text


def test_two_cameras_do_not_know_of_each_other() -> None:
    system = CameraSystem(("imx708", "ov5647"))
    first = PiCameraSource("porch", QUICK, system.driver)
    second = PiCameraSource("yard", replace(QUICK, camera="1"), system.driver)
    ours, theirs = iter(first), iter(second)
    assert next(ours).source == "porch"
    assert next(theirs).source == "yard"
    first.close()
    assert next(theirs) is not None
    second.close()


def test_of_two_of_a_kind_the_number_is_asked_for() -> None:
    system, twins = CameraSystem(("imx708", "imx708")), replace(QUICK, camera="imx708")
    made = PiCameraSource("porch", twins, system.driver)
    with pytest.raises(SourceError, match="several cameras are called imx708; there are 0: "):
        next(iter(made))


def test_closing_while_it_opens_frees_the_camera() -> None:
    """Whichever comes first; 50 tries at a race."""
    system = CameraSystem()
    for number in range(50):
        made = PiCameraSource("porch", QUICK, system.driver)
        (reader := threading.Thread(target=lambda made=made: list(made))).start()
        threading.Event().wait(number * 0.0002)
        made.close()
        reader.join(2.0)
        assert not reader.is_alive()
        assert not system.taken


def test_500_cameras_later_nothing_has_grown() -> None:
    system = CameraSystem()
    for _ in range(20):
        one(system)
    gc.collect()
    gc.freeze()  # every close collects: what others left need not be looked at each time
    before, threads = resident(), threading.active_count()
    for _ in range(500):
        one(system)
    gc.unfreeze()
    gc.collect()
    assert resident() - before < 5.0
    assert threading.active_count() == threads
    assert system.opened == system.closed == 520
    assert system.lent == system.returned
