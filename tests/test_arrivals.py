"""The pace of looks, the silence of a camera, and how it is told."""

from __future__ import annotations

import time

import numpy as np
import pytest

from device.arrivals import Arrivals
from device.pace import Pace
from device.stages.ailing import Ailing
from device.types import Frame, HealthChange


@pytest.mark.parametrize(("fps", "period"), [(25, 0.2), (5, 0.2), (30, 0.2), (7, 0.2), (1, 0.2)])
def test_a_pace_is_kept_whatever_the_rhythm(fps: float, period: float) -> None:
    rng = np.random.default_rng(1)
    pace, passed = Pace(period), 0
    for number in range(int(fps * 100)):
        passed += pace.due(number / fps + rng.uniform(-0.1, 0.1) / fps)
    expected = min(fps, 1 / period) * 100
    assert 0.72 * expected <= passed <= 1.02 * expected


def test_a_pace_whose_clock_begins_anew() -> None:
    pace = Pace(1.0)
    assert pace.due(1000.0)
    assert pace.due(3.0)
    assert not pace.due(3.5)


def test_silence_begins_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    arrivals = Arrivals("gate")
    assert arrivals.overdue(0) == []
    now[0] += 31
    (begin,) = arrivals.overdue(1031.0)
    assert (begin.state, begin.active, begin.since) == ("silent", True, 1000.0)
    assert "no picture at all" in begin.detail
    assert arrivals.overdue(1032.0) == []
    (end,) = arrivals.note()
    assert (end.active, end.since) == (False, 1000.0)
    for number in range(5):  # a picture a minute is no silence, once that is known
        now[0] += 60
        assert bool(arrivals.overdue(0)) == (number == 0)
        assert bool(arrivals.note()) == (number == 0)
    now[0] += 299
    assert arrivals.overdue(0) == []
    now[0] += 2
    assert len(arrivals.overdue(0)) == 1


class Sick:
    """A gate that lets everything pass and suffers."""

    alert = False

    def __init__(self) -> None:
        self.left = [HealthChange("gate", "dark", True, 0.0, "it is dark")]

    def consider(self, frame: Frame) -> Frame:
        return frame

    def changes(self) -> list[HealthChange]:
        left, self.left = self.left, []
        return left

    def heed(self, open_visits: int, moving: bool) -> None: ...

    def ask(self) -> None: ...

    def status(self) -> dict[str, object]:
        return {}


def test_what_a_camera_suffers_from_is_told_and_ends_with_its_gate(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gates = {"gate": Sick()}
    ailing = Ailing(lambda: gates)
    assert [(change.state, change.active) for change in ailing.changes()] == [("dark", True)]
    assert "source gate: it is dark" in caplog.text
    assert list(ailing.changes()) == []
    gates.clear()  # switched off
    (ended,) = ailing.changes()
    assert (ended.source, ended.state, ended.active) == ("gate", "dark", False)
    assert list(ailing.changes()) == []
