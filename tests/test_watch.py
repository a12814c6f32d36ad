"""What of a camera is looked at, and how often: motion, visitors, the hour, a person's wish."""

from __future__ import annotations

import io
import json
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from watch_rig import CARS, SIZE, Plane, film, frame, noise, road, scene, wanted, watch

from device import build
from device.sources.fake import FakeSource
from device.types import Frame, Look
from device.watch import Watch

SCENE = scene()


def still(_: float) -> Plane:
    """Nothing happens."""
    return SCENE


def looks(one: Watch, draw: object, fps: float, seconds: float) -> list[tuple[float, Look]]:
    """Every look, with its moment."""
    found = []
    for shot in film(draw, fps, seconds):  # type: ignore[arg-type]
        passed = one.consider(shot)
        if passed is not None:
            assert passed.id == shot.id
            assert passed.look is not None
            found.append((shot.moment or 0.0, passed.look))
    return found


def walker(t: float) -> Plane:
    """Somebody crosses from 10 s to 20 s."""
    picture = SCENE.copy()
    if 10 <= t < 20:
        x = int((t - 10) * 50)
        picture[150:250, x : x + 50] += 70
    return picture


def test_a_still_scene_is_looked_at_once_and_then_at_its_time() -> None:
    found = looks(watch(look_every=60), still, 5, 130)
    assert [(round(moment), look.reason) for moment, look in found] == [
        (0, "interval"),
        (60, "interval"),
        (120, "interval"),
    ]


def test_after_a_long_silence_it_is_looked_at_although_nothing_moves() -> None:
    one = watch(look_every=300)
    moments = [0.0, 2.0, 22.0, 24.0, 55.0, 57.0]
    found = [m for m in moments if one.consider(frame(SCENE, m)) is not None]
    assert found == [0.0, 55.0]
    slow = watch(look_every=300, mode="interval")
    assert [m for m in moments if slow.consider(frame(SCENE, m)) is not None] == [0.0]


def test_without_an_interval_nothing_but_motion_is_looked_at() -> None:
    found = looks(watch(look_every=0), walker, 5, 40)
    assert {look.reason for _, look in found} == {"motion"}
    assert found[0][0] <= 10.5
    assert 19 < found[-1][0] <= 26
    assert all(look.moved for _, look in found)


@pytest.mark.parametrize("arriving", [5.0, 25.0, 7.3])
def test_motion_is_looked_at_at_most_fps_times_a_second(arriving: float) -> None:
    found = looks(watch(look_every=0, fps=5), walker, arriving, 22)
    inside = [moment for moment, _ in found if 11 <= moment < 19]
    assert 8 * 3.6 <= len(inside) <= 8 * 5.1


def test_it_is_alert_from_the_first_motion_until_it_has_been_quiet() -> None:
    one = watch(look_every=0, motion={"quiet": "6s"})
    alert = []
    for shot in film(walker, 5, 45):
        one.consider(shot)
        if one.alert:
            alert.append(shot.moment or 0.0)
    assert alert[0] <= 10.5
    assert 25.5 <= alert[-1] <= 32


def test_a_visitor_who_moves_is_followed_and_one_who_stays_is_seen_now_and_then() -> None:
    one = watch(look_every=0)
    looks(one, still, 5, 2)
    one.heed(1, True)
    assert len(looks(one, still, 5, 20)) >= 95
    assert one.alert
    one.heed(2, False)
    stationary = looks(one, still, 5, 21)
    assert [look.reason for _, look in stationary] == ["visit"] * len(stationary)
    assert 4 <= len(stationary) <= 6
    assert not one.alert
    one.heed(0, False)
    assert looks(one, still, 5, 20) == []


def test_a_look_that_is_asked_for_comes_with_the_next_frame_and_once() -> None:
    one = watch(look_every=0)
    looks(one, still, 5, 2)
    one.ask()
    first, second = (one.consider(frame(SCENE, 2.0 + n * 0.001)) for n in range(2))
    assert first is not None
    assert first.look == Look("asked")
    assert second is None


def test_an_interval_takes_no_notice_of_motion() -> None:
    one = watch(mode="interval", look_every=10)
    found = looks(one, walker, 5, 35)
    assert [(round(moment), look) for moment, look in found] == [
        (second, Look("interval")) for second in (0, 10, 20, 30)
    ]
    assert not one.alert
    assert one.status()["cells"]["moving"] == []


def test_without_the_gate_every_frame_up_to_fps_is_looked_at() -> None:
    one = watch(look_every=0, motion={"enabled": False}, fps=2)
    found = looks(one, still, 10, 10)
    assert 19 <= len(found) <= 21
    assert {look.reason for _, look in found} == {"motion"}


def test_what_moves_under_a_mask_is_not_looked_at() -> None:
    one = watch(look_every=0, motion={"mask": [[(0, 0.3), (1, 0.3), (1, 0.8), (0, 0.8)]]})
    assert looks(one, walker, 5, 30) == []


def test_encoded_frames_are_watched_as_well() -> None:
    def jpeg(t: float, number: int) -> bytes:
        file = io.BytesIO()
        plane = np.clip(walker(t) + noise(4, number), 0, 255).astype(np.uint8)
        Image.fromarray(plane).convert("RGB").resize((1280, 720)).save(file, "JPEG")
        return file.getvalue()

    one, seen = watch(look_every=0), []
    for number in range(60):
        t = 6 + number / 5
        shot = frame(jpeg(t, number), t)
        if one.consider(shot) is not None:
            seen.append(t)
    assert 10 <= seen[0] <= 10.5
    assert len(seen) > 30


def test_what_is_no_picture_is_counted_and_stops_nothing() -> None:
    one = watch(look_every=0)
    for number in range(10):
        assert one.consider(frame(b"<html>no camera here", number)) is None
    assert one.status()["unreadable"] == 10
    assert one.status()["last_frame_age_s"] is None
    looks(one, still, 5, 1)
    assert one.status()["last_frame_age_s"] is not None


def test_a_film_that_starts_again_goes_on_being_watched() -> None:
    one = watch(look_every=0)
    assert looks(one, walker, 5, 30)
    assert looks(one, walker, 5, 30)


def test_a_frame_without_a_moment_is_timed_by_the_steady_clock() -> None:
    one = watch(look_every=600)
    now = Frame("a", "gate", 0.0, frame(SCENE).data)
    assert one.consider(now) is not None
    assert one.consider(now) is None


def test_the_status_is_small_and_fit_for_json() -> None:
    one = watch(look_every=0)
    looks(one, walker, 5, 15)
    status = json.loads(json.dumps(one.status()))
    assert status["motion"] is True
    assert status["cells"]["rows"] == 18
    assert status["cells"]["columns"] == 32
    assert status["cells"]["moving"]
    assert status["looks"]["motion"] > 10
    assert status["frames"] == 75
    assert status["states"] == []


def test_blindness_is_told_once_and_in_the_status() -> None:
    one = watch(look_every=0)
    looks(one, still, 5, 10)
    for number in range(200):
        one.consider(frame(noise(2, number) + 16, 10 + number / 5))
    changes = one.changes()
    assert [(c.source, c.state, c.active) for c in changes] == [("gate", "dark", True)]
    assert one.status()["states"] == ["dark"]
    assert one.changes() == []


@pytest.mark.shared
def test_the_road_is_looked_at_while_cars_pass() -> None:
    pytest.importorskip("av")
    one, found = watch(look_every=0), Counter[str]()
    for shot in road():
        moment = shot.moment or 0.0
        passed = one.consider(shot)
        if passed is not None:
            car = any(start <= moment <= end + 2 for start, end in CARS)
            found["car" if car else "empty"] += 1
    assert found["car"] >= 45
    assert found["empty"] == 0


@pytest.mark.parametrize(
    ("mode", "stream", "watched"),
    [
        (None, True, True),
        (None, False, False),
        ("visits", False, True),
        ("interval", True, True),
        ("every", True, False),
    ],
)
def test_what_suits_a_source_is_built(mode: str | None, stream: bool, watched: bool) -> None:
    source = FakeSource("gate", stream=stream)
    built = build.watch(wanted(mode=mode), source)
    assert isinstance(built, Watch) == watched


def test_considering_is_cheap() -> None:
    """A 1080p frame, generously: the benchmark says how much less it is."""
    plane = np.random.default_rng(1).integers(0, 255, (1080, 1920)).astype(np.float64)
    shots = [frame(plane, number / 5) for number in range(20)]
    one = watch(look_every=0)
    start = time.process_time()
    for shot in shots:
        one.consider(shot)
    assert (time.process_time() - start) / len(shots) < 0.01
    assert SIZE == (640, 360)
