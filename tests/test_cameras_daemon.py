"""The whole appliance on a real RTSP camera: who comes, stays and leaves, whatever it does."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import pytest

pytest.importorskip("av")
from daemon_rig import wait_until
from mqtt_helpers import NEEDS_MOSQUITTO
from PIL import Image
from rtsp_rig import RtspServer
from street_rig import Box, empty, film, passing, standing

pytestmark = [*NEEDS_MOSQUITTO, pytest.mark.timeout(150)]
ON, OFF = b"ON", b"OFF"
PERSON, STATE = "sources/gate/tags/person", "sources/gate/state"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("street")
    return {
        "passing": film(folder / "passing.mp4", 16, passing),
        "standing": film(folder / "standing.mp4", 45, standing),
        "large": film(folder / "large.mp4", 25, standing, scale=2),
        "empty": film(folder / "empty.mp4", 30, empty),
    }


def test_somebody_comes_and_leaves(films: dict[str, Path], tmp_path: Path) -> None:
    with RtspServer({"/sub": films["passing"], "/main": films["large"]}) as server:
        camera = {"name": "gate", "url": server.url("/sub"), "main": server.url("/main")}
        visits = {"quiet": "2s", "update_every": "1s"}
        with Box(tmp_path, [camera], store={"pictures": "full"}, visits=visits) as box:
            box.daemon.start()
            wait_until(lambda: box.topic(PERSON) == OFF, 15, box.daemon.said)
            start = box.wait_for("visit_start")
            assert (start["source"], start["visit"]["tag"]) == ("gate", "person")
            assert start["visit"]["ended_at"] is None
            assert start["tags"][0]["box"]["height"] > 0.4
            wait_until(lambda: box.topic(PERSON) == ON, 2)
            present = json.loads(box.topic(STATE) or b"{}")["tags"]["person"]
            assert present["count"] == 1
            assert present["since"] == start["visit"]["started_at"]
            end = box.wait_for("visit_end")
            wait_until(lambda: box.topic(PERSON) == OFF, 2)
            assert json.loads(box.topic(STATE) or b"{}")["tags"] == {}
            assert end["visit"]["id"] == start["visit"]["id"]
            assert end["visit"]["started_at"] == start["visit"]["started_at"]
            assert 3.0 < end["visit"]["duration"] < 5.5
            assert "passing" in end["visit"]["actions"]
            larger = [e["picture"] for e in box.events() if e["visit"] and e["picture"]]
            best = max(larger, key=lambda picture: picture["width"])
            assert (best["width"], best["height"]) == (1280, 720)
            assert Image.open(io.BytesIO(box.fetch(best["url"]))).size == (1280, 720)
            found = json.loads(box.fetch(f"/api/v1/visits/{end['visit']['id']}"))
            assert found["duration"] == end["visit"]["duration"]
            assert box.daemon.stop() == 0
            assert "Traceback" not in box.daemon.said()


@pytest.mark.slow
def test_a_camera_killed_frozen_and_changed_keeps_its_one_visit(
    films: dict[str, Path], tmp_path: Path
) -> None:
    with RtspServer({"/sub": films["standing"]}) as server:
        camera = {"name": "gate", "url": server.url("/sub")}
        with Box(tmp_path, [camera]) as box:
            box.daemon.start()
            began = box.wait_for("visit_start")["visit"]["id"]

            server.kill()
            told = box.wait_source("gate", lambda one: one["error"])
            assert told["state"] == "error"
            assert "127.0.0.1" in told["error"] or "stream ended" in told["error"]
            server.start()
            box.wait_source("gate", lambda one: one["source"]["reconnects"] == 1)

            server.freeze()
            box.wait_source("gate", lambda one: one["last_frame_age_s"] > 3)
            server.resume()
            box.wait_source("gate", lambda one: one["last_frame_age_s"] < 1.5)

            server.kill()
            server.start({"/sub": films["large"]})
            box.wait_source("gate", lambda one: one["source"]["width"] == 1280)
            looks = box.source("gate")["done"]
            box.wait_source("gate", lambda one: one["done"] > looks + 1)
            assert box.counts()["visit_start"] == 1
            assert box.counts()["visit_end"] == 0
            assert box.topic(PERSON) == ON

            server.kill()
            server.start({"/sub": films["empty"]})
            end = box.wait_for("visit_end", seconds=30)
            assert end["visit"]["id"] == began
            assert end["visit"]["duration"] > 5
            assert (box.counts()["visit_start"], box.counts()["visit_end"]) == (1, 1)
            assert box.daemon.stop() == 0
            assert "Traceback" not in box.daemon.said()


@pytest.mark.slow
def test_a_camera_that_stays_frozen_is_silent_and_comes_back(
    films: dict[str, Path], tmp_path: Path
) -> None:
    with (
        RtspServer({"/sub": films["standing"]}) as server,
        Box(tmp_path, [{"name": "gate", "url": server.url("/sub")}]) as box,
    ):
        box.daemon.start()
        first = box.wait_for("visit_start")["visit"]["id"]
        server.freeze()
        told = box.wait_source("gate", lambda one: one["error"])["error"]
        assert "silen" in told or "silent" in told
        silent = box.wait_for("health", seconds=50)["health"]
        assert (silent["state"], silent["active"]) == ("silent", True)
        assert box.wait_for("visit_end", seconds=30)["visit"]["id"] == first
        server.kill()
        server.start()
        assert box.wait_for("visit_start", 2, 70)["visit"]["id"] != first
        over = box.wait_for("health", 2)["health"]
        assert (over["state"], over["active"]) == ("silent", False)


def test_killed_with_somebody_there_it_says_afterwards_that_they_left(
    films: dict[str, Path], tmp_path: Path
) -> None:
    with (
        RtspServer({"/sub": films["standing"]}) as server,
        Box(tmp_path, [{"name": "gate", "url": server.url("/sub")}]) as box,
    ):
        box.daemon.start()
        first = box.wait_for("visit_start")["visit"]
        os.kill(box.daemon.pid, signal.SIGKILL)
        box.daemon.kill()
        server.kill()
        server.start({"/sub": films["empty"]})
        box.daemon.log.unlink()
        box.daemon.start()
        end = box.wait_for("visit_end")["visit"]
        assert end["id"] == first["id"]
        assert end["interrupted"]
        assert end["ended_at"] >= first["seen_at"]
        wait_until(lambda: box.topic(PERSON) == OFF, 5)
        box.wait_source("gate", lambda one: one["done"] > 0)
        assert (box.counts()["visit_start"], box.counts()["visit_end"]) == (1, 1)
        seqs = [event["seq"] for event in box.events()]
        assert seqs == list(range(1, len(seqs) + 1))
