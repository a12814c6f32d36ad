"""The private broker: it starts, stops, pauses and comes back on its port, and never stays."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber, sends, until

from device.broker import PrivateBroker, find_mosquitto
from device.errors import SinkRefused, TagdError
from device.sinks.mqtt import MqttSettings, MqttSink

pytestmark = NEEDS_MOSQUITTO
ROOT = Path(__file__).parents[1]


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_finds_mosquitto_outside_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert find_mosquitto() is not None


def test_accepts_when_it_has_started_and_not_when_it_has_stopped(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path) as broker:
        assert broker.url == f"mqtt://127.0.0.1:{broker.port}"
        assert broker.running
        assert accepts(broker.port)
    assert not broker.running
    assert not accepts(broker.port)
    broker.stop()


@pytest.mark.parametrize("kill", [False, True])
def test_comes_back_on_the_same_port(tmp_path: Path, kill: bool) -> None:
    with PrivateBroker(tmp_path) as broker:
        port = broker.port
        broker.stop(kill=kill)
        broker.start()
        broker.start()
        assert broker.port == port
        assert accepts(port)


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    left, right = tmp_path / "the left", tmp_path / "the right"
    left.mkdir()
    right.mkdir()
    with PrivateBroker(left, persistence=True) as one, PrivateBroker(right) as two:
        assert one.port != two.port


def test_persistence_keeps_retained_messages_over_a_restart(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path, persistence=True) as broker:
        sink = MqttSink(MqttSettings(broker.url, "gate"))
        sink.send(())
        sink.close()
        broker.stop()
        assert (tmp_path / "mosquitto.db").exists()
        broker.start()
        with Subscriber(broker.port) as subscriber:
            until(lambda: subscriber.got == [("tagd/gate/status", b"offline", True)])


def test_only_the_right_password_comes_in(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path, users={"tagd": "corr:ect $7$", "else": "x"}) as broker:
        right = MqttSink(MqttSettings(broker.url, "gate", "tagd", "corr:ect $7$"))
        right.send(())
        right.close()
        wrong = MqttSink(MqttSettings(broker.url, "gate", "tagd", "x"))
        with pytest.raises(SinkRefused):
            wrong.send(())
    assert (tmp_path / "passwords").stat().st_mode & 0o077 == 0
    assert "corr" not in (tmp_path / "passwords").read_text()


def test_a_paused_broker_accepts_but_does_not_answer_and_can_be_stopped(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path) as broker:
        broker.pause()
        assert accepts(broker.port)
        sink = MqttSink(MqttSettings(broker.url, "gate", timeout=0.2))
        with pytest.raises(ConnectionError, match="did not answer within"):
            sink.send(())
        broker.resume()
        until(lambda: sends(sink))
        sink.close()
        broker.pause()
    assert not accepts(broker.port)


def test_says_why_it_does_not_start(tmp_path: Path) -> None:
    broker = PrivateBroker(tmp_path, options=["no_such_option true"])
    with pytest.raises(TagdError, match="no_such_option"):
        broker.start()
    assert not broker.running


def test_says_so_when_its_port_was_taken_meanwhile(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path) as broker:
        broker.stop()
        taken = socket.create_server(("127.0.0.1", broker.port))
        with taken, pytest.raises(TagdError, match="Address already in use"):
            broker.start()


def test_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(TagdError, match="apt install mosquitto"):
        PrivateBroker(tmp_path).start()


STARTER = """
import sys, pathlib, device.broker
broker = device.broker.PrivateBroker(pathlib.Path(sys.argv[1]))
broker.start()
print(broker.port, flush=True)
sys.stdin.read()
"""


def starter(folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A process that starts a broker, says its port and waits for the end of its input."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, os.fspath(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_is_killed_with_the_process_that_started_it(tmp_path: Path, end: signal.Signals) -> None:
    with starter(tmp_path) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        assert accepts(port)
        child.send_signal(end)
    until(lambda: not accepts(port))


def test_is_stopped_when_the_program_ends_where_there_is_no_setpriv(tmp_path: Path) -> None:
    with starter(tmp_path, PATH="/nonexistent") as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        assert accepts(port)
    assert child.returncode == 0
    assert not accepts(port)
