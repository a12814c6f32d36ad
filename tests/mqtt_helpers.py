"""What the tests of the broker's side share: events, a subscriber of its own, a broker by hand."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from device.broker import find_mosquitto
from device.errors import SinkError
from device.seams import Sink
from device.types import Event

NEEDS_MOSQUITTO = [
    pytest.mark.broker,
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]
ACCEPTED_5 = b"\x20\x03\x00\x00\x00"
ACCEPTED_311 = b"\x20\x02\x00\x00"


def events(first: int, last: int, size: int = 300) -> list[Event]:
    """Events numbered from `first` to `last`, with bodies of about `size` bytes."""
    return [
        Event(seq, f"id-{seq}", "picture", json.dumps({"seq": seq, "x": "x" * size}).encode())
        for seq in range(first, last + 1)
    ]


def deliver(sink: Sink, backlog: Sequence[Event], batch: int, deadline: float = 30.0) -> int:
    """Send all as the deliver thread does, each batch until it is through; returns the failures."""
    failures, done = 0, 0
    end = time.monotonic() + deadline
    while done < len(backlog):
        assert time.monotonic() < end, f"{done} of {len(backlog)} delivered in {deadline} s"
        try:
            sink.send(backlog[done : done + batch])
            done += batch
        except SinkError:
            failures += 1
            threading.Event().wait(0.05)
    return failures


def sends(sink: Sink) -> bool:
    """Whether it has, or gets, a connection."""
    try:
        sink.send(())
    except SinkError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for it, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.01)


class Subscriber:
    """A client with a persistent session that keeps what it gets, through every outage."""

    def __init__(self, port: int, topic: str = "tagd/gate/#", login: tuple[str, str] | None = None):
        self.got: list[tuple[str, bytes, bool]] = []  # topic, payload, was it retained
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="watcher", clean_session=False)
        if login:
            self._client.username_pw_set(*login)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = lambda *_: self._subscribed.clear()
        self._client.on_message = self._keep
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Subscriber:
        self._client.loop_start()
        self.wait_until_subscribed()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_until_subscribed(self) -> None:
        """Or fail after 10 s."""
        assert self._subscribed.wait(10.0)

    @property
    def subscribed(self) -> bool:
        """On the present connection, which there may not be."""
        return self._subscribed.is_set()

    def seqs(self) -> list[int]:
        """Of the events, as they came, with repetitions."""
        return [json.loads(body)["seq"] for topic, body, _ in self.got if topic.endswith("events")]

    def first_seqs(self) -> list[int]:
        """Of the events, each where it came first."""
        return list(dict.fromkeys(self.seqs()))

    def statuses(self) -> list[bytes]:
        """What was said on the status topic."""
        return [body for topic, body, _ in self.got if topic.endswith("status")]

    def _keep(self, _client: Client, _: Any, message: MQTTMessage) -> None:
        self.got.append((message.topic, bytes(message.payload), message.retain))


@dataclass
class Wire:
    """The broker's end of one connection, packet by packet."""

    conn: socket.socket

    def read(self) -> tuple[int, bytes]:
        """Packet type (1 to 15) and what follows the fixed header; OSError at the end."""
        first = self._bytes(1)[0]
        length, shift = 0, 0
        while True:
            byte = self._bytes(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return first >> 4, self._bytes(length)

    def level(self) -> int:
        """Read CONNECT: 5, or 4 for 3.1.1."""
        kind, body = self.read()
        assert kind == 1
        return body[6]

    def acknowledge(self, tail: bytes = b"") -> bytes:
        """Read one PUBLISH at QoS 1, answer it (`tail`: reason code), return its topic."""
        kind, body = self.read()
        if kind != 3:
            raise ConnectionError("no PUBLISH")
        end = 2 + int.from_bytes(body[:2], "big")
        mid = body[end : end + 2]
        self.conn.sendall(bytes([0x40, 2 + len(tail)]) + mid + tail)
        return body[2:end]

    def _bytes(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.conn.recv(count - len(data))
            if not part:
                raise ConnectionError("the client hung up")
            data += part
        return data


@dataclass
class HandBroker:
    """Where a broker played by a function listens, and what went wrong in it."""

    port: int
    connections: int = 0
    errors: list[Exception] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"


@contextmanager
def broker_by_hand(talk: Callable[[Wire], None]) -> Iterator[HandBroker]:
    """Each connection is talked to by `talk`, one after the other; its end hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = HandBroker(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    conn, _ = server.accept()
                except OSError:
                    return
                broker.connections += 1
                with conn, suppress(OSError):
                    conn.settimeout(10.0)
                    try:
                        talk(Wire(conn))
                    except AssertionError as error:
                        broker.errors.append(error)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield broker
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10.0)
    assert not broker.errors
