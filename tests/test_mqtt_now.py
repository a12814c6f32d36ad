"""The retained topics and Home Assistant's discovery: right after every kind of restart."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, events, until
from talk_rig import FakeCommands, FakeNow, Pump, Seen, Stranger, stranger

from device.broker import PrivateBroker
from device.errors import SinkError
from device.sinks import mqtt_now
from device.sinks.mqtt import MqttSettings, MqttSink

pytestmark = NEEDS_MOSQUITTO
S = "tagd/gate/sources/gate"
DISCOVERY = "homeassistant/device/gate/config"


def pump(broker: PrivateBroker, now: FakeNow, **more: Any) -> Pump:
    settings = MqttSettings(broker.url, "gate", timeout=3.0, **more)
    return Pump(MqttSink(settings), now, FakeCommands(now))


def topics(broker: PrivateBroker) -> dict[str, bytes]:
    """What the broker retains, as who comes new hears it."""
    with stranger(broker.port) as other:
        time.sleep(0.3)
        return dict(other.last)


@pytest.fixture
def now() -> FakeNow:
    return FakeNow(
        on={"gate": True, "yard": False},
        here={"gate": {"person": Seen(0.81234), "hot dog": Seen()}},
        tags=("person", "car"),
    )


RIGHT = {
    "tagd/gate/status": b"online",
    f"{S}/enabled": b"ON",
    f"{S}/tags/person": b"ON",
    f"{S}/tags/car": b"OFF",
    f"{S}/tags/hot_dog": b"ON",
    "tagd/gate/sources/yard/enabled": b"OFF",
    "tagd/gate/sources/yard/state": b'{"tags":{}}',
    "tagd/gate/sources/yard/tags/person": b"OFF",
    "tagd/gate/sources/yard/tags/car": b"OFF",
}


def holds(broker: PrivateBroker, wanted: dict[str, bytes]) -> bool:
    found = topics(broker)
    return all(found.get(topic) == payload for topic, payload in wanted.items())


def test_every_topic_says_what_is_now_and_follows(broker: PrivateBroker, now: FakeNow) -> None:
    with pump(broker, now), Stranger(broker.port) as other:
        until(lambda: other.last.items() >= RIGHT.items())
        person = json.loads(other.last[f"{S}/state"])["tags"]["person"]
        assert person == {
            "confidence": 0.812,
            "since": "2027-01-15T08:00:00.000Z",
            "zones": [],
            "count": 1,
        }
        assert json.loads(other.last["tagd/gate/health"])["status"] == "ok"
        now.here = {"yard": {"car": Seen(zones=("drive",), count=2)}}
        until(lambda: other.last["tagd/gate/sources/yard/tags/car"] == b"ON")
        until(lambda: other.last[f"{S}/tags/person"] == b"OFF")
        until(lambda: other.last[f"{S}/tags/hot_dog"] == b"OFF")
        assert json.loads(other.last[f"{S}/state"]) == {"tags": {}}
        said = len(other.log)
        time.sleep(0.5)
        assert len(other.log) == said, "nothing new is not said again"


@pytest.mark.parametrize("persistence", [False, True])
def test_after_a_restart_of_the_broker_all_is_right(
    tmp_path: Path, now: FakeNow, persistence: bool
) -> None:
    with PrivateBroker(tmp_path, persistence=persistence) as broker, pump(broker, now) as running:
        until(lambda: holds(broker, RIGHT))
        broker.stop(kill=not persistence)
        now.here = {"gate": {"car": Seen()}}
        broker.start()
        changed = {f"{S}/tags/person": b"OFF", f"{S}/tags/car": b"ON", f"{S}/tags/hot_dog": b"OFF"}
        until(lambda: holds(broker, {**RIGHT, **changed}))
        running.sink.send(events(1, 3))


def test_after_a_restart_of_ours_old_sources_and_tags_are_gone(
    broker: PrivateBroker, now: FakeNow
) -> None:
    now.images["yard"] = ("1", b"jpeg")
    with pump(broker, now, pictures=True):
        until(lambda: holds(broker, {**RIGHT, "tagd/gate/sources/yard/picture": b"jpeg"}))
    fresh = FakeNow(tags=("car",))
    with pump(broker, fresh):
        wanted = {
            "tagd/gate/status",
            "tagd/gate/health",
            f"{S}/enabled",
            f"{S}/state",
            f"{S}/tags/car",
        }
        until(lambda: set(topics(broker)) == wanted)
    assert topics(broker)["tagd/gate/status"] == b"offline"


def test_a_state_left_on_by_a_crash_is_put_right(broker: PrivateBroker, now: FakeNow) -> None:
    with Stranger(broker.port) as other:
        other.say(f"{S}/tags/car", b"ON", retain=True)
    with pump(broker, now):
        until(lambda: holds(broker, {f"{S}/tags/car": b"OFF"}))


def test_health_is_told_at_changes_and_now_and_then(
    broker: PrivateBroker, now: FakeNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_now, "_HEALTH_LOOK", 0.1)
    with pump(broker, now), Stranger(broker.port, "tagd/gate/health") as other:
        until(lambda: len(other.log) == 1)
        now.facts = {"status": "ok", "problems": [], "sources": [{"done": 5}]}
        until(lambda: len(other.log) == 2)
        now.facts = {"status": "ok", "problems": [], "sources": [{"done": 6}]}
        time.sleep(0.5)
        assert len(other.log) == 2, "a counter alone is no news"
        now.facts = {"status": "degraded", "problems": ["the disk is full"]}
        until(lambda: len(other.log) == 3)
        monkeypatch.setattr(mqtt_now, "_HEALTH_TOLD", 0.3)
        until(lambda: len(other.log) == 5)


def test_broken_facts_hold_up_no_event(
    broker: PrivateBroker, now: FakeNow, caplog: pytest.LogCaptureFixture
) -> None:
    with pump(broker, now) as running, Stranger(broker.port) as other:
        now.broken = RuntimeError("no presence")
        until(lambda: running.sink.status()["problems"] != [])
        running.sink.send(events(1, 2))
        until(lambda: b"tagd" not in other.last.get("tagd/gate/events", b"tagd"))
        time.sleep(0.3)
        assert caplog.text.count("Traceback") == 1
        now.broken = None
        until(lambda: running.sink.status()["problems"] == [])


def test_a_picture_too_large_for_the_broker_is_left_out(tmp_path: Path, now: FakeNow) -> None:
    now.images["gate"] = ("1", bytes(300_000))
    with (
        PrivateBroker(tmp_path, max_packet_size=200_000) as broker,
        pump(broker, now, pictures=True) as running,
        Stranger(broker.port) as other,
    ):
        until(lambda: other.last.items() >= RIGHT.items())
        assert "takes no message as large" in str(running.sink.status()["problems"])
        now.images["gate"] = ("2", b"small")
        until(lambda: other.last.get(f"{S}/picture") == b"small")


def test_home_assistant_hears_of_it_again_whenever_it_starts(
    broker: PrivateBroker, now: FakeNow
) -> None:
    with pump(broker, now, discovery=True), Stranger(broker.port) as other:
        until(lambda: other.last.items() >= RIGHT.items())
        until(lambda: DISCOVERY in other.last)
        time.sleep(0.3)
        other.log.clear()
        other.say("homeassistant/status", b"online")
        until(lambda: {DISCOVERY, *RIGHT} - {"tagd/gate/status"} <= {t for t, _ in other.log})
        heard = [topic for topic, _ in other.log if topic != "homeassistant/status"]
        assert heard[0] == DISCOVERY, "the entities before their states"


def test_entities_of_a_source_that_is_gone_are_removed(broker: PrivateBroker, now: FakeNow) -> None:
    with Stranger(broker.port, DISCOVERY) as other:
        with pump(broker, now, discovery=True):
            until(lambda: bool(other.log))
        before = json.loads(other.log[-1][1])["components"]
        assert before["yard.tag.car"]["platform"] == "binary_sensor"
        del now.on["yard"]
        other.log.clear()
        with pump(broker, now, discovery=True):
            until(lambda: len(other.log) == 2)
        first, last = (json.loads(payload)["components"] for _, payload in other.log)
        gone = {name: {"platform": one["platform"]} for name, one in before.items()}
        assert {n: o for n, o in first.items() if n.startswith("yard.")} == {
            n: o for n, o in gone.items() if n.startswith("yard.")
        }
        assert last == {n: o for n, o in before.items() if not n.startswith("yard.")}
        other.log.clear()
        with pump(broker, now):  # discovery: none
            until(lambda: other.log == [(DISCOVERY, b"")])


CHILD = """
import sys, threading
from talk_rig import FakeCommands, FakeNow, Pump, Seen
from device.sinks.mqtt import MqttSettings, MqttSink
now = FakeNow(here={"gate": {"person": Seen()}})
with Pump(MqttSink(MqttSettings(sys.argv[1], "gate")), now, FakeCommands(now)):
    threading.Event().wait(30)
"""


def test_a_killed_process_leaves_offline_and_its_successor_is_right(broker: PrivateBroker) -> None:
    tests = Path(__file__).parent
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, broker.url],
        env={"PYTHONPATH": f"{tests}:{tests.parent}", "PATH": "/usr/bin"},
    )
    with child:
        until(lambda: topics(broker).get(f"{S}/tags/person") == b"ON", seconds=15.0)
        child.send_signal(signal.SIGKILL)
    until(lambda: topics(broker)["tagd/gate/status"] == b"offline")
    with pump(broker, FakeNow()):
        until(lambda: holds(broker, {"tagd/gate/status": b"online", f"{S}/tags/person": b"OFF"}))


def test_a_stopped_broker_holds_up_only_the_sink(broker: PrivateBroker, now: FakeNow) -> None:
    sink = MqttSink(MqttSettings(broker.url, "gate", timeout=0.5))
    with Pump(sink, now, FakeCommands(now)) as running:
        until(lambda: holds(broker, RIGHT))
        broker.pause()
        now.here = {}
        until(lambda: bool(running.errors), seconds=8.0)
        broker.resume()
        until(lambda: holds(broker, {f"{S}/tags/person": b"OFF", "tagd/gate/status": b"online"}))
    with pytest.raises(SinkError, match="is closed"):
        sink.send(())
