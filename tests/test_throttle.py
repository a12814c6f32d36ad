"""Guessing gets slower and slower, and never impossible."""

from __future__ import annotations

from device.throttle import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pause_doubles_up_to_the_longest() -> None:
    clock = Clock()
    throttle = Throttle(free=3, longest=8.0, time=clock)
    pauses = []
    for _ in range(9):
        pauses.append(throttle.wait("a"))
        clock.now += throttle.wait("a")
        throttle.charge("a")
    assert pauses == [0, 0, 0, 1, 2, 4, 8, 8, 8]
    assert throttle.wait("b") == 0


def test_a_try_too_early_costs_nothing() -> None:
    clock = Clock()
    throttle = Throttle(free=1, longest=60.0, time=clock)
    throttle.charge("a")
    for _ in range(1000):
        assert throttle.wait("a") == 1
    clock.now += 1
    assert throttle.wait("a") == 0


def test_it_forgets() -> None:
    clock = Clock()
    throttle = Throttle(free=1, longest=60.0, time=clock)
    for _ in range(20):
        throttle.charge("a")
    assert throttle.wait("a") == 60
    clock.now += 901
    assert throttle.wait("a") == 0
    throttle.charge("a")
    assert throttle.wait("a") == 1
    throttle.forgive("a")
    assert throttle.wait("a") == 0


def test_a_refund_is_no_pardon() -> None:
    throttle = Throttle(free=2, longest=60.0, time=Clock())
    throttle.charge("a")
    throttle.charge("a")
    throttle.refund("a")
    assert throttle.wait("a") == 0
    throttle.charge("a")
    assert throttle.wait("a") == 1


def test_its_memory_is_bounded() -> None:
    throttle = Throttle(free=1, longest=60.0, time=Clock())
    for number in range(10_000):
        throttle.charge(str(number))
    assert len(throttle._tries) == 2000
    assert throttle.wait("9999") == 1
