"""The MQTT sink while the broker, the process or another client fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber, deliver, events, sends, until

from device.broker import PrivateBroker
from device.errors import SinkError, SinkRefused
from device.sinks.mqtt import MqttSettings, MqttSink

pytestmark = NEEDS_MOSQUITTO
ROOT = Path(__file__).parents[1]


@pytest.fixture
def sink(broker: PrivateBroker) -> Iterator[MqttSink]:
    made = MqttSink(MqttSettings(broker.url, "gate", timeout=3.0))
    yield made
    made.close()


@pytest.mark.parametrize("kill", [False, True])
def test_nothing_is_lost_when_the_broker_dies_in_the_middle_of_a_batch(
    tmp_path: Path, kill: bool
) -> None:
    with PrivateBroker(tmp_path, persistence=True) as broker:
        sink = MqttSink(MqttSettings(broker.url, "gate"))
        back = threading.Event()
        taken: list[int] = []  # the broker had acknowledged them when it died
        again: list[int] = []

        def work() -> None:
            while not again:
                batch = events(len(taken) + 1, len(taken) + 2000)
                numbers = [event.seq for event in batch]
                try:
                    sink.send(batch)
                    taken.extend(numbers)
                except SinkError:
                    back.wait(10.0)
                    deliver(sink, batch, batch=600)
                    again.extend(numbers)

        with Subscriber(broker.port) as subscriber:
            thread = threading.Thread(target=work)
            thread.start()
            until(lambda: len(subscriber.seqs()) > 500)
            broker.stop(kill=kill)
            until(lambda: not subscriber.subscribed)
            broker.start()
            subscriber.wait_until_subscribed()
            back.set()
            thread.join(30.0)
            until(lambda: subscriber.seqs()[-1] == again[-1])
            seen = subscriber.first_seqs()
        assert seen == sorted(seen)
        if kill:  # a broker that is killed forgets what it took but had not passed on
            seen = sorted({*seen, *taken})
        assert seen == taken + again
        sink.close()


def test_after_a_restart_without_persistence_the_status_is_right_again(
    broker: PrivateBroker, sink: MqttSink
) -> None:
    sink.send(())
    broker.stop(kill=True)
    until(lambda: sink.status()["connected"] is False)
    with pytest.raises(SinkError):
        sink.send(())
    with pytest.raises(SinkError, match=f"nobody answers at 127.0.0.1:{broker.port}"):
        sink.send(events(1, 1))
    assert "nobody answers" in str(sink.status()["error"])
    broker.start()
    sink.send(())
    assert sink.status()["error"] is None
    with Subscriber(broker.port) as late:
        until(lambda: late.got == [("tagd/gate/status", b"online", True)])


def test_a_stopped_broker_is_given_up_and_the_order_survives_its_return(
    broker: PrivateBroker,
) -> None:
    sink = MqttSink(MqttSettings(broker.url, "gate", timeout=0.3))
    told = events(1, 400)
    with Subscriber(broker.port) as subscriber:
        sink.send(told[:100])
        broker.pause()
        for batch in (told[100:200], told[100:200], ()):  # acknowledgement, connection, connection
            started = time.monotonic()
            with pytest.raises(SinkError, match=r"did not answer within 0\.3 s"):
                sink.send(batch)
            assert time.monotonic() - started < 2.0
        broker.resume()
        deliver(sink, told[100:], batch=100)
        until(lambda: len(subscriber.first_seqs()) == 400)
        assert subscriber.statuses()[-1] == b"online"
        assert subscriber.first_seqs() == [event.seq for event in told]
    sink.close()


def test_an_idle_connection_notices_a_stopped_broker(broker: PrivateBroker) -> None:
    sink = MqttSink(MqttSettings(broker.url, "gate", keepalive=1, timeout=0.3))
    sink.send(())
    broker.pause()
    until(lambda: sink.status()["connected"] is False, seconds=6.0)
    with pytest.raises(SinkError, match="did not hear from each other"):
        sink.send(())
    sink.close()


CHILD = """
import sys
from device.sinks.mqtt import MqttSettings, MqttSink
sink = MqttSink(MqttSettings(sys.argv[1], "gate"))
sink.send(())
print("connected", flush=True)
sys.stdin.read()
"""


def test_the_will_says_offline_when_the_process_is_killed(broker: PrivateBroker) -> None:
    with Subscriber(broker.port) as subscriber:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, broker.url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"connected\n"
            os.kill(child.pid, signal.SIGKILL)
        until(lambda: subscriber.statuses() == [b"online", b"offline"])
    with Subscriber(broker.port) as late:
        until(lambda: ("tagd/gate/status", b"offline", True) in late.got)


def test_two_sinks_with_one_client_id_are_told_and_slowed_down(
    broker: PrivateBroker, sink: MqttSink
) -> None:
    thief = MqttSink(MqttSettings(broker.url, "gate"))
    for sentence in (*2 * ["closed the connection"], "another device use the client id tagd-gate"):
        sink.send(())
        until(lambda: sends(thief))
        until(lambda: sink.status()["connected"] is False)
        with pytest.raises(SinkError, match=sentence) as error:
            sink.send(events(1, 1))
    assert error.type is SinkRefused
    threading.Event().wait(0.3)
    assert thief.status()["connected"] is True, "nobody has asked the first to come back"
    thief.close()


def test_close_ends_a_send_in_another_thread(broker: PrivateBroker) -> None:
    sink = MqttSink(MqttSettings(broker.url, "gate", timeout=20.0))
    sink.send(())
    broker.pause()
    heard: list[str] = []

    def work() -> None:
        try:
            sink.send(events(1, 10))
        except SinkError as error:
            heard.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    started = time.monotonic()
    sink.close()
    thread.join(5.0)
    assert time.monotonic() - started < 2.0
    assert heard
    sink.close()
    with pytest.raises(SinkError, match="is closed"):
        sink.send(())
    until(lambda: not [t for t in threading.enumerate() if t.name == "mqtt-gate"])
