"""Switching a real camera off and on, and asking it for a picture: by MQTT and by the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("av")
from daemon_rig import wait_until
from mqtt_helpers import NEEDS_MOSQUITTO
from rtsp_rig import RtspServer
from street_rig import Box, film, standing

pytestmark = [*NEEDS_MOSQUITTO, pytest.mark.timeout(120)]
COMMAND = "tagd/test/command/sources/gate"
ENABLED = "sources/gate/enabled"


def connections(port: int) -> int:
    """Open TCP connections to that port of this machine."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(f[2].endswith(f":{port:04X}") and f[3] == "01" for f in fields)


def test_off_is_closed_and_stays_off_over_a_kill(tmp_path: Path) -> None:
    street = film(tmp_path / "street.mp4", 60, standing)
    with (
        RtspServer({"/sub": street}) as server,
        Box(tmp_path / "box", [{"name": "gate", "url": server.url("/sub")}]) as box,
    ):
        box.daemon.start()
        box.wait_for("visit_start")
        assert connections(server.port) == 1

        told = len(box.events("picture"))
        box.heard.ask(f"{COMMAND}/capture", b"", b"1")
        correlation, body = box.heard.answers.get(timeout=10)
        assert correlation == b"1"
        wait_until(lambda: len(box.events("picture")) > told, 5)
        assert box.events("picture")[-1]["picture"]["id"] == json.loads(body)["id"]
        picture = json.loads(box.fetch("/api/v1/sources/gate/capture", "POST"))
        assert picture["tags"][0]["name"] == "person"

        box.heard.say(f"{COMMAND}/enabled", b"OFF")
        wait_until(lambda: box.topic(ENABLED) == b"OFF", 10)
        wait_until(lambda: connections(server.port) == 0, 5)
        assert box.source("gate")["state"] == "disabled"
        box.heard.ask(f"{COMMAND}/capture", b"", b"2")
        assert "switched off" in json.loads(box.heard.answers.get(timeout=10)[1])["error"]

        box.daemon.kill()
        box.daemon.log.unlink()
        box.daemon.start()
        wait_until(lambda: box.source("gate")["state"] == "disabled", 15)
        assert connections(server.port) == 0
        answer = box.fetch("/api/v1/sources/gate", "PATCH", b'{"enabled": true}')
        assert json.loads(answer)["enabled"]
        wait_until(lambda: box.topic(ENABLED) == b"ON", 10)
        box.wait_for("visit_start", 2)
        assert box.counts()["visit_end"] == 1  # the one that the kill interrupted
        assert box.events("visit_end")[0]["visit"]["interrupted"]
        assert box.daemon.stop() == 0
        assert "Traceback" not in box.daemon.said()
