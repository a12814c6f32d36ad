"""Commands and pictures over MQTT: done, answered, refused, turned away; never the end of it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, events, until
from paho.mqtt.enums import MQTTProtocolVersion
from talk_rig import PICTURE, FakeCommands, FakeNow, Pump, Stranger

from device.broker import PrivateBroker
from device.errors import Busy
from device.sinks.mqtt import MqttSettings, MqttSink
from device.types import Outcome

pytestmark = NEEDS_MOSQUITTO


def pump(broker: PrivateBroker, max_payload: int = 100_000, protocol: int = 5) -> Pump:
    sink = MqttSink(MqttSettings(broker.url, "gate", timeout=3.0, max_payload=max_payload))
    if protocol == 4:
        sink._protocol = MQTTProtocolVersion.MQTTv311
    now = FakeNow()
    return Pump(sink, now, FakeCommands(now))


@pytest.fixture(params=[5, 4])
def running(broker: PrivateBroker, request: pytest.FixtureRequest) -> Iterator[Pump]:
    with pump(broker, protocol=request.param) as made:
        until(lambda: made.sink.status()["connected"])
        yield made


@pytest.fixture
def other(broker: PrivateBroker, running: Pump) -> Iterator[Stranger]:
    with Stranger(broker.port) as made:
        until(lambda: made.last.get("tagd/gate/sources/gate/enabled") == b"ON")
        yield made


def test_each_command_reaches_the_appliance(running: Pump, other: Stranger) -> None:
    asked = running.commands.asked
    other.say("tagd/gate/command/sources/gate/enabled", b"OFF")
    assert asked.get(timeout=5) == ("enable", "gate", False)
    until(lambda: other.last["tagd/gate/sources/gate/enabled"] == b"OFF")
    other.say("tagd/gate/command/sources/gate/enabled", b" on\n")
    assert asked.get(timeout=5) == ("enable", "gate", True)
    until(lambda: other.last["tagd/gate/sources/gate/enabled"] == b"ON")
    other.say("tagd/gate/command/sources/gate/capture", b"PRESS")
    assert asked.get(timeout=5) == ("capture", "gate")
    other.say("tagd/gate/command/tag", b"a picture")
    assert asked.get(timeout=5) == ("tag", b"a picture")
    other.say("tagd/gate/ingest/esp32", b"\xff\xd8")
    assert asked.get(timeout=5) == ("ingest", "esp32", b"\xff\xd8")
    until(lambda: running.counts == {"done": 5, "refused": 0, "ignored": 0, "turned_away": 0})


def test_who_asks_is_answered_with_the_picture_or_the_reason(
    broker: PrivateBroker,
) -> None:
    with pump(broker) as running, Stranger(broker.port) as other:
        until(lambda: "tagd/gate/status" in other.last)
        other.ask("tagd/gate/command/tag", b"a picture", b"one")
        correlation, body = other.answers.get(timeout=5)
        assert correlation == b"one"
        assert json.loads(body)["tags"][0]["name"] == "cat"

        running.commands.outcome = Outcome(PICTURE.id, error="it is no picture")
        other.ask("tagd/gate/command/sources/gate/capture", b"", b"two")
        assert other.answers.get(timeout=5) == (
            b"two",
            b'{"error":"it is no picture","retry_after":null}',
        )
        running.commands.error = Busy("too many wait", retry_after=2.0)
        other.ask("tagd/gate/command/tag", b"x", b"three")
        assert other.answers.get(timeout=5)[1] == b'{"error":"too many wait","retry_after":2.0}'

        running.commands.error = ZeroDivisionError("inside")
        other.ask("tagd/gate/command/tag", b"x", b"four")
        until(lambda: running.counts["refused"] == 2)
        running.commands.error, running.commands.outcome = None, None
        other.ask("tagd/gate/command/tag", b"x", b"five")
        until(lambda: len(running.commands.futures) == 3)
        running.commands.futures[-1].cancel()
        assert other.answers.get(timeout=5) == (
            b"five",
            b'{"error":"it was given up","retry_after":null}',
        )


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        ("command/sources/gate/enabled", b"MAYBE", "write ON or OFF"),
        ("command/sources/gate/enabled", b"", "write ON or OFF"),
        ("command/sources/shed/enabled", b"ON", "no source is called shed"),
        ("command/sources/gate/explode", b"", "there is no such command"),
        ("command/sources/A B\u202e/capture", b"", "no source has such a name"),
        ("command/sources//capture", b"", "no source has such a name"),
        ("command/sources/gate/capture/more", b"", "there is no such command"),
        ("command/tag", b"", "the message is empty"),
        ("command/tag", b"x" * 100_001, "more than mqtt.max_payload_mb"),
        ("ingest/Ümlaut", b"x", "no source has such a name"),
        ("ingest/gate", b"", "the message is empty"),
    ],
)
def test_a_wrong_command_is_one_line_and_counted(
    running: Pump,
    other: Stranger,
    caplog: pytest.LogCaptureFixture,
    topic: str,
    payload: bytes,
    why: str,
) -> None:
    for _ in range(3):
        other.say(f"tagd/gate/{topic}", payload)
    until(lambda: running.counts["refused"] == 3)
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(lines) == 1
    assert why in lines[0]
    assert lines[0].isprintable()
    assert running.sink.status()["connected"] is True


def test_retained_commands_are_ignored_and_told_once(
    broker: PrivateBroker, caplog: pytest.LogCaptureFixture
) -> None:
    with Stranger(broker.port) as other:
        for index in range(40):
            other.say(f"tagd/gate/command/sources/c{index}/enabled", b"OFF", retain=True)
        other.say("tagd/gate/ingest/gate", b"picture", retain=True)
        for _ in range(2):
            with pump(broker) as running:
                until(lambda: running.counts["ignored"] == 41)
                assert running.commands.asked.empty()
            assert caplog.text.count("ingest/gate is ignored: a command must not be retained") == 1
            caplog.clear()


def test_pictures_that_come_too_fast_are_turned_away_without_waiting(
    running: Pump, other: Stranger
) -> None:
    running.commands.gate.clear()
    for _ in range(60):
        other.say("tagd/gate/ingest/gate", b"x" * 1000)
    until(lambda: running.counts["turned_away"] >= 60 - 33)
    running.sink.send(events(1, 10))  # a full inbox holds up no event
    running.commands.gate.set()
    until(lambda: running.counts["done"] + running.counts["turned_away"] == 60)


def test_large_pictures_wait_only_up_to_a_sum_of_bytes(running: Pump, other: Stranger) -> None:
    running.commands.gate.clear()
    for _ in range(10):
        other.say("tagd/gate/ingest/gate", b"x" * 99_000)
    until(lambda: running.counts["turned_away"] >= 4)
    running.commands.gate.set()
    until(lambda: running.counts["done"] + running.counts["turned_away"] == 10)
    running.commands.full = True
    other.say("tagd/gate/ingest/gate", b"x")
    until(lambda: running.counts["refused"] == 1)


def test_answers_go_only_where_they_can(broker: PrivateBroker) -> None:
    rules = broker._folder / "rules"
    rules.write_text(
        "topic readwrite tagd/#\ntopic readwrite homeassistant/#\ntopic read answers\n"
    )
    rules.chmod(0o600)
    broker._lines.append(f"acl_file {rules}")
    broker.stop()
    broker.start()
    with pump(broker) as running, Stranger(broker.port) as other:
        until(lambda: "tagd/gate/status" in other.last)
        for to in ("tagd/gate/command/tag", "$SYS/x"):
            other.ask("tagd/gate/command/tag", b"x", b"?", to=to)
        until(lambda: running.counts["refused"] == 2)
        other.ask("tagd/gate/command/tag", b"x", b"?", to="answers")  # we may not write there
        until(lambda: running.sink.status()["problems"] != [])
        assert "does not let tagd-gate publish to answers" in running.sink.status()["problems"][0]
        until(lambda: bool(running.sink.status()["connected"]))  # mosquitto 2.0.11 hung up
        before = len(running.errors)
        other.ask("tagd/gate/command/tag", b"x", b"?", to="answers")
        until(lambda: running.counts["done"] == 2)
        threading.Event().wait(0.5)
        assert len(running.errors) == before, "it is not tried again"


@pytest.mark.alone  # in a process that other tests have not filled
def test_an_oversized_picture_never_enters_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    huge = bytes(200_000_000)
    with PrivateBroker(tmp_path) as broker, Stranger(broker.port, "none") as other:
        with pump(broker) as running:  # MQTT 5: the broker knows our limit and keeps it
            until(lambda: running.sink.status()["connected"])
            other.say("tagd/gate/ingest/gate", huge)
            other.say("tagd/gate/ingest/gate", b"small")
            assert running.commands.asked.get(timeout=10) == ("ingest", "gate", b"small")
            assert running.errors == []
        with pump(broker, protocol=4) as running:  # 3.1.1: we hang up
            until(lambda: running.sink.status()["connected"])
            before = _resident()
            other.say("tagd/gate/ingest/gate", huge)
            until(lambda: bool(running.errors), seconds=20.0)
            assert "a message of 2000000" in running.errors[0]
            assert "mqtt.max_payload_mb" in running.errors[0]
            assert _resident() - before < 60_000_000
            until(lambda: bool(running.sink.status()["connected"]))
            other.say("tagd/gate/ingest/gate", b"small")
            assert running.commands.asked.get(timeout=10) == ("ingest", "gate", b"small")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_dead_commands_thread_is_started_again(running: Pump, other: Stranger) -> None:
    inbound = running.sink._talk._inbound  # type: ignore[union-attr]
    inbound._worker._work = None  # type: ignore[assignment]
    first = inbound._worker
    first.stopping.set()
    first.join(5.0)
    first.stopping.clear()
    other.say("tagd/gate/command/sources/gate/capture")
    assert running.commands.asked.get(timeout=5) == ("capture", "gate")
    assert [t.name for t in threading.enumerate()].count("mqtt-commands") == 1
