"""Ids sort by time, also when the clock steps; times are spelt as they are stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import NOON, spawn

from device import clock, ids


def test_each_is_greater_than_the_one_before() -> None:
    made = [ids.new_id() for _ in range(5000)]
    assert made == sorted(set(made))
    assert all(ids.is_id(one) for one in made)


@pytest.mark.parametrize("step", [-3600.0, -1e9, -0.0005, 0.0])
def test_a_clock_that_steps_back_does_not_turn_the_order(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    first = ids.new_id()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + step)
    later = [ids.new_id() for _ in range(100)]
    assert [first, *later] == sorted({first, *later})


def test_it_begins_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", 0)
    monkeypatch.setattr(clock, "now", lambda: 1469918176.385)
    assert ids.new_id()[:10] == "01ARYZ6S41"  # the example of the ULID specification


def test_threads_never_share_one() -> None:
    made: list[str] = []
    threads = [spawn(lambda: made.extend([ids.new_id() for _ in range(500)])) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000


@pytest.mark.parametrize(
    "text", ["", "01ARYZ6S41", "../../../../etc/passwd0000", "8" + "0" * 25, "0" * 26 + "\n"]
)
def test_what_is_no_id(text: str) -> None:
    assert not ids.is_id(text)


def test_times_are_utc_with_milliseconds() -> None:
    assert clock.iso(NOON) == "2027-01-15T08:00:00.123Z"
    assert clock.iso(0.0) == "1970-01-01T00:00:00.000Z"
    assert clock.iso(1.9996) == "1970-01-01T00:00:02.000Z"
    assert clock.day_path(NOON) == "2027/01/15"


@given(st.floats(0, 4e9))
def test_a_time_read_back_is_spelt_as_it_was(seconds: float) -> None:
    stored = clock.milliseconds(seconds) / 1000
    assert clock.iso(stored) == clock.iso(seconds)
    assert clock.day_path(stored) == clock.day_path(seconds)


def test_the_last_instant_of_a_day_is_in_the_folder_that_its_row_names() -> None:
    seconds = 86400 - 0.0003
    assert clock.day_path(seconds) == clock.day_path(clock.milliseconds(seconds) / 1000)


def test_the_clock_says_whether_it_was_set() -> None:
    assert clock.state() in ("synced", "untrusted")
