"""A paho client for one connection, and what its callbacks tell.

paho runs the callbacks in its network thread while it holds its own locks, and an exception in
one ends that thread. Therefore they do one thing: they put a tuple on a queue.
"""

from __future__ import annotations

import queue
import ssl
from typing import Any, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device.sinks.mqtt_settings import MqttSettings
from device.sinks.mqtt_words import FAILURE

_LARGEST_PACKET = 268_435_455  # bytes; OASIS MQTT 5.0, section 1.5.5
_MOST_IN_FLIGHT = 65_535  # section 3.1.2.11.3


class Opened(NamedTuple):
    """The broker's answer to CONNECT."""

    code: int  # reason code; 0: welcome
    in_flight: int  # messages without acknowledgement that the broker stands
    packet: int  # bytes that it takes in one


class Acked(NamedTuple):
    """The broker's answer to one PUBLISH."""

    mid: int
    code: int  # reason code


class Ended(NamedTuple):
    """The connection is over."""

    code: int = FAILURE  # reason code
    text: str | None = None  # a sentence that says more than the code


News = Opened | Acked | Ended


def make_client(
    settings: MqttSettings,
    protocol: MQTTProtocolVersion,
    tls: ssl.SSLContext | None,
    news: queue.SimpleQueue[News],
) -> Client:
    """A client with the login, the will and callbacks that write to `news`; not connected."""

    def on_connect(
        _client: Client, _: Any, _flags: ConnectFlags, code: ReasonCode, said: Properties | None
    ) -> None:
        in_flight = getattr(said, "ReceiveMaximum", _MOST_IN_FLIGHT)
        packet = getattr(said, "MaximumPacketSize", _LARGEST_PACKET)
        news.put(Opened(code.value, in_flight, packet))

    def on_publish(_client: Client, _: Any, mid: int, code: ReasonCode, _said: Properties) -> None:
        news.put(Acked(mid, code.value))

    def on_disconnect(
        _client: Client, _: Any, _flags: DisconnectFlags, code: ReasonCode, _said: Properties | None
    ) -> None:
        news.put(Ended(max(code.value, FAILURE)))

    def on_register_write(_client: Client, _: Any, _sock: object) -> None:
        """Where there is one, paho never writes to the socket in the thread that publishes."""

    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client,
        protocol=protocol,
        # Either way the broker keeps nothing of us between connections: the database does.
        clean_session=None if protocol == MQTTProtocolVersion.MQTTv5 else True,
        reconnect_on_failure=False,
    )
    client.on_connect = on_connect
    client.on_publish = on_publish
    client.on_disconnect = on_disconnect
    client.on_socket_register_write = on_register_write
    client.max_inflight_messages = 0  # the window is ours; paho's walks its list at each answer
    client.connect_timeout = settings.timeout
    client.username_pw_set(settings.username, settings.password)
    client.will_set(settings.status_topic, b"offline", qos=1, retain=True)
    if tls is not None:
        client.tls_set_context(tls)
    return client
