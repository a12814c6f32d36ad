"""What a broker, or the way to it, says no with, as errors with one sentence for a person."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence

from paho.mqtt.client import WebsocketConnectionError

from device.errors import SinkError, SinkRefused
from device.sinks.mqtt_settings import MqttSettings

UNSUPPORTED_VERSION = 0x84
_PROTOCOL_ERROR = 0x82
FAILURE = 0x80  # reason codes from here on are failures

# Reason codes: OASIS MQTT 5.0, section 2.4; paho gives 3.1.1's return codes these same numbers.
# Each text goes on after "broker host:port".
_PASSING = {
    0x80: "closed the connection",
    0x88: "is not available now",
    0x89: "is busy",
    0x8B: "is shutting down",
    0x8D: "and this device did not hear from each other in time",
    0x93: "found too many messages in flight: lower mqtt.window",
    0x97: "says that a quota is used up",
    0x9F: "sees too many connections",
}
_FOR_THE_OWNER = {
    0x84: "speaks neither MQTT 5 nor 3.1.1 on this port: check mqtt.url, or update it",
    0x85: "rejected the client id {client}: set another mqtt.client_id",
    0x86: "refused the login of {user}: check mqtt.username and mqtt.password",
    0x87: "did not authorise {user}: check mqtt.username, mqtt.password and its access list",
    0x8A: "has banned {client}: lift the ban there",
    0x8C: "wants a login of another kind than user name and password",
    0x8E: "gave the connection of {client} to another client: give each device an id of its own",
    0x90: "does not take topics that begin with {prefix}: check mqtt.prefix",
    0x95: "takes no message as large as ours: raise its packet limit",
    0x98: "ended the connection by order of its administrator",
    0x9A: "keeps no retained messages: allow them there",
    0x9B: "does not do quality of service 1: allow it there",
    0x9C: "sends us to another server: change mqtt.url",
    0x9D: "has moved: change mqtt.url",
}
_NO_WELCOME = "hung up without a word: check the port, and that mqtts:// is used where it wants TLS"
_NO_LOGIN = "wants a login: set mqtt.username and mqtt.password"


def refused(settings: MqttSettings, code: int, opening: bool = False) -> SinkError:
    """The error for a reason code >= 0x80 of CONNACK or DISCONNECT.

    A `SinkRefused` where the owner has to change something before another try can help.
    `opening`: there was no CONNACK yet.
    """
    if opening and code == FAILURE:
        return SinkError(f"broker {settings.broker} {_NO_WELCOME}")
    if opening and code == _PROTOCOL_ERROR:
        code = UNSUPPORTED_VERSION  # so paho tells 3.1.1's refusal, and of what is no MQTT
    if code not in _FOR_THE_OWNER:
        text = _PASSING.get(code, f"ended the connection (reason code 0x{code:02X})")
        return SinkError(f"broker {settings.broker} {text}")
    text = _FOR_THE_OWNER[code]
    if code in (0x86, 0x87) and settings.username is None:
        text = _NO_LOGIN
    text = text.format(client=settings.client, user=settings.username, prefix=settings.prefix)
    return SinkRefused(f"broker {settings.broker} {text}")


def rejected(settings: MqttSettings, code: int, topic: str) -> SinkError:
    """The error for a reason code >= 0x80 of PUBACK: the broker took the message and no more."""
    if code == 0x87:
        who = settings.username or settings.client
        return SinkRefused(
            f"broker {settings.broker} does not let {who} publish to {topic}: "
            "allow it in the broker's access list"
        )
    if code in (0x90, 0x97):
        return refused(settings, code)
    return SinkError(f"broker {settings.broker} took no message on {topic} (0x{code:02X})")


def unreadable(settings: MqttSettings, filters: Sequence[str]) -> str:
    """Where we may not listen; the events go out all the same."""
    who = settings.username or settings.client
    return (
        f"broker {settings.broker} does not let {who} read {' or '.join(filters)}: "
        "allow it in the broker's access list"
    )


def too_small(settings: MqttSettings, topic: str) -> str:
    """For what is left out, unlike an event."""
    return (
        f"broker {settings.broker} takes no message as large as that on {topic}: "
        "raise its packet limit"
    )


def too_large(settings: MqttSettings, size: int) -> str:
    """Only in 3.1.1: MQTT 5 has the broker keep such messages."""
    return (
        f"broker {settings.broker} sent this device a message of {size} bytes, more than "
        "mqtt.max_payload_mb allows: have it limited there (mosquitto: max_packet_size)"
    )


def unreachable(settings: MqttSettings, error: Exception) -> str:
    """Why there is no connection, from what name service, TCP, TLS or WebSocket raised."""
    broker = settings.broker
    if isinstance(error, WebsocketConnectionError):
        return f"{broker} does not speak MQTT over WebSockets at {settings.path}: check mqtt.url"
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"the broker's host {settings.host} is unknown: check mqtt.url and the name service"
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message
        return f"the certificate of broker {broker} is not trusted ({why}): check mqtt.ca_file"
    if isinstance(error, ssl.SSLError) and "CERTIFICATE_REQUIRED" in str(error):
        return f"broker {broker} wants a certificate from this device: set mqtt.cert_file"
    if settings.tls and isinstance(error, ssl.SSLError | ConnectionResetError):
        return f"broker {broker} does not speak TLS on this port: check mqtt.url"
    if isinstance(error, ConnectionRefusedError):
        return f"nobody answers at {broker}: start the broker or check mqtt.url"
    if isinstance(error, TimeoutError):
        return silent(settings)
    why = getattr(error, "strerror", None) or type(error).__name__
    return f"no connection to broker {broker}: {why}"


def slow(settings: MqttSettings, waiting: int) -> str:
    """Acknowledgements come, but a minute was not enough for a batch."""
    return f"broker {settings.broker} is slow: {waiting} messages wait for its answer"


def silent(settings: MqttSettings) -> str:
    """No answer came in time, though nobody hung up."""
    return f"broker {settings.broker} did not answer within {settings.timeout:g} s"
