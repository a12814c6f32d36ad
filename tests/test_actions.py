"""What a thing does, on ways that are known; the definitions are those of docs/cameras.md."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visit_rig import Watcher, at, moments, straight

from device.actions import Walk
from device.types import Box

Place = Callable[[float], tuple[float, float]]


def walked(place: Place, seconds: float, size: float = 0.1, tremble: float = 0.05) -> list[str]:
    """The actions of a thing there, whose boxes tremble by so many sizes."""
    chance = random.Random(7)

    def box(moment: float) -> Box:
        x, y = place(moment)
        return at(
            x + chance.gauss(0, tremble / 2) * size, y + chance.gauss(0, tremble / 2) * size, size
        )

    walk = Walk(box(0.0), 0.0, 60.0)
    for moment in moments(seconds, begin=0.2):
        walk.see(box(moment), moment)
    walk.end()
    return list(walk.done)


def along(*stops: tuple[float, float, float]) -> Place:
    """(moment, x, y) of each stop, straight on between them."""

    def place(moment: float) -> tuple[float, float]:
        before = stops[0]
        for stop in stops:
            if stop[0] >= moment:
                part = (moment - before[0]) / max(stop[0] - before[0], 1e-9)
                return (
                    before[1] + part * (stop[1] - before[1]),
                    before[2] + part * (stop[2] - before[2]),
                )
            before = stop
        return before[1], before[2]

    return place


def circling(moment: float) -> tuple[float, float]:
    return 0.5 + 0.05 * math.cos(moment), 0.5 + 0.05 * math.sin(moment)


@pytest.mark.parametrize(
    ("place", "seconds", "actions"),
    [
        (along((0, 0.1, 0.5), (6, 0.9, 0.5)), 6, ["passing"]),
        (along((0, 0.1, 0.5), (4, 0.5, 0.5)), 8, ["arriving"]),
        (along((0, 0.1, 0.5), (4, 0.5, 0.5)), 30, ["arriving", "stationary"]),
        (along((0, 0.5, 0.5), (20, 0.5, 0.5), (26, 0.9, 0.5)), 26, ["stationary", "leaving"]),
        (
            along((0, 0.1, 0.5), (4, 0.5, 0.5), (24, 0.5, 0.5), (28, 0.9, 0.5)),
            28,
            ["arriving", "stationary", "leaving"],
        ),
        (along((0, 0.5, 0.5), (2, 0.5, 0.5)), 2, []),  # seen and gone on the spot
        (along((0, 0.5, 0.5), (2, 0.54, 0.5)), 2, []),
        (circling, 100, ["loitering"]),
        (circling, 50, []),
    ],
)
def test_definitions(place: Place, seconds: float, actions: list[str]) -> None:
    assert walked(place, seconds) == actions


@pytest.mark.parametrize("size", [0.03, 0.1, 0.3])
def test_near_and_far_mean_the_same(size: float) -> None:
    way = along((0, 0.5 - size * 1.5, 0.5), (4, 0.5, 0.5))
    assert walked(way, 30, size) == ["arriving", "stationary"]


def test_a_day_of_trembling_is_only_standing() -> None:
    assert walked(along((0, 0.5, 0.5)), 3600, tremble=0.1) == ["stationary"]


def test_what_hides_a_part_is_no_movement() -> None:
    walk = Walk(at(0.5, 0.5), 0.0, 60.0)
    whole, part = Box(0.4, 0.4, 0.2, 0.2), Box(0.4, 0.4, 0.2, 0.11)
    for n, moment in enumerate(moments(1000.0, begin=0.2)):
        walk.see(part if n % 100 < 10 else whole, moment)
    assert walk.done == ("stationary",)


@given(st.integers(0, 1000), st.floats(0.01, 0.4))
def test_a_path_is_short_and_keeps_its_ends(seed: int, size: float) -> None:
    chance = random.Random(seed)
    x = y = 0.5
    walk = Walk(at(x, y, size), 0.0, 60.0)
    for n in range(500):
        x = min(max(x + chance.gauss(0, size), size / 2), 1 - size / 2)
        y = min(max(y + chance.gauss(0, size), size / 2), 1 - size / 2)
        walk.see(at(x, y, size), n * 0.2)
        assert len(walk.path) <= 64
    first = (0.5, min(0.5 + size / 2, 0.999))
    assert walk.path[0] == pytest.approx(first)
    assert all(0 <= value <= 1 for point in walk.path for value in point)


def test_a_visit_tells_them_at_once_and_passing_at_its_end() -> None:
    watcher = Watcher()
    watcher.watch([straight((0.1, 0.5), (0.9, 0.5), 0.0, 5.0, 0.2)], moments(12.0))
    assert watcher.events == ["visit_start", "visit_end"]
    assert watcher.told("visit_end")[0].actions == ("passing",)
    path = watcher.told("visit_end")[0].path
    assert path[0][0] < 0.2
    assert path[-1][0] > 0.8
