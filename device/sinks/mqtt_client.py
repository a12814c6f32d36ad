"""A paho client for one connection, and what its callbacks tell.

paho runs the callbacks in its network thread while it holds its own locks, and an exception in
one ends that thread. Therefore they do one thing: they put a tuple on a queue.
"""

from __future__ import annotations

import queue
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device.sinks.mqtt_settings import MqttSettings
from device.sinks.mqtt_words import FAILURE

_LARGEST_PACKET = 268_435_455  # bytes; OASIS MQTT 5.0, section 1.5.5
_MARGIN = 200_000  # bytes for the topic and the properties of a message, each up to 65,535
_MOST_IN_FLIGHT = 65_535  # section 3.1.2.11.3


class Message(NamedTuple):
    """What is to be published."""

    topic: str
    payload: bytes
    retain: bool = False
    correlation: bytes | None = None  # MQTT 5: to whose request this is the answer


class Opened(NamedTuple):
    """The broker's answer to CONNECT."""

    code: int  # reason code; 0: welcome
    in_flight: int  # messages without acknowledgement that the broker stands
    packet: int  # bytes that it takes in one


class Acked(NamedTuple):
    """The broker's answer to one PUBLISH."""

    mid: int
    code: int  # reason code


class Subscribed(NamedTuple):
    """The broker's answer to SUBSCRIBE."""

    codes: tuple[int, ...]  # reason codes, in the order of the filters


class Ended(NamedTuple):
    """The connection is over."""

    code: int = FAILURE  # reason code
    text: str | None = None  # a sentence that says more than the code


News = Opened | Acked | Subscribed | Ended
Hear = Callable[[MQTTMessage], None]
"""Takes what is published to us, in the network thread: it must be quick and never raise."""


def make_client(
    settings: MqttSettings,
    protocol: MQTTProtocolVersion,
    tls: ssl.SSLContext | None,
    news: queue.SimpleQueue[News],
    hear: Hear | None = None,
) -> Client:
    """A client with the login, the will and callbacks that write to `news`; not connected.

    What is published to us goes to `hear`.
    """

    def on_connect(
        _client: Client, _: Any, _flags: ConnectFlags, code: ReasonCode, said: Properties | None
    ) -> None:
        in_flight = getattr(said, "ReceiveMaximum", _MOST_IN_FLIGHT)
        packet = getattr(said, "MaximumPacketSize", _LARGEST_PACKET)
        news.put(Opened(code.value, in_flight, packet))

    def on_publish(_client: Client, _: Any, mid: int, code: ReasonCode, _said: Properties) -> None:
        news.put(Acked(mid, code.value))

    def on_subscribe(
        _client: Client, _: Any, _mid: int, codes: list[ReasonCode], _said: Properties | None
    ) -> None:
        news.put(Subscribed(tuple(code.value for code in codes)))

    def on_message(_client: Client, _: Any, message: MQTTMessage) -> None:
        if hear is not None:
            hear(message)

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
        transport="tcp" if settings.path is None else "websockets",
        reconnect_on_failure=False,
    )
    client.on_connect = on_connect
    client.on_publish = on_publish
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.on_disconnect = on_disconnect
    client.on_socket_register_write = on_register_write
    client.max_inflight_messages = 0  # the window is ours; paho's walks its list at each answer
    client.connect_timeout = settings.timeout
    client.username_pw_set(settings.username, settings.password)
    client.will_set(settings.topics.status, b"offline", qos=1, retain=True)
    if tls is not None:
        client.tls_set_context(tls)
    if settings.path is not None:
        client.ws_set_options(settings.path)
    return client


def connect_properties(settings: MqttSettings, protocol: MQTTProtocolVersion) -> Properties | None:
    """What CONNECT says beside the login: 3.1.1 has no words for it."""
    if protocol != MQTTProtocolVersion.MQTTv5:
        return None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = largest_packet(settings)
    return properties


def largest_packet(settings: MqttSettings) -> int:
    """Bytes that anything sent to us may have: the payload with a topic and properties."""
    return settings.max_payload + _MARGIN


def incoming(client: Client) -> int:
    """Bytes of the packet that is being received, as its header tells; 0 between two packets.

    paho has no public word for it, and keeps what it receives in memory whatever its size.
    """
    length: int = client._in_packet["remaining_length"]
    return length
