"""The MQTT sink and brokers that mosquitto is not: old, silent, refusing or out of their minds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest
from mqtt_helpers import ACCEPTED_5, ACCEPTED_311, Wire, broker_by_hand, deliver, events, until

from device.errors import SinkError, SinkRefused
from device.sinks import mqtt_words
from device.sinks.mqtt import MqttSettings, MqttSink


def sink_for(url: str, timeout: float = 3.0, **more: str) -> MqttSink:
    return MqttSink(MqttSettings(url, "gate", timeout=timeout, **more))  # type: ignore[arg-type]


def refusal(talk: Callable[[Wire], None], count: int = 1) -> SinkError:
    """The error of sending `count` events to such a broker."""
    with broker_by_hand(talk) as broker:
        sink = sink_for(broker.url)
        with pytest.raises(SinkError) as error:
            sink.send(events(1, count))
        assert sink.status()["error"] == str(error.value)
        sink.close()
    return error.value


@pytest.mark.alone
def test_a_broker_that_accepts_and_says_nothing() -> None:
    with broker_by_hand(lambda wire: wire.read() and wire.read() and None) as broker:
        sink = sink_for(broker.url, timeout=0.3)
        started = time.monotonic()
        with pytest.raises(SinkError, match="did not answer within"):
            sink.send(())
        assert 0.3 <= time.monotonic() - started < 2.0
        assert sink.status()["connected"] is False
        sink.close()


@pytest.mark.parametrize("no", [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00"])
def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1_from_then_on(no: bytes) -> None:
    levels: list[int] = []
    topics: list[bytes] = []

    def talk(wire: Wire) -> None:
        levels.append(wire.level())
        if levels[-1] == 5:
            wire.conn.sendall(no)
            return
        wire.conn.sendall(ACCEPTED_311)
        topics.extend(wire.acknowledge() for _ in range(3))

    with broker_by_hand(talk) as broker:
        sink = sink_for(broker.url)
        sink.send(events(1, 2))
        assert sink.status()["protocol"] == "3.1.1"
        until(lambda: sink.status()["connected"] is False)
        assert deliver(sink, events(3, 4), batch=2) == 1
        sink.close()
    assert levels == [5, 4, 4]
    assert topics == [b"tagd/gate/status", *2 * [b"tagd/gate/events"]] * 2


@pytest.mark.parametrize(
    ("code", "final", "word"),
    [
        (0x85, True, "client id tagd-gate"),
        (0x86, True, "wants a login"),
        (0x87, True, "wants a login"),
        (0x88, False, "not available"),
        (0x89, False, "busy"),
        (0x8A, True, "banned tagd-gate"),
        (0x97, False, "quota"),
        (0x9D, True, "has moved"),
        (0x83, False, "reason code 0x83"),
    ],
)
def test_each_refusal_has_a_sentence_of_its_own(code: int, final: bool, word: str) -> None:
    def talk(wire: Wire) -> None:
        assert wire.level() == 5
        wire.conn.sendall(bytes([0x20, 3, 0, code, 0]))

    error = refusal(talk)
    assert word in str(error)
    assert isinstance(error, SinkRefused) is final


@pytest.mark.parametrize(
    ("code", "final", "word"),
    [
        (1, True, "neither MQTT 5 nor 3.1.1"),
        (2, True, "client id"),
        (3, False, "not available"),
        (4, True, "wants a login"),
        (5, True, "wants a login"),
    ],
)
def test_refusals_of_3_1_1_are_understood_too(code: int, final: bool, word: str) -> None:
    levels: list[int] = []

    def talk(wire: Wire) -> None:
        levels.append(wire.level())
        wire.conn.sendall(bytes([0x20, 2, 0, 1 if levels[-1] == 5 else code]))

    error = refusal(talk)
    assert word in str(error)
    assert isinstance(error, SinkRefused) is final
    assert levels == [5, 4]


@pytest.mark.parametrize(
    ("code", "final", "word"),
    [
        (0x87, True, "let tagd-gate publish to tagd/gate/events"),
        (0x97, False, "quota"),
        (0x99, False, "0x99"),
    ],
)
def test_an_event_that_is_not_taken(code: int, final: bool, word: str) -> None:
    def talk(wire: Wire) -> None:
        wire.level()
        wire.conn.sendall(ACCEPTED_5)
        wire.acknowledge()
        wire.acknowledge(b"\x10")  # taken, though nobody has subscribed
        wire.acknowledge(bytes([code]))

    error = refusal(talk, count=2)
    assert word in str(error)
    assert isinstance(error, SinkRefused) is final


@pytest.mark.parametrize(("code", "word"), [(0x8B, "shutting down"), (0x8E, "another client")])
def test_a_goodbye_between_two_sends_is_heard_at_the_next(code: int, word: str) -> None:
    def talk(wire: Wire) -> None:
        wire.level()
        wire.conn.sendall(ACCEPTED_5)
        wire.acknowledge()
        wire.conn.sendall(bytes([0xE0, 1, code]))

    with broker_by_hand(talk) as broker:
        sink = sink_for(broker.url)
        sink.send(())
        until(lambda: sink.status()["connected"] is False)
        with pytest.raises(SinkError, match=word):
            sink.send(())
        assert broker.connections == 1, "it waits to be asked"
        sink.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x20\x02\x00\x00",  # a CONNACK of 3.1.1 in answer to 5
        b"\x20\x03\x00\x7f\x00",  # a reason code that there is not
        b"\x20\xff\xff\xff\xff\xff",
        b"\x40\x02\x00\x01",  # PUBACK for nothing, then the end
        ACCEPTED_5 + ACCEPTED_5,
        ACCEPTED_5 + b"\x30\x00",
    ],
)
def test_nonsense_is_an_error_and_nothing_worse(answer: bytes) -> None:
    def talk(wire: Wire) -> None:
        wire.level()
        wire.conn.sendall(answer)

    assert "\n" not in str(refusal(talk))


def test_a_batch_is_as_good_as_its_slowest_acknowledgement() -> None:
    # As long as answers come the broker is not silent, however long the batch takes.
    def talk(wire: Wire) -> None:
        wire.level()
        wire.conn.sendall(ACCEPTED_5)
        for _ in range(6):
            time.sleep(0.15)
            wire.acknowledge()
        wire.read()

    with broker_by_hand(talk) as broker:
        sink = sink_for(broker.url, timeout=0.5)
        sink.send(events(1, 5))
        sink.close()


def test_no_more_is_in_flight_than_the_broker_stands() -> None:
    def talk(wire: Wire) -> None:
        wire.level()
        wire.conn.sendall(b"\x20\x06\x00\x00\x03\x21\x00\x02")  # Receive Maximum: 2
        wire.acknowledge()
        mids = [wire.read()[1][18:20] for _ in range(2)]
        wire.conn.settimeout(0.1)
        with pytest.raises(TimeoutError):
            wire.read()
        for mid in mids:
            wire.conn.sendall(b"\x40\x02" + mid)
        wire.acknowledge()
        wire.read()

    with broker_by_hand(talk) as broker:
        sink = sink_for(broker.url)
        sink.send(events(1, 3))
        sink.close()


def test_close_does_not_wait_for_a_handshake() -> None:
    leave = threading.Event()

    def talk(_: Wire) -> None:
        leave.wait(10.0)

    with broker_by_hand(talk) as broker:
        sink = sink_for(broker.url.replace("mqtt:", "mqtts:"), timeout=8.0)
        closer = threading.Timer(0.2, sink.close)
        closer.start()
        started = time.monotonic()
        with pytest.raises(SinkError, match=r"hung up|is closed"):  # whichever comes first
            sink.send(())
        assert time.monotonic() - started < 4.0
        closer.join()
        leave.set()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    sink = sink_for(f"mqtt://127.0.0.1:{port}")
    with pytest.raises(SinkError, match=f"nobody answers at 127.0.0.1:{port}: start the broker"):
        sink.send(())
    sink.close()


def test_a_host_that_there_cannot_be() -> None:
    sink = sink_for("mqtt://no..host")
    with pytest.raises(SinkError, match=r"the broker's host no\.\.host is unknown"):
        sink.send(())
    sink.close()
    unknown = mqtt_words.unreachable(MqttSettings("mqtt://b", "gate"), socket.gaierror(-2, "x"))
    assert unknown == "the broker's host b is unknown: check mqtt.url and the name service"
