"""A subscriber of its own, so that the demo shows what the broker really passed on."""

from __future__ import annotations

import queue

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

_PATIENCE = 5.0  # seconds for the broker to take the subscription


class Listener:
    """Collects the messages of one topic; a context manager."""

    def __init__(self, host: str, port: int, topic: str) -> None:
        self.messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._address = (host, port)
        self._topic = topic
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_subscribe = lambda *_: self._ready.put(None)
        self._client.on_message = lambda *given: self.messages.put(bytes(given[2].payload))

    def __enter__(self) -> Listener:
        self._client.connect(*self._address)
        self._client.loop_start()
        self._client.subscribe(self._topic, qos=1)
        self._ready.get(timeout=_PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
