"""Where a thing is: by its foot, after its stay, and only what the zone is for."""

from __future__ import annotations

from visit_rig import Watcher, at, moments, steady, straight, thing

from device.config_camera import Visits as Settings
from device.config_camera import Zone
from device.types import Box
from device.visits import Visits
from device.zones import foot, placed

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.51, 0.0), (1.0, 0.0), (1.0, 1.0), (0.51, 1.0))
LOW = ((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0))


def watcher(**zones: Zone) -> Watcher:
    return Watcher(Visits("gate", Settings(), zones))


def test_the_foot_decides() -> None:
    tall = Box(0.4, 0.1, 0.1, 0.55)  # its middle is above the zone
    assert foot(tall) == (0.45, 0.65)
    assert placed(thing(tall), {"low": Zone(polygon=LOW)}).zones == ("low",)
    assert placed(thing(Box(0.4, 0.5, 0.1, 0.05)), {"low": Zone(polygon=LOW)}).zones == ()
    assert placed(thing(None), {"low": Zone(polygon=LOW)}).zones == ()


def test_a_thing_cut_off_by_the_border_is_in_the_zone_that_reaches_it() -> None:
    for box in (Box(0.4, 0.5, 0.2, 0.5), Box(-0.1, 0.7, 0.1, 0.3), Box(0.95, 0.7, 0.2, 0.5)):
        assert placed(thing(box), {"low": Zone(polygon=LOW)}).zones == ("low",)


def test_coming_in_from_outside_is_entering() -> None:
    watch = watcher(left=Zone(polygon=LEFT), right=Zone(polygon=RIGHT))
    watch.watch([straight((0.2, 0.5), (0.8, 0.5), 0.0, 6.0, 0.2)], moments(14.0))
    assert watch.events == ["visit_start", "visit_update", "visit_end"]
    [start], [update], [end] = (
        watch.told(event) for event in ("visit_start", "visit_update", "visit_end")
    )
    assert (start.zones, start.actions) == (("left",), ())  # it appeared there
    assert (update.zones, update.actions) == (("left", "right"), ("entering:right",))
    assert update.seen_at - start.started_at < 4.0  # at once, whatever `update_every` says
    assert end.actions == ("entering:right", "passing")
    tags = [one.tags[0].zones for one in watch.changes if one.event is not None]
    assert tags == [("left",), ("right",), ("right",)]


def test_a_stay_must_last() -> None:
    watch = watcher(low=Zone(polygon=LOW, min_stay=3.0))
    watch.watch([steady(at(0.5, 0.7), 0, 2.5)], moments(10.0))
    assert [one.zones for one in watch.told("visit_end")] == [()]
    watch.watch([steady(at(0.5, 0.7), 20, 24)], moments(14.0, begin=20.0))
    assert watch.told("visit_end")[-1].zones == ("low",)
    assert watch.told("visit_end")[-1].actions == ()


def test_a_trembling_box_does_not_begin_its_stay_anew() -> None:
    watch = watcher(low=Zone(polygon=LOW, min_stay=3.0))
    for n, moment in enumerate(moments(5.0)):
        watch.look(moment, thing(at(0.5, 0.49 if n % 4 == 3 else 0.51)))
    watch.watch([], moments(20.0, begin=5.2))
    assert watch.told("visit_end")[0].zones == ("low",)


def test_a_zone_for_some_tags() -> None:
    zones = {"low": Zone(polygon=LOW, tags=("animal",))}
    dog = thing(at(0.5, 0.8), "dog", parents=("animal",))
    assert placed(dog, zones).zones == ("low",)
    assert placed(thing(at(0.5, 0.8)), zones).zones == ()
