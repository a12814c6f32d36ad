"""Looks at which nothing happens are kept in the better size; nothing waits for it for long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from camera_rig import SIZE, until
from test_picamera import QUICK
from test_watch import looks, still, walker
from watch_rig import film, frame, noise, watch

from device import build
from device.config import Source
from device.mailbox import Mailbox
from device.sources.picamera import PiCameraSource
from device.sources.picamera_fake import CameraSystem
from device.stages.capture import capture
from device.types import Frame, Look
from device.workers import Worker


def improved(shot: Frame, is_better: bool = True) -> Frame:
    return replace(shot, better=shot.data if is_better else None)


@pytest.mark.parametrize("mode", ["visits", "interval"])
def test_a_look_that_is_due_waits_for_the_better_picture(mode: str) -> None:
    one = watch(better=True, mode=mode, look_every=20)
    passed, alert = [], []
    for shot in film(still, 5, 50):
        moment = shot.moment or 0.0
        late = any(1.5 <= moment - due < 2.2 for due in (0, 21.6, 43.2))
        looked = one.consider(improved(shot, late))
        alert += [moment] * one.alert
        if looked is not None:
            assert looked.look == Look("interval")
            assert looked.better is not None
            passed.append(moment)
    assert passed == pytest.approx([1.6, 23.2, 44.8], abs=0.3)
    assert len(alert) <= 3 * 10, "no more is decoded than that takes"


def test_a_better_picture_that_never_comes_is_not_waited_for_for_long() -> None:
    one = watch(better=True, look_every=20)
    found = looks(one, still, 5, 30)
    assert [round(moment) for moment, _ in found] == [4, 28]
    one.ask()
    assert one.alert
    asked = [moment for moment, look in looks(one, still, 5, 10) if look.reason == "asked"]
    assert asked == pytest.approx([4], abs=0.3)
    assert not one.alert


def test_what_is_asked_for_waits_while_motion_is_looked_at() -> None:
    one = watch(better=True, look_every=0)
    looks(one, walker, 5, 12)
    one.ask()
    found = []
    for number in range(20):
        moment = 12 + number / 5
        shot = frame(walker(moment) + noise(4, number), moment)
        looked = one.consider(improved(shot, number >= 10))
        found += [looked.look.reason] if looked is not None and looked.look is not None else []
    assert found[:10] == ["motion"] * 10
    assert found[10:12] == ["asked", "motion"]


def test_a_picture_that_is_due_or_asked_for_is_kept_in_full_size() -> None:
    """Though nothing moves, and only small ones are copied meanwhile."""
    system = CameraSystem()
    made = PiCameraSource("porch", QUICK, system.driver)
    settings = {"name": "porch", "url": "picamera://0", "fps": 60, "motion": {"threshold": 255}}
    gate = build.watch(Source.model_validate({**settings, "look_every": 600}), made)
    mailbox = Mailbox()
    mailbox.add_lane("porch", live=True)
    worker = Worker("capture-porch", lambda w: capture(w, made, mailbox, gate))
    worker.start()
    due = mailbox.take(5.0)
    assert gate is not None
    gate.ask()
    made.attend(gate.alert)
    asked = mailbox.take(5.0)
    until(lambda: system.copied["lores"] > 12)
    made.close()
    worker.join(5.0)
    for picture, reason in ((due, "interval"), (asked, "asked")):
        assert picture is not None
        assert picture.look is not None
        assert picture.look.reason == reason
        assert picture.better is not None
        assert (picture.better.width, picture.better.height) == SIZE  # type: ignore[union-attr]
    assert system.copied["main"] <= 8 < system.copied["lores"]
