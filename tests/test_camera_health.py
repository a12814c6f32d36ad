"""A camera that is blind says so; one that merely stands in the night or the wind does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps
from places import SHARED
from watch_rig import SIZE, Plane, film, frame, noise, road

from device import shipped
from device.camera_health import CameraHealth
from device.condition import Condition
from device.small import small_grey
from device.types import HealthChange

ACROSS, DOWN = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
SPOT = np.exp(-(((ACROSS - 320) / 300) ** 2) - ((DOWN - 180) / 200) ** 2).astype(np.float32)


def told(
    draw: Callable[[float], Plane], seconds: float, fps: float = 1.0, sigma: float = 4.0
) -> list[tuple[str, bool, float]]:
    """State, begin or end, and at what second it was told."""
    health, found = CameraHealth("gate"), []
    for one in film(draw, fps, seconds, sigma):
        moment = one.moment or 0.0
        changes = health.see(small_grey(one), moment, one.taken_at)
        found += [(change.state, change.active, moment) for change in changes]
    return found


def states(changes: list[tuple[str, bool, float]]) -> list[tuple[str, bool]]:
    return [(state, active) for state, active, _ in changes]


def photo(name: str = "astronaut.jpg") -> Plane:
    image = Image.open(shipped.SAMPLES / name).convert("L")
    return np.asarray(ImageOps.fit(image, SIZE), np.float32)


PHOTOS = [path.name for path in shipped.sample_pictures()]


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("sigma", [1.0, 12.0])
def test_a_camera_that_sees_is_well(name: str, sigma: float) -> None:
    picture = photo(name)
    assert told(lambda _: picture, 150, sigma=sigma) == []


@pytest.mark.parametrize("name", PHOTOS)
def test_a_lit_night_is_not_dark(name: str) -> None:
    picture = photo(name) * 0.15 + 16
    assert told(lambda _: picture, 120, sigma=5) == []


@pytest.mark.parametrize(("level", "sigma"), [(2, 1.0), (16, 0.0), (16, 3.0), (22, 10.0)])
def test_where_nothing_is_seen_it_is_dark(level: float, sigma: float) -> None:
    picture = photo()
    black = np.full_like(picture, level)
    changes = told(lambda t: black if 60 <= t < 200 else picture, 260, sigma=sigma)
    assert states(changes) == [("dark", True), ("dark", False)]
    assert 80 <= changes[0][2] <= 84
    assert 205 <= changes[1][2] <= 210


@pytest.mark.parametrize("kind", ["hand", "tape with noise", "glare", "out of focus"])
def test_a_lens_without_detail_is_covered(kind: str) -> None:
    picture = photo()
    blurred = Image.fromarray(picture.astype(np.uint8)).filter(ImageFilter.GaussianBlur(50))
    covers: dict[str, tuple[Plane, float]] = {
        "hand": (60 + ACROSS / 8 + DOWN / 10, 6.0),
        "tape with noise": (np.full_like(picture, 70), 25.0),
        "glare": (230 - ((ACROSS - 320) ** 2 + (DOWN - 180) ** 2) / 1500, 3.0),
        "out of focus": (np.asarray(blurred, np.float32), 6.0),
    }
    cover, sigma = covers[kind]
    changes = told(lambda t: cover if 60 <= t < 200 else picture, 260, sigma=sigma)
    assert states(changes) == [("covered", True), ("covered", False)]


def test_the_clock_in_the_picture_does_not_hide_that_it_is_covered() -> None:
    text = np.zeros_like(photo())
    text[8:26, 20:220:6] = 200

    changes = told(lambda _: np.full_like(text, 70) + text, 60)
    assert states(changes) == [("covered", True)]


def test_a_picture_that_never_changes_is_frozen_until_it_does() -> None:
    picture = photo()
    stuck = picture + noise(4, 1)
    health, changes = CameraHealth("gate"), list[HealthChange]()
    for second in range(300):
        plane = stuck if 100 <= second < 220 else picture + noise(4, second)
        one = frame(plane, float(second))
        changes += health.see(small_grey(one), float(second), one.taken_at)
    begin, end = changes
    assert (begin.state, begin.active, end.active) == ("frozen", True, False)
    assert begin.since - 1_800_000_000 == pytest.approx(101)
    assert end.since == begin.since
    assert health.active == []


def test_one_new_picture_now_and_then_does_not_flap() -> None:
    picture = photo()
    changes = told(lambda t: picture + (t // 40) * 2, 400, sigma=0)
    assert changes == []
    changes = told(lambda t: picture + (t // 70) * 2, 400, sigma=0)
    assert states(changes) == [("frozen", True)]


@pytest.mark.parametrize("name", PHOTOS)
def test_infrared_light_is_not_another_view(name: str) -> None:
    """At dusk the filter goes away and a lamp goes on: other shades, and darker to the edges."""
    day = photo(name)
    night = 255 * (day / 255) ** 0.6 * SPOT * 0.9 + 10
    assert told(lambda t: day * 0.4 if t < 100 else night, 300, sigma=5) == []


def test_a_camera_that_was_turned_has_moved_until_it_is_turned_back() -> None:
    usual, other = photo("astronaut.jpg"), photo("coffee.jpg")
    changes = told(lambda t: other if 120 <= t < 300 else usual, 400)
    assert states(changes) == [("moved", True), ("moved", False)]
    assert 150 <= changes[0][2] <= 156
    assert 310 <= changes[1][2] <= 316


def test_after_an_hour_the_new_view_is_the_usual_one() -> None:
    usual, other = photo("astronaut.jpg"), photo("coffee.jpg")
    changes = told(lambda t: usual if t < 300 else other, 5000, fps=0.1)
    assert states(changes) == [("moved", True), ("moved", False)]
    assert changes[1][2] == pytest.approx(300 + 3600, abs=120)


def test_a_van_before_the_camera_and_a_glance_elsewhere_are_no_other_view() -> None:
    usual, other = photo("astronaut.jpg"), photo("coffee.jpg")
    van = usual.copy()
    van[100:, 150:450] = 80

    def draw(t: float) -> Plane:
        return van if 100 <= t < 200 else other if 250 <= t < 270 else usual

    assert told(draw, 350) == []


def test_a_scene_that_is_hidden_entirely_is_not_judged() -> None:
    health = CameraHealth("gate")
    everything = np.ones((90, 160), np.bool_)
    for second in range(200):
        black = small_grey(frame(np.zeros(SIZE[::-1]), float(second)))
        assert not health.see(black, float(second), 0.0, everything)


def test_a_size_that_changes_does_not_look_like_another_view() -> None:
    health = CameraHealth("gate")
    picture = photo()
    for second in range(200):
        plane = picture if second < 100 else picture[:200, :300]
        one = frame(plane + noise(4, second)[: plane.shape[0], : plane.shape[1]], float(second))
        assert not health.see(small_grey(one), float(second), one.taken_at)


def test_a_condition_needs_its_time_without_interruption() -> None:
    condition = Condition(10, 5)
    assert not condition.hold(True, 0, 100)
    assert not condition.hold(False, 9, 109)
    assert not condition.hold(True, 10, 110)
    assert condition.hold(True, 20, 120)
    assert (condition.active, condition.since, condition.began) == (True, 110, 10)
    assert not condition.hold(False, 21, 121)
    assert not condition.hold(True, 22, 122)
    assert not condition.hold(False, 23, 123)
    assert condition.hold(False, 28, 128)
    assert condition.since == 110


@pytest.mark.shared
def test_the_empty_road_is_neither_covered_nor_moved() -> None:
    pytest.importorskip("av")
    health = CameraHealth("road")
    for turn in range(4):  # two minutes of it
        for one in road(12):
            moment = turn * 30 + (one.moment or 0.0)
            assert not health.see(small_grey(one), moment, one.taken_at)


@pytest.mark.shared
def test_infrared_on_many_photos() -> None:
    """The view stays the usual one on 38 of 40 photos; none of another place passes for it."""
    photos = sorted((SHARED / "imagenet-sample").glob("*.jpg"))[:40]
    views = [
        np.asarray(ImageOps.fit(Image.open(path).convert("L"), SIZE), np.float32) for path in photos
    ]
    strange = 0
    for day in views:
        night = 255 * (day / 255) ** 0.6 * SPOT * 0.9 + 10
        strange += bool(told(lambda t, d=day, n=night: d if t < 80 else n, 140, 0.5))
    assert strange <= 2
    for day, other in pairwise(views[:12]):
        found = told(lambda t, d=day, o=other: d if t < 80 else o, 140, 0.5)
        assert ("moved", True) in states(found)
