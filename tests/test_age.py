"""The age of the device: never backwards, never less than what has surely passed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device.age import Age, Reading, advanced, begun, reading

DAY = 86400.0


def test_within_a_boot_the_steady_clock_counts() -> None:
    age = begun(Reading("a", 100.0, None))
    assert advanced(age, Reading("a", 160.0, None)).seconds == 60


def test_a_step_back_takes_nothing_and_adds_nothing() -> None:
    age = begun(Reading("a", 0.0, 1_800_000_000.0))
    stepped = advanced(age, Reading("a", 10.0, 1_800_000_000.0 - 365 * DAY))
    assert stepped.seconds == 10
    assert advanced(stepped, Reading("a", 20.0, 1_800_000_010.0 - 365 * DAY)).seconds == 20


def test_the_network_sets_a_clock_that_was_only_a_guess() -> None:
    """From 1970 to today: nothing that was begun before is too old because of that."""
    age = begun(Reading("a", 0.0, None))
    later = advanced(age, Reading("a", 30.0, 1_800_000_000.0))
    assert later.seconds == 30


def test_the_time_that_it_was_off_counts_once_the_clock_is_set() -> None:
    age = begun(Reading("a", 0.0, 1_800_000_000.0))
    booted = advanced(age, Reading("b", 5.0, None))
    assert booted.seconds == 0
    running = advanced(booted, Reading("b", 65.0, None))
    assert running.seconds == 60
    assert advanced(running, Reading("b", 70.0, 1_800_000_000.0 + 7 * DAY)).seconds == 7 * DAY


def test_off_without_a_clock_still_grows_while_it_runs() -> None:
    age = begun(Reading("a", 1000.0, None))
    age = advanced(age, Reading("b", 10.0, None))
    assert advanced(age, Reading("b", 40.0, None)).seconds == 30


READINGS = st.lists(
    st.tuples(st.sampled_from("ab"), st.floats(0, 1e8), st.none() | st.floats(-1e9, 4e9)),
    max_size=30,
)


@given(READINGS)
def test_it_never_runs_backwards(given: list[tuple[str, float, float | None]]) -> None:
    age: Age = begun(Reading("a", 0.0, None))
    for one in given:
        later = advanced(age, Reading(*one))
        assert later.seconds >= age.seconds
        if one[0] == age.boot:
            assert later.seconds >= age.seconds + max(0.0, one[1] - age.uptime)
        age = later


def test_the_real_clocks_can_be_read() -> None:
    first, second = reading(), reading()
    assert first.boot == second.boot != ""
    assert 0 <= second.uptime - first.uptime < 60
