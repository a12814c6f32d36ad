"""The motion gate: no alarm for what light, noise and wind do; early for what moves."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from watch_rig import CARS, ROAD, SIZE, Plane, film, frame, noise, road, scene

from device.motion import Motion
from device.small import small_grey

SCENE = scene()
ACROSS, DOWN = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
SPOT = np.exp(-(((ACROSS - 320) / 250) ** 2) - ((DOWN - 180) / 150) ** 2)
WARM = 4.0  # seconds before anything is counted


def moving(draw: Callable[[float], Plane], fps: float, seconds: float, sigma: float = 4.0) -> int:
    """In how many frames after the first seconds something moves."""
    motion = Motion(12, 0.0015)
    seen = 0
    for one in film(draw, fps, seconds, sigma):
        assert one.moment is not None
        boxes = motion.see(small_grey(one), one.moment).boxes
        seen += bool(boxes) and one.moment >= WARM
    return seen


def thing(size: int, contrast: float, speed: float) -> Callable[[float], Plane]:
    """A square on its way over the scene, `speed` in pixels a second."""

    def draw(t: float) -> Plane:
        picture = SCENE.copy()
        x = int(20 + speed * t) % 560
        picture[200 : 200 + size, x : x + size] += contrast
        return picture

    return draw


STILL: dict[str, tuple[Callable[[float], Plane], float]] = {
    "noise 4": (lambda _: SCENE, 4.0),
    "noise 10": (lambda _: SCENE, 10.0),
    "night, noise 25": (lambda _: SCENE * 0.2 + 20, 25.0),
    "slow drift": (lambda t: SCENE + 40 * math.sin(t * 0.075), 4.0),
    "clouds": (lambda t: SCENE * (1 + 0.4 * math.sin(t * 0.4)), 4.0),
    "soft edge of a cloud": (
        lambda t: SCENE * (1 - 0.25 / (1 + np.exp(-(ACROSS + 300 - 40 * t) / 120))),
        4.0,
    ),
    "flicker": (lambda t: SCENE * (1 + 0.2 * math.sin(t * 977)), 4.0),
    "light off": (lambda t: SCENE * (1 if t < 8 else 0.35), 4.0),
    "light on": (lambda t: SCENE * (0.4 if t < 8 else 1), 4.0),
    "infrared": (
        lambda t: SCENE * 0.4 if t < 8 else 30 + (255 - SCENE) * 0.5 * SPOT + 60 * SPOT,
        6.0,
    ),
    "sway": (lambda t: np.roll(SCENE, round(1.5 * math.sin(t * 5)), 1), 4.0),
}


@pytest.mark.parametrize("fps", [0.5, 5, 15])
@pytest.mark.parametrize("kind", STILL)
def test_nothing_moves(kind: str, fps: float) -> None:
    draw, sigma = STILL[kind]
    assert moving(draw, fps, 24 if fps > 1 else 120, sigma) == 0


@pytest.mark.parametrize(
    ("size", "contrast", "speed", "least"),
    [
        (40, 60, 60, 1.0),
        (24, 60, 60, 1.0),
        (24, 60, 5, 0.9),  # slow: 2 minutes to cross the picture
        (40, 60, 3, 0.6),
        (24, 30, 60, 0.4),  # low contrast
    ],
)
def test_things_that_move_are_seen(size: int, contrast: float, speed: float, least: float) -> None:
    frames = 5 * (30 - WARM)
    assert moving(thing(size, contrast, speed), 5, 30) >= least * frames


def test_a_thing_in_the_noise_of_a_bad_sensor_is_seen() -> None:
    assert moving(thing(24, 60, 60), 5, 30, sigma=10) >= 0.9 * 5 * (30 - WARM)


def test_keyframes_show_it_at_once() -> None:
    """Two seconds apart, one frame must do."""
    assert moving(thing(40, 60, 60), 0.5, 60) >= 0.9 * 0.5 * (60 - WARM)


def test_what_came_and_stays_becomes_background_and_its_leaving_leaves_no_ghost() -> None:
    parked = SCENE.copy()
    parked[150:230, 200:340] += 70
    states = []
    motion = Motion(12, 0.0015)
    for one in film(lambda t: parked if 5 <= t < 40 else SCENE, 5, 60):
        assert one.moment is not None
        states.append((one.moment, bool(motion.see(small_grey(one), one.moment).boxes)))
    at = [moment for moment, moves in states if moves]
    assert min(at) < 5.5
    assert not [m for m in at if 13 < m < 40]
    assert [m for m in at if 40 <= m < 41]
    assert not [m for m in at if m > 48]


def test_a_white_van_that_darkens_the_whole_picture_is_still_seen() -> None:
    def draw(t: float) -> Plane:
        picture = SCENE.copy()
        if t >= 8:
            x = int((t - 8) * 80)
            picture[80:280, x : x + 200] = 235
        return picture * (1 if t < 8 else max(0.55, 1 - 0.35 * (t - 8)))

    motion = Motion(12, 0.0015)
    late = [
        bool(motion.see(small_grey(one), one.moment or 0.0).boxes)
        for one in film(draw, 5, 13)
        if one.moment is not None
    ][42:]
    assert sum(late) >= 0.9 * len(late)


def test_the_boxes_lie_round_what_moves_the_largest_first() -> None:
    motion = Motion(12, 0.0015)
    motion.see(small_grey(frame(SCENE)), 0.0)
    picture = SCENE.copy()
    picture[40:80, 64:128] += 80  # 0.1..0.2, 0.11..0.22
    picture[180:300, 320:480] += 80  # 0.5..0.75, 0.5..0.83
    movement = motion.see(small_grey(frame(picture)), 2.0)
    large, small = movement.boxes
    assert (large.x, large.y) == pytest.approx((0.5, 0.5), abs=0.04)
    assert (large.width, large.height) == pytest.approx((0.25, 0.33), abs=0.06)
    assert (small.x, small.y) == pytest.approx((0.1, 0.11), abs=0.04)
    assert movement.cells.shape == (18, 32)


def test_what_is_ignored_does_not_count() -> None:
    motion = Motion(12, 0.0015)
    ignored = np.zeros((90, 160), np.bool_)
    ignored[:, 80:] = True
    for number in range(40):
        picture = SCENE + noise(4, number)
        picture[:, 330:] = 255 * (number % 2)
        movement = motion.see(small_grey(frame(picture)), number / 5, ignored)
        assert not movement.boxes
        assert not movement.cells.any()


def test_all_ignored_and_a_new_size_do_no_harm() -> None:
    motion = Motion(12, 0.0015)
    everything = np.ones((90, 160), np.bool_)
    for number in range(3):
        assert not motion.see(small_grey(frame(SCENE * number)), number, everything).boxes
    smaller = frame(SCENE[:200, :333])
    assert not motion.see(small_grey(smaller), 9.0).boxes
    assert not motion.see(small_grey(smaller), 3.0).boxes  # a clock that goes back


@pytest.mark.parametrize("fps", [0.5, 1, 5, 15])
def test_a_thing_at_rest_and_the_hole_that_it_leaves_are_no_motion(fps: float) -> None:
    """Also while a camera adapts its exposure to it, and where it was there from the start."""
    there = SCENE.copy()
    there[120:260, 180:420] -= 40

    def draw(t: float) -> Plane:
        return (SCENE if 6 <= t < 30 else there) * (1 + 0.4 * min(max(t / 4 - 2, 0), 1))

    motion = Motion(12, 0.0015)
    at = [
        one.moment
        for one in film(draw, fps, 50)
        if one.moment is not None and motion.see(small_grey(one), one.moment).boxes
    ]
    late = max(2.0, 1 / fps)
    assert at
    assert all(6 <= moment <= 6 + late or 30 <= moment <= 30 + late for moment in at)


@pytest.mark.shared
@pytest.mark.parametrize("step", [1, 2, 5, 25])
def test_the_road(step: int) -> None:
    """Each car early; the empty road quiet, once the camera has adapted to the car's leaving."""
    pytest.importorskip("av")
    assert ROAD.exists()
    motion = Motion(12, 0.0015)
    on = []
    for one in road(step):
        assert one.moment is not None
        if motion.see(small_grey(one), one.moment).boxes:
            on.append(one.moment)
    late = max(0.7, step / 12.5)
    for start, end in CARS:
        assert any(start <= moment <= start + late for moment in on)
        assert any(end - 2.0 <= moment <= end for moment in on)
    assert not [m for m in on if all(not start - 0.5 <= m <= end + 2.0 for start, end in CARS)]


@pytest.mark.shared
@pytest.mark.parametrize("step", [6, 12, 13])
def test_the_road_at_about_one_picture_a_second(step: int) -> None:
    """A picture shows what has changed since the last one: wherever among the frames they lie."""
    pytest.importorskip("av")
    small = [(one.moment or 0.0, small_grey(one)) for one in road()]
    late = 2.0 + step / 12.5
    for first in range(step):
        motion = Motion(12, 0.0015)
        on = [moment for moment, grey in small[first::step] if motion.see(grey, moment).boxes]
        assert len([m for m in on if any(a <= m <= b for a, b in CARS)]) >= 5 * 12.5 / step
        assert not [m for m in on if all(not start - 0.5 <= m <= end + late for start, end in CARS)]
