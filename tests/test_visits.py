"""When a tag is there, and when it is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visit_rig import WALL, Watcher, at, moments, steady, straight, thing

from device.config_camera import Visits as Settings
from device.types import Tag
from device.visits import AWAY, Visits

HERE = at(0.5, 0.5)


def test_a_thing_comes_stays_and_goes() -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE, 2.0, 6.0)], moments(14.0), confidence=0.6)
    assert watcher.events == ["visit_start", "visit_end"]
    [start], [end] = watcher.told("visit_start"), watcher.told("visit_end")
    assert start.id == end.id
    assert (start.tag, start.kind, start.source) == ("car", "object", "gate")
    assert start.started_at == pytest.approx(WALL + 2.0)
    assert end.ended_at == end.seen_at == pytest.approx(WALL + 6.0)
    assert (end.duration, end.interrupted) == (pytest.approx(4.0), False)
    assert watcher.visits.open == 0


def test_one_sight_is_no_visit() -> None:
    watcher = Watcher()
    watcher.look(0.0, thing(HERE))
    assert (watcher.visits.open, watcher.visits.moving) == (1, True)  # another look is worth while
    for moment in moments(3.0, begin=0.2):
        watcher.look(moment)
    assert watcher.changes == []
    assert watcher.visits.open == 0


@pytest.mark.parametrize("every", [0.04, 0.08, 0.2])
def test_an_error_that_lasts_three_looks_is_no_visit(every: float) -> None:
    """Looks in a row share their errors: a wing mirror is a shoe for a quarter of a second."""
    watcher = Watcher()
    for moment in moments(3.0, every):
        watcher.look(moment, *([thing(HERE, "shoe")] if 1.0 <= moment <= 1.25 else []))
    assert watcher.changes == []


def test_what_is_sure_does_not_wait() -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE)], [0.0, 0.1], confidence=0.9)
    assert watcher.events == ["visit_start"]


@given(
    st.lists(st.booleans(), min_size=4, max_size=40),
    st.integers(1, 6),
    st.integers(0, 6),
)
def test_k_of_n(seen: list[bool], hits: int, more: int) -> None:
    """A visit begins exactly when so many of the last looks show it, and not before."""
    looks = hits + more
    watcher = Watcher(Visits("gate", Settings(hits=hits, looks=looks, quiet=1000)))
    for n, there in enumerate(seen):
        watcher.look(n * 1.5, *([thing(HERE, confidence=0.6)] if there else []))
        if "visit_start" in watcher.events:
            break
        assert sum(seen[max(0, n + 1 - looks) : n + 1]) < hits
    else:
        return
    assert sum(seen[max(0, n + 1 - looks) : n + 1]) >= hits


def test_two_cars_are_two_visits() -> None:
    watcher = Watcher()
    watcher.watch([steady(at(0.2, 0.5), 0, 5), steady(at(0.8, 0.5), 0, 8)], moments(15.0))
    assert len(watcher.told("visit_start")) == 2
    assert sorted(round(one.duration) for one in watcher.told("visit_end")) == [5, 8]


def test_a_parked_car_is_one_visit_through_shadow_and_occlusion() -> None:
    def tags(moment: float) -> list[Tag]:
        if 100 <= moment < 108 or 200 <= moment < 200.5:  # a lorry stops in front of it
            return []
        return [thing(HERE, confidence=0.6)]

    watcher = Watcher()
    for moment in moments(300.0):
        shadow = 50 <= moment < 90
        faint = [thing(HERE, confidence=0.3)] if shadow else []
        watcher.look(moment, *([] if shadow else tags(moment)), faint=faint)
    assert [e for e in watcher.events if e != "visit_update"] == ["visit_start"]
    assert watcher.visits.open == 1


def test_a_faint_thing_is_not_kept_for_ever() -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE)], moments(4.0))
    for moment in moments(400.0, begin=4.2):
        watcher.look(moment, faint=[thing(HERE, confidence=0.3)])
    [end] = watcher.told("visit_end")
    assert end.duration < 200


def test_faint_sights_begin_nothing() -> None:
    watcher = Watcher()
    for moment in moments(5.0):
        watcher.look(moment, faint=[thing(HERE)])
    assert watcher.changes == []
    assert watcher.visits.open == 0


def test_quiet_runs_only_while_looks_are_taken() -> None:
    """A gap of 20 s is no absence of 20 s."""
    watcher = Watcher()
    watcher.watch([steady(HERE)], moments(2.0))
    watcher.look(22.0)
    watcher.look(22.2)
    watcher.look(22.4, thing(HERE))
    assert watcher.told("visit_end") == []
    watcher.watch([], moments(20.0, begin=22.6))
    [end] = watcher.told("visit_end")
    assert end.ended_at == pytest.approx(WALL + 22.4)


@pytest.mark.parametrize("every", [0.1, 1.0, 2.0, 5.0])
def test_three_looks_must_miss_it(every: float) -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE)], [0.0, 0.5, 1.0])
    missed = 0
    while not watcher.told("visit_end"):
        missed += 1
        watcher.look(1.0 + missed * every)
    assert missed == max(3, round(5.0 / every))


def test_a_camera_that_goes_away_ends_its_visits_with_their_last_sight() -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE)], moments(3.0))
    assert watcher.visits.tick(3.0 + AWAY) == []
    [gone] = watcher.visits.tick(3.1 + AWAY)
    assert (gone.event, gone.visit.ended_at) == ("visit_end", pytest.approx(WALL + 3.0))
    assert gone.visit.actions == ()  # nobody saw it pass
    assert watcher.visits.tick(1000.0) == []
    assert (watcher.visits.open, watcher.visits.moving) == (0, False)
    watcher.watch([steady(HERE)], moments(1.0, begin=1001.0))
    assert len({one.id for one in watcher.told("visit_start")}) == 2


@pytest.mark.parametrize("jump", [-500.0, AWAY + 1])
def test_another_film_is_another_visit(jump: float) -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE, -1000)], moments(3.0))
    watcher.watch([steady(HERE, -1000)], moments(3.0, begin=3.0 + jump))
    assert watcher.events == ["visit_start", "visit_end", "visit_start"]


@pytest.mark.parametrize("jump", [365 * 86400.0, -365 * 86400.0])
def test_a_clock_that_jumps_a_year_neither_ends_nor_prolongs(jump: float) -> None:
    watcher = Watcher()
    watcher.watch([steady(HERE)], moments(4.0))
    watcher.wall += jump
    watcher.watch([steady(HERE)], moments(4.0, begin=4.2))
    watcher.watch([], moments(8.0, begin=8.4))
    assert watcher.events == ["visit_start", "visit_end"]
    [end] = watcher.told("visit_end")
    assert end.duration == pytest.approx(8.2)
    assert end.ended_at == pytest.approx(WALL + jump + 8.2)
    assert end.started_at == pytest.approx(WALL + jump)  # told anew by the clock that was set


def test_feedback_for_the_gate() -> None:
    watcher = Watcher()
    watcher.watch([straight((0.1, 0.5), (0.5, 0.5), 0.0, 3.0, 0.2)], moments(3.0))
    assert (watcher.visits.open, watcher.visits.moving) == (1, True)
    watcher.watch([steady(HERE)], moments(6.0, begin=3.2))
    assert (watcher.visits.open, watcher.visits.moving) == (1, False)  # parked: look now and then
    watcher.look(14.0)
    assert watcher.visits.moving  # not seen: look at once


def test_hits_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="5 hits do not fit into 4 looks"):
        Settings(hits=5)


@given(
    st.lists(
        st.tuples(st.floats(0.0, 40.0), st.lists(st.integers(0, 3), max_size=4, unique=True)),
        max_size=60,
    )
)
def test_each_visit_starts_once_and_ends_at_most_once(
    looks: list[tuple[float, list[int]]],
) -> None:
    """In any order of looks: start, then updates, then one end; times never run backwards."""
    watcher = Watcher()
    moment = 0.0
    for gap, there in looks:
        moment += gap
        watcher.look(moment, *(thing(at(0.15 + 0.22 * n, 0.5, 0.15)) for n in there))
    told: dict[str, list[str | None]] = {}
    for one in watcher.changes:
        told.setdefault(one.visit.id, []).append(one.event)
        visit = one.visit
        assert 0 <= visit.duration <= moment
        assert visit.started_at <= visit.seen_at
    for events in told.values():
        assert events[0] == "visit_start"
        assert events.count("visit_start") == 1
        assert "visit_end" not in events[:-1]
    assert watcher.visits.open >= sum(events[-1] != "visit_end" for events in told.values())


def test_time_stamps_that_tremble_are_steady_all_the_same() -> None:
    watcher = Watcher()
    for n, moment in enumerate(moments(20.0)):
        tags = [thing(HERE)] if moment < 5 else []
        watcher.look(moment - (0.5 if n % 3 else 0.0), *tags)
    assert watcher.events == ["visit_start", "visit_end"]
    assert 4.0 <= watcher.told("visit_end")[0].duration <= 5.0


def test_who_leaves_together_is_told_in_the_order_of_coming() -> None:
    watcher = Watcher()
    ways = [steady(at(0.1 + 0.2 * n, 0.5, 0.1), 0.2 * n, 5.0) for n in range(5)]
    watcher.watch(ways, moments(15.0))
    came = [one.id for one in watcher.told("visit_start")]
    assert [one.id for one in watcher.told("visit_end")] == came
