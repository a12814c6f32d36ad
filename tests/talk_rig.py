"""What a listening MQTT sink is tested with: an appliance made of dictionaries, and a stranger."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device.errors import SinkError, SourceError
from device.seams import Present
from device.sinks.mqtt import MqttSink
from device.types import Limits, Outcome, PictureRef, Tag

PICTURE = PictureRef(
    id="01J00000000000000000000000",
    source="upload",
    taken_at=1_800_000_000.0,
    tagged_at=1_800_000_001.0,
    width=8,
    height=6,
    format="JPEG",
    size=100,
    sha256="00" * 32,
    name=None,
    tags=(Tag("cat", 0.9, "object", "objects", "ssd@1"),),
    has_image=True,
)


@dataclass(frozen=True)
class Seen:
    """A `seams.Present`."""

    confidence: float = 0.8
    since: float = 1_800_000_000.0
    zones: Sequence[str] = ()
    count: int = 1


@dataclass
class FakeNow:
    """A `seams.Now` whose facts are set by the test."""

    on: dict[str, bool] = field(default_factory=lambda: {"gate": True})
    here: dict[str, dict[str, Present]] = field(default_factory=dict)
    tags: tuple[str, ...] = ("person",)
    images: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=lambda: {"status": "ok", "problems": []})
    broken: Exception | None = None
    forgotten: set[str] = field(default_factory=set)  # tags of which nothing is left

    def sources(self) -> Mapping[str, bool]:
        return dict(self.on)

    def present(self) -> Mapping[str, Mapping[str, Present]]:
        if self.broken is not None:
            raise self.broken
        return self.here

    def announced(self, _source: str) -> Collection[str]:
        return self.tags

    def known(self, tag: str) -> bool:
        return tag not in self.forgotten

    def erasures(self) -> int:
        return len(self.forgotten)

    def picture(self, source: str) -> tuple[str, bytes] | None:
        return self.images.get(source)

    def health(self) -> dict[str, Any]:
        return {**self.facts, "uptime_s": time.monotonic()}


class FakeCommands:
    """A `seams.Commands` that keeps what it was asked; `queue`s are for waiting."""

    def __init__(self, now: FakeNow) -> None:
        self._now = now
        self.asked: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self.futures: list[Future[Outcome]] = []
        self.outcome: Outcome | None = Outcome(PICTURE.id, picture=PICTURE)
        self.full = False
        self.error: Exception | None = None
        self.gate = threading.Event()  # cleared: the commands' thread waits
        self.gate.set()

    def enable(self, name: str, enabled: bool) -> None:
        self._note("enable", name, enabled)
        if name not in self._now.on:
            raise SourceError(f"no source is called {name}")
        self._now.on[name] = enabled

    def capture(self, name: str) -> Future[Outcome]:
        self._note("capture", name)
        return self._future()

    def tag(self, data: bytes, _limits: Limits | None) -> Future[Outcome]:
        self._note("tag", data)
        return self._future()

    def ingest(self, name: str, data: bytes) -> bool:
        self._note("ingest", name, data)
        return not self.full

    def _note(self, *what: Any) -> None:
        self.gate.wait(20.0)
        if self.error is not None:
            raise self.error
        self.asked.put(what)

    def _future(self) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        self.futures.append(future)
        if self.outcome is not None:
            future.set_result(self.outcome)
        return future


class Pump:
    """A deliver thread without events: `send` now and then, at once when it is woken."""

    def __init__(self, sink: MqttSink, now: FakeNow, commands: FakeCommands) -> None:
        self.sink = sink
        self.now = now
        self.commands = commands
        self.errors: list[str] = []
        self._wake = threading.Event()
        self._stopping = threading.Event()
        sink.listen(commands, now, self._wake.set)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Pump:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.commands.gate.set()
        self._wake.set()
        self._thread.join(10.0)
        self.sink.close()

    @property
    def counts(self) -> dict[str, int]:
        found: dict[str, int] = self.sink.status()["commands"]
        return found

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.sink.send(())
            except SinkError as error:
                self.errors.append(str(error))
                self._stopping.wait(0.1)
            self._wake.wait(0.1)


class Stranger:
    """Any other client of the broker: keeps the last of each topic, publishes, asks."""

    def __init__(
        self,
        port: int,
        topic: str = "#",
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
    ) -> None:
        self.last: dict[str, bytes] = {}
        self.log: list[tuple[str, bytes]] = []
        self.answers: queue.Queue[tuple[bytes | None, bytes]] = queue.Queue()
        self._ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(one, 1) for one in ({topic} if topic == "#" else {topic, "answers"})]
        )
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._keep
        self.client.connect("127.0.0.1", port)

    def __enter__(self) -> Stranger:
        self.client.loop_start()
        assert self._ready.wait(10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def say(self, topic: str, payload: bytes = b"", *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10.0)

    def ask(self, topic: str, payload: bytes, correlation: bytes, to: str = "answers") -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = to
        properties.CorrelationData = correlation
        self.client.publish(topic, payload, qos=1, properties=properties).wait_for_publish(10.0)

    def _keep(self, _client: Client, _: Any, message: MQTTMessage) -> None:
        if message.topic == "answers":
            correlation = getattr(message.properties, "CorrelationData", None)
            self.answers.put((correlation, bytes(message.payload)))
        else:
            self.last[message.topic] = bytes(message.payload)
            self.log.append((message.topic, bytes(message.payload)))


@contextmanager
def stranger(port: int, topic: str = "#") -> Iterator[Stranger]:
    """One that just looks at what is retained, and goes."""
    with Stranger(port, topic) as made:
        yield made
