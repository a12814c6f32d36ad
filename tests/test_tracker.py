"""Things keep their track, whatever the rhythm of the looks."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visit_rig import at, moments, steady, straight, thing

from device.tracker import Tracker, kin
from device.types import Box, Tag


def follow(ways: dict[str, object], rhythm: list[float]) -> dict[str, list[int]]:
    """By thing, the ids of the tracks it was taken for. Its tagger is its name."""
    tracker = Tracker()
    taken: dict[str, list[int]] = {name: [] for name in ways}
    kept = []
    for moment in rhythm:
        tags = []
        for name, way in ways.items():
            box = way(moment)  # type: ignore[operator]
            if box is not None:
                tags.append(Tag("car", 0.6, "object", name, "m", box))
        for sight in tracker.see(tags, [], moment):
            kept.append(sight.track)
            taken[sight.tag.tagger].append(id(sight.track))
    return taken


def rhythm_of(seed: int, seconds: float, least: float, most: float) -> list[float]:
    chance = random.Random(seed)
    found, moment = [], 0.0
    while moment < seconds:
        found.append(moment)
        moment += chance.uniform(least, most)
    return found


@given(
    seed=st.integers(0, 10_000),
    y=st.floats(0.2, 0.8),
    size=st.floats(0.08, 0.3),
    sizes_a_second=st.floats(0.0, 2.5),
)
def test_one_thing_is_one_track_at_any_rhythm(
    seed: int, y: float, size: float, sizes_a_second: float
) -> None:
    seconds = min(10.0, 1.0 / max(0.01, sizes_a_second * size))
    way = straight((0.0, y), (sizes_a_second * size * seconds, y), 0.0, seconds, size)
    taken = follow({"a": way}, rhythm_of(seed, seconds, 0.1, 0.4))
    assert len(set(taken["a"])) == 1


@given(seed=st.integers(0, 10_000), gap=st.floats(0.05, 0.2), speed=st.floats(0.1, 0.3))
def test_crossing_cars_stay_two(seed: int, gap: float, speed: float) -> None:
    """They meet in the middle, one lane apart, at irregular looks."""
    seconds = 0.9 / speed
    left = straight((0.05, 0.4), (0.95, 0.4), 0.0, seconds, 0.15)
    right = straight((0.95, 0.4 + gap), (0.05, 0.4 + gap), 0.0, seconds, 0.15)
    taken = follow({"left": left, "right": right}, rhythm_of(seed, seconds, 0.1, 0.3))
    assert len(set(taken["left"])) == 1
    assert len(set(taken["right"])) == 1
    assert taken["left"][0] != taken["right"][0]


def test_crossing_cars_stay_two_though_one_hides_the_other() -> None:
    def hidden(moment: float) -> Box | None:
        return None if 1.3 < moment < 2.7 else far(moment)

    near = straight((0.0, 0.5), (1.0, 0.5), 0.0, 4.0, 0.2)
    far = straight((1.0, 0.45), (0.0, 0.45), 0.0, 4.0, 0.2)
    taken = follow({"near": near, "far": hidden}, moments(4.0))
    assert len(set(taken["near"])) == len(set(taken["far"])) == 1
    assert set(taken["near"]) != set(taken["far"])


@pytest.mark.parametrize("missed", [0.0, 0.7])
def test_a_car_that_drives_past_does_not_take_the_parked_ones_track(missed: float) -> None:
    """Also when the parked one is hidden meanwhile."""
    parked = at(0.5, 0.5, 0.2)

    def hidden(moment: float) -> Box | None:
        return None if abs(moment - 12.0) < missed else parked

    passing = straight((0.0, 0.55), (1.0, 0.55), 10.0, 4.0, 0.22)
    taken = follow({"parked": hidden, "passing": passing}, moments(16.0))
    assert len(set(taken["parked"])) == 1
    assert taken["parked"][0] not in taken["passing"][-5:]


def test_a_parked_car_that_drives_off_stays_itself() -> None:
    def way(moment: float) -> Box | None:
        if moment < 10:
            return at(0.3, 0.5)
        return at(0.3 + 0.15 * (moment - 10), 0.5)

    taken = follow({"car": way}, moments(13.0))
    assert len(set(taken["car"])) == 1


def test_a_faint_box_continues_but_never_begins() -> None:
    tracker = Tracker()
    assert tracker.see([], [thing(at(0.5, 0.5))], 0.0) == []
    [first] = tracker.see([thing(at(0.5, 0.5))], [], 0.2)
    [second] = tracker.see([], [thing(at(0.51, 0.5), confidence=0.2)], 0.4)
    assert (second.track, second.faint) == (first.track, True)
    assert tracker.see([], [thing(at(0.7, 0.5), confidence=0.2)], 0.6) == []


@pytest.mark.parametrize(
    ("other", "tracks"),
    [("truck", 1), ("vehicle", 1), ("person", 2)],
)
def test_related_words_in_one_place_are_one_thing(other: str, tracks: int) -> None:
    parents = {"car": ("vehicle",), "truck": ("vehicle",), "vehicle": (), "person": ()}
    tracker = Tracker()
    box = at(0.5, 0.5)
    found = set()
    for n in range(6):
        name = ("car", other)[n % 2]
        tag = thing(box, name, parents=parents[name])
        found |= {id(sight.track) for sight in tracker.see([tag], [], n * 0.2)}
    assert len(found) == tracks
    both = [thing(box, name, parents=parents[name]) for name in ("car", other)]
    assert len(Tracker().see(both, [], 0.0)) == tracks


def test_kin_is_what_shares_a_word() -> None:
    car, dog = thing(None, parents=("vehicle",)), thing(None, "dog", parents=("animal",))
    assert kin(car, thing(None, "truck", parents=("vehicle",)))
    assert kin(car, thing(None, "vehicle"))
    assert not kin(car, dog)


@given(
    st.lists(
        st.tuples(
            st.floats(-1, 2),
            st.floats(-1, 2),
            st.floats(-0.5, 2),
            st.floats(-0.5, 2),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.lists(st.floats(0, 100), min_size=1, max_size=8),
)
def test_whatever_a_detector_says_each_box_has_one_track(
    boxes: list[tuple[float, float, float, float, bool]], rhythm: list[float]
) -> None:
    tracker = Tracker()
    tags = [thing(Box(*edges), "car" if car else "dog") for *edges, car in boxes]
    for moment in sorted(rhythm):
        sights = tracker.see(tags, tags, moment)
        assert len({id(sight.track) for sight in sights}) == len(sights)
        assert len(sights) <= len(tags)


def test_a_detector_gone_mad_is_bounded() -> None:
    chance = random.Random(1)
    tracker = Tracker()
    start = time.monotonic()
    for n in range(20):
        tags = [thing(at(chance.random(), chance.random(), 0.01)) for _ in range(100)]
        assert len(tracker.see(tags, [], n * 0.2)) <= 100
    assert time.monotonic() - start < 10.0


def test_a_long_time_in_one_place_moves_nothing() -> None:
    taken = follow({"a": steady(at(0.5, 0.5))}, rhythm_of(3, 3000.0, 0.5, 5.0))
    assert len(set(taken["a"])) == 1


@pytest.mark.parametrize("edge", [0.0, -1.0, 1e-200, 5e-324, float("nan")])
def test_what_has_no_size_is_not_followed(edge: float) -> None:
    tracker = Tracker()
    for moment in (0.0, 0.2):
        odd = [thing(Box(0.5, 0.5, edge, 0.2)), thing(Box(0.5, 0.5, 0.2, edge))]
        sights = tracker.see([*odd, thing(at(0.2, 0.2))], odd, moment)
        assert [sight.tag.box for sight in sights] == [at(0.2, 0.2)]
