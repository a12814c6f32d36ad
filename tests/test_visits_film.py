"""The film of the road with the built-in models and default thresholds: three times cars pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from places import SHARED

from device import build, ids
from device.config import Config
from device.hearing import Said
from device.results import VisitChange
from device.types import Frame, Visit
from device.visits import Visits

pytestmark = pytest.mark.shared

FILM = SHARED / "video" / "car-detection.mp4"
CARS = [(4.3, 8.1), (14.3, 18.7), (25.2, 27.8)]
"""By its README; in the second two cars, one behind the other."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[float, Said]]]:
    """What is said of each frame."""
    av = pytest.importorskip("av", reason="PyAV is not installed")
    config = Config(data_dir=Path(tmp_path_factory.mktemp("film")))
    tagging = build.Models(config).tagging()
    found = []
    with av.open(str(FILM)) as container:
        for shot in container.decode(video=0):
            pixels = shot.to_ndarray(format="rgb24")
            frame = Frame(ids.new_id(), "road", shot.time, pixels, moment=shot.time)
            found.append((float(shot.time), tagging.look(frame).said))
    yield found
    tagging.close()


def watch(said: list[tuple[float, Said]], every: float, phase: float) -> list[VisitChange]:
    """Looks so far apart, and an empty road behind the film."""
    visits, changes, due, last = Visits("road"), [], phase, 0.0
    for moment, heard in said:
        if moment < due - 1e-6:
            continue
        due, last = moment + every - 1e-6, moment
        changes += visits.see(heard.tags, moment, moment, faint=heard.faint)
    for n in range(1, 100):
        changes += visits.see((), last + n * every, last + n * every)
    return changes


@pytest.mark.parametrize("rate", [12.5, 10.0, 5.0, 4.0])
@pytest.mark.parametrize("phase", [0.0, 0.08, 0.16])
def test_car_visits_cover_exactly_the_cars(
    said: list[tuple[float, Said]], rate: float, phase: float
) -> None:
    """No person, no shoe, nothing on the empty road; an end is told after its quiet time."""
    changes = watch(said, 1 / rate, phase)
    visits = [one.visit for one in changes if one.event == "visit_end"]
    assert [one.tag for one in visits] == ["car"] * 4
    assert [one.event for one in changes].count("visit_start") == 4
    ways = [one for one in visits if "passing" in one.actions]
    assert len(ways) == 4 or rate < 10  # with few looks a fast one is not seen all the way
    first, *_, third = sorted(visits, key=began)
    for visit, (start, end) in ((first, CARS[0]), (third, CARS[2])):
        assert -0.2 <= visit.started_at - start <= 1.0
        assert -0.5 <= visit.seen_at - end <= 2.0
    second = [one for one in visits if 14 < one.started_at < 20]
    assert len(second) == 2
    assert -0.2 <= min(one.started_at for one in second) - CARS[1][0] <= 1.0
    assert -0.5 <= max(one.seen_at for one in second) - CARS[1][1] <= 2.0


def began(visit: Visit) -> float:
    return visit.started_at
