"""What is published to us: from paho's callback over a bounded queue to a thread that acts on it.

The callback only files away; whatever it meets, it does not raise, since that would end the
network thread. What finds no room is turned away and counted: a broker cannot be made to wait.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from paho.mqtt.client import MQTTMessage

from device.errors import TagdError
from device.names import display_name
from device.sinks.mqtt_topics import Topics
from device.workers import Worker

log = logging.getLogger(__name__)

_WAITING = 32  # requests
_LOOK_AROUND = 0.2  # seconds
_TELLABLE = 200  # topics that are remembered as complained about, so that each is told once
_SHOWN = 120  # bytes of a stranger's topic in a log line


class Request(NamedTuple):
    """One message that wants something done."""

    path: tuple[str, ...]  # the levels below the device's own
    payload: bytes
    answer_to: str | None  # MQTT 5: the response topic
    correlation: bytes | None  # and the data that the answer repeats


class Inbound:
    """`hear` in the network thread, `act` in one of our own, the rest in any."""

    def __init__(
        self, topics: Topics, room: int, act: Callable[[Request], None], wake: Callable[[], None]
    ) -> None:
        """`room` is in bytes of payloads that wait; `act` may raise `TagdError`."""
        self.counts: Counter[str] = Counter()  # done, refused, ignored, turned_away
        self._topics = topics
        self._room = room
        self._act = act
        self._wake = wake
        self._requests: queue.Queue[Request] = queue.Queue(_WAITING)
        self._size = 0  # bytes that wait
        self._size_lock = threading.Lock()  # held for an addition, never around a call
        self._told: set[str] = set()
        self.left_behind: queue.Queue[tuple[str, bytes]] = queue.Queue(10_000)
        self.birth = threading.Event()  # Home Assistant has just started
        self._worker = self._new_worker()

    def hear(self, message: MQTTMessage) -> None:
        """paho's `on_message`."""
        try:
            self._sort(message.topic, message)
        except Exception as error:  # noqa: BLE001 - it would end the network thread
            self.counts["refused"] += 1
            self._tell(type(error).__name__, f"a message could not be read: {error!r:.200}")

    def watch(self) -> None:
        """Start the thread, or start it again where it should have ended."""
        if not self._worker.is_alive() and not self._worker.stopping.is_set():
            if self._worker.ident is not None:
                self._worker = self._new_worker()
            self._worker.start()

    def close(self) -> None:
        """Let the thread end; what waits is dropped."""
        self._worker.stopping.set()

    def _sort(self, topic: str, message: MQTTMessage) -> None:
        root, device = f"{self._topics.root}/", self._topics.discovery
        if topic == self._topics.birth:
            if message.payload == b"online" and not message.retain:
                self.birth.set()
                self._wake()
        elif topic == device or topic.startswith(f"{root}sources/"):
            # Retained: from before. All others are our own words, come back to us.
            if message.retain and message.payload:
                kept = bytes(message.payload) if topic == device else b""
                self.left_behind.put_nowait((topic, kept))
        elif topic.startswith(root) and message.retain:
            self.counts["ignored"] += 1
            why = "a command must not be retained: clear it with an empty retained message"
            self._tell(topic, f"{_shown(topic)} is ignored: {why}")
        elif topic.startswith(root):
            self._take(tuple(topic[len(root) :].split("/")), message)

    def _take(self, path: tuple[str, ...], message: MQTTMessage) -> None:
        size = len(message.payload)
        if self._size + size > self._room or self._requests.full():
            self.counts["turned_away"] += 1
            self._tell("full", "commands or pictures come faster than they are handled")
            return
        said = message.properties
        with self._size_lock:
            self._size += size
        self._requests.put_nowait(
            Request(
                path,
                bytes(message.payload),
                getattr(said, "ResponseTopic", None),
                getattr(said, "CorrelationData", None),
            )
        )

    def _run(self, worker: Worker) -> None:
        while not worker.stopping.is_set():
            worker.beat()
            try:
                request = self._requests.get(timeout=_LOOK_AROUND)
            except queue.Empty:
                continue
            with self._size_lock:
                self._size -= len(request.payload)
            self._do(request)

    def _do(self, request: Request) -> None:
        topic = "/".join(request.path)
        try:
            self._act(request)
        except TagdError as error:
            self.counts["refused"] += 1
            self._tell(f"{topic} {error}", f"{_shown(topic)}: {error}")
        except Exception:
            self.counts["refused"] += 1
            log.exception("mqtt: %s failed", _shown(topic))
        else:
            self.counts["done"] += 1

    def _tell(self, key: str, sentence: str) -> None:
        """One line, once: who sends nonsense does not fill the log."""
        if key not in self._told and len(self._told) < _TELLABLE:
            self._told.add(key)
            log.warning("mqtt: %s", sentence)

    def _new_worker(self) -> Worker:
        return Worker("mqtt-commands", self._run)


def _shown(topic: str) -> str:
    return display_name(topic.encode("utf-8", "surrogatepass")[:_SHOWN])
