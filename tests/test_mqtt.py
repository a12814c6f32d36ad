"""The MQTT sink against a real mosquitto: what arrives, in which order, how fast."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber, deliver, events, until
from paho.mqtt.client import MQTTMessageInfo
from paho.mqtt.enums import MQTTErrorCode

from device.broker import PrivateBroker
from device.errors import SinkError, SinkRefused
from device.sinks.mqtt import MqttSettings, MqttSink

pytestmark = NEEDS_MOSQUITTO


@pytest.fixture
def sink(broker: PrivateBroker) -> Iterator[MqttSink]:
    made = MqttSink(MqttSettings(broker.url, "gate", timeout=3.0))
    yield made
    made.close()


def test_events_arrive_in_order_between_online_and_offline(
    broker: PrivateBroker, sink: MqttSink
) -> None:
    told = events(1, 500)
    with Subscriber(broker.port) as subscriber:
        deliver(sink, told, batch=120)
        assert sink.status() == {
            "connected": True,
            "broker": f"127.0.0.1:{broker.port}",
            "protocol": "5",
            "error": None,
        }
        sink.close()
        until(lambda: len(subscriber.got) == 502)
        assert subscriber.got[0] == ("tagd/gate/status", b"online", False)
        assert subscriber.got[1:-1] == [("tagd/gate/events", e.body, False) for e in told]
        assert subscriber.got[-1] == ("tagd/gate/status", b"offline", False)
    assert sink.status()["connected"] is False


def test_only_the_status_is_retained(broker: PrivateBroker, sink: MqttSink) -> None:
    sink.send(events(1, 3))
    with Subscriber(broker.port, "#") as late:
        until(lambda: late.got == [("tagd/gate/status", b"online", True)])


def test_prefix_and_device_make_the_topics(broker: PrivateBroker) -> None:
    sink = MqttSink(MqttSettings(broker.url, "yard-2", prefix="home/cameras"))
    with Subscriber(broker.port, "#") as subscriber:
        sink.send(events(1, 1))
        sink.close()
        until(lambda: len(subscriber.got) == 3)
        topics = {topic for topic, *_ in subscriber.got}
    assert topics == {"home/cameras/yard-2/status", "home/cameras/yard-2/events"}


def test_the_order_holds_when_the_network_is_full(broker: PrivateBroker, sink: MqttSink) -> None:
    told = events(1, 600, size=30_000)
    with Subscriber(broker.port) as subscriber:
        sink.send(told)
        until(lambda: subscriber.seqs() == [event.seq for event in told])


def test_small_batches_do_not_wait_for_the_kernel(sink: MqttSink) -> None:
    # With delayed ACKs on our side and Nagle on the broker's each batch would last 43 ms.
    sink.send(())
    started = time.monotonic()
    for _ in range(100):
        sink.send(events(1, 50))
    assert time.monotonic() - started < 3.0


@pytest.mark.slow
def test_message_ids_may_run_out_and_begin_again(broker: PrivateBroker, sink: MqttSink) -> None:
    told = events(1, 66_000, size=10)
    with Subscriber(broker.port) as subscriber:
        deliver(sink, told, batch=5000)
        until(lambda: len(subscriber.seqs()) == len(told), seconds=20.0)
        assert subscriber.seqs() == [event.seq for event in told]


def test_large_events_pass_up_to_the_brokers_limit(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path, max_packet_size=300_000) as broker:
        sink = MqttSink(MqttSettings(broker.url, "gate"))
        with Subscriber(broker.port) as subscriber:
            sink.send(events(1, 5, size=200_000))
            with pytest.raises(SinkRefused, match=r"up to 2999.. bytes .* raise its packet limit"):
                sink.send([*events(6, 6), *events(7, 7, size=300_000)])
            sink.send(events(8, 8))
            until(lambda: subscriber.seqs() == [1, 2, 3, 4, 5, 8])
            assert len(json.loads(subscriber.got[1][1])["x"]) == 200_000
        sink.close()


def test_an_exception_in_a_callback_is_heard_and_survived(sink: MqttSink) -> None:
    sink.send(())
    link = sink._link
    assert link is not None

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    link.client.on_publish = broken
    with pytest.raises(SinkError, match=r"ZeroDivisionError.*a mistake"):
        sink.send(events(1, 10))
    assert sink.status()["connected"] is False
    sink.send(events(1, 10))


def test_what_paho_only_queues_is_not_delivered(sink: MqttSink) -> None:
    sink.send(())
    link = sink._link
    assert link is not None
    queued = MQTTMessageInfo(7)
    queued.rc = MQTTErrorCode.MQTT_ERR_NO_CONN
    link.client.publish = lambda *_, **__: queued  # type: ignore[method-assign]
    with pytest.raises(SinkError, match="this device hung up"):
        sink.send(events(1, 1))
    sink.send(events(1, 1))
