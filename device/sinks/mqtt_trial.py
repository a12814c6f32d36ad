"""Whether a broker lets us in, and brings back one message, to a topic for that alone.

The client has a name of its own, so that it does not take the session of the sink, and no will, so
that nothing stays behind.
"""

from __future__ import annotations

import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTProtocolVersion

from device.errors import SinkError
from device.sinks import mqtt_words as words
from device.sinks.mqtt_link import Link
from device.sinks.mqtt_settings import MqttSettings
from device.sinks.mqtt_tls import client_context

_VERSIONS = ((MQTTProtocolVersion.MQTTv5, "5.0"), (MQTTProtocolVersion.MQTTv311, "3.1.1"))


@dataclass(frozen=True, slots=True)
class Trip:
    """A message that came back."""

    broker: str  # host:port
    protocol: str  # of MQTT
    encrypted: bool
    ms: float  # from the sending to the return


def round_trip(settings: MqttSettings, timeout: float) -> Trip:
    """Connect, send, hear it, go. Raises `SinkError` with what is wrong, `ConfigError`."""
    mark, heard = secrets.token_hex(8), threading.Event()
    own = _stranger(settings, timeout, mark)
    with _opened(own, mark, heard) as (link, name):
        return Trip(own.broker, name, own.tls, _trip(own, link, mark, heard, timeout))


def login(settings: MqttSettings, timeout: float) -> str:
    """Connect and go, with nothing sent or asked for; the version of MQTT that is spoken.

    Raises `SinkError` with what is wrong, `ConfigError`.
    """
    mark = secrets.token_hex(8)
    with _opened(_stranger(settings, timeout, mark), mark, threading.Event()) as (_, name):
        return name


def _stranger(settings: MqttSettings, timeout: float, mark: str) -> MqttSettings:
    return replace(settings, client_id=f"{settings.client}-test-{mark[:6]}"[:60], timeout=timeout)


@contextmanager
def _opened(
    settings: MqttSettings, mark: str, heard: threading.Event
) -> Iterator[tuple[Link, str]]:
    """A connection that is let in, and what it speaks."""
    tls = client_context(settings) if settings.tls else None
    for version, name in _VERSIONS:
        link = _link(settings, version, tls, mark.encode(), heard)
        try:
            code = link.open(settings.timeout)
            if code == words.UNSUPPORTED_VERSION and version is MQTTProtocolVersion.MQTTv5:
                continue
            if code >= words.FAILURE:
                raise words.refused(settings, code)
            yield link, name
            link.close()
            return
        finally:
            link.drop()
    raise SinkError(words.silent(settings))


def _link(
    settings: MqttSettings,
    version: MQTTProtocolVersion,
    tls: ssl.SSLContext | None,
    mark: bytes,
    heard: threading.Event,
) -> Link:
    def hear(message: MQTTMessage) -> None:
        if message.payload == mark:
            heard.set()

    link = Link(settings, version, tls, hear)
    link.client.will_clear()
    return link


def _trip(
    settings: MqttSettings, link: Link, mark: str, heard: threading.Event, timeout: float
) -> float:
    topic = f"{settings.prefix}/{settings.device}/test/{mark}"
    if link.subscribe([topic], timeout):
        raise SinkError(words.unreadable(settings, [topic]))
    start = time.monotonic()
    link.deliver(topic, [mark.encode()], timeout)
    if not heard.wait(timeout):
        raise SinkError(f"broker {settings.broker} took a message and did not bring it back")
    return round((time.monotonic() - start) * 1000, 1)
