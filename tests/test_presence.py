"""What is present now, as the kept states tell it."""

from __future__ import annotations

from dataclasses import replace

from makers import spawn, tagged

from device.presence import Presence, Present
from device.results import VisitChange
from device.types import Visit

CAR = Visit("1", "gate", "car", "object", 100.0, 101.0, 1.0, best_confidence=0.6)


def note(presence: Presence, *visits: Visit) -> None:
    presence.note([VisitChange(visit, None) for visit in visits])


def test_visits_are_summed_up_by_tag() -> None:
    presence = Presence()
    second = replace(CAR, id="2", started_at=90.0, best_confidence=0.8, zones=("road",))
    dog = replace(CAR, id="3", source="yard", tag="dog")
    note(presence, CAR, second, dog)
    assert presence.snapshot() == {
        "gate": {"car": Present(0.8, 90.0, ("road",), 2)},
        "yard": {"dog": Present(0.6, 100.0, (), 1)},
    }
    note(presence, replace(second, ended_at=120.0))
    assert presence.snapshot()["gate"] == {"car": Present(0.6, 100.0, (), 1)}
    note(presence, replace(CAR, tag="truck"))  # a better word
    assert list(presence.snapshot()["gate"]) == ["truck"]
    note(presence, replace(CAR, ended_at=130.0), replace(dog, ended_at=130.0))
    assert presence.snapshot() == {}


def test_the_version_grows_only_with_a_difference() -> None:
    presence = Presence()
    presence.note([tagged("a")])
    assert presence.version == 0
    note(presence, CAR)
    note(presence, replace(CAR, seen_at=110.0, duration=10.0))
    assert presence.version == 1
    note(presence, replace(CAR, ended_at=110.0))
    assert presence.version == 2


def test_a_snapshot_never_changes_and_who_waits_is_woken() -> None:
    presence = Presence()
    before = presence.snapshot()
    assert not presence.wait_beyond(0, 0.01)
    woken: list[bool] = []
    thread = spawn(lambda: woken.append(presence.wait_beyond(0, 5.0)))
    note(presence, CAR)
    thread.join(5.0)
    assert woken == [True]
    assert before == {}
