"""The film of the road through the whole daemon with its default config: three times cars pass."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO
from places import SHARED

pytest.importorskip("av")
from rtsp_rig import RtspServer
from street_rig import Box

pytestmark = [pytest.mark.shared, *NEEDS_MOSQUITTO, pytest.mark.timeout(180)]

FILM = SHARED / "video" / "car-detection.mp4"
CARS = [(4.3, 8.1), (14.3, 18.7), (25.2, 27.8)]
"""By its README; in the second two cars, one behind the other."""


def utc(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def covers_the_cars(box: Box, zero: float) -> None:
    """Four visits of cars and nothing else; `zero`: UTC, when the film began."""
    starts, ends = box.events("visit_start"), box.events("visit_end")
    visits: list[dict[str, Any]] = [event["visit"] for event in ends]
    assert [visit["tag"] for visit in visits] == ["car"] * 4
    assert {e["visit"]["id"] for e in starts} == {visit["id"] for visit in visits}
    assert len(starts) == 4
    spans = sorted((utc(v["started_at"]) - zero, utc(v["ended_at"]) - zero) for v in visits)
    passages = [spans[:1], spans[1:3], spans[3:]]
    for (start, end), group in zip(CARS, passages, strict=True):
        assert -0.2 <= group[0][0] - start <= 1.0
        assert -0.5 <= max(last for _, last in group) - end <= 2.0
    assert all(event["picture"] for event in starts)
    pictures = box.events("picture")  # of the look right after the start: an empty road
    assert len(pictures) == 1
    assert {tag["name"] for tag in pictures[0]["tags"]} & {"car", "person"} == set()


def test_as_fast_as_can_be(tmp_path: Path) -> None:
    url = f"file://{FILM}?pace=fast"
    with Box(tmp_path, [{"name": "road", "url": url}], visits={}) as box:
        box.daemon.start()
        box.wait_for("visit_start", 4, 60)
        box.wait_source("road", lambda one: one["state"] == "ended" and not one["queued"])
        assert box.daemon.stop() == 0
        box.daemon.sections["sources"] = []
        box.daemon.start()  # the film ended within the quiet time of the last car
        assert box.wait_for("visit_end", 4)["visit"]["interrupted"]
        covers_the_cars(box, utc(box.events("picture")[0]["taken_at"]))
        assert "Traceback" not in box.daemon.said()


@pytest.mark.slow
def test_at_its_own_pace(tmp_path: Path) -> None:
    with Box(tmp_path, [{"name": "road", "url": f"file://{FILM}"}], visits={}) as box:
        box.daemon.start()
        box.wait_for("visit_end", 4, 90)
        covers_the_cars(box, utc(box.events("picture")[0]["taken_at"]))


@pytest.mark.slow
def test_as_a_camera(tmp_path: Path) -> None:
    """Over RTSP, where idle means keyframes only; at its end it begins again."""
    with RtspServer({"/road": FILM}) as server:
        camera = {"name": "road", "url": server.url("/road")}
        with Box(tmp_path, [camera], visits={}) as box:
            box.daemon.start()
            box.wait_for("visit_end", 4, 60)
            covers_the_cars(box, utc(box.events("picture")[0]["taken_at"]))
