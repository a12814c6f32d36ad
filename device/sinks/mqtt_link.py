"""One connection to a broker, from its first packet to its last, never used for a second try.

A link has a paho client and a network thread of its own and ends with the first thing that goes
wrong; the sink then makes a new one. So paho can neither reconnect nor send again, or queue,
behind our back: what was delivered is known from the acknowledgements of this one connection.
Whatever ends the network thread, it puts an `Ended` on the queue: nobody waits for a dead thread.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from paho.mqtt.client import WebsocketConnectionError
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from device.errors import SinkError, SinkRefused
from device.sinks import mqtt_client as paho
from device.sinks import mqtt_words as words
from device.sinks.mqtt_client import Acked, Ended, Hear, Message, News, Opened, Subscribed
from device.sinks.mqtt_settings import MqttSettings

_LONGEST = 60.0  # seconds for one batch: a thread that is silent for longer counts as dead
_GRACE = 1.0  # seconds for a thread that has been told to end
_ENVELOPE = 16  # bytes of a PUBLISH packet beside its topic and payload, at most
OnRefused = Callable[[Message, int], None]
"""Told of a message that the broker did not take, and of the reason code."""
_Answer = TypeVar("_Answer", Opened, Acked, Subscribed)


class Link:
    """One connection. All but `alive` and `drop` belong to one thread at a time."""

    def __init__(
        self,
        settings: MqttSettings,
        protocol: MQTTProtocolVersion,
        tls: ssl.SSLContext | None,
        hear: Hear | None = None,
    ) -> None:
        self._settings = settings
        self._protocol = protocol
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._opened: Opened | None = None
        self.since: float | None = None  # monotonic seconds; when the broker let us in
        self._dropped = threading.Event()
        self.client = paho.make_client(settings, protocol, tls, self._news, hear)
        self._thread = threading.Thread(
            target=self._network, name=f"mqtt-{settings.device}", daemon=True
        )

    @property
    def alive(self) -> bool:
        """Whether the broker let us in and the network thread runs. Any thread may ask."""
        return self.since is not None and self._thread.is_alive()

    def open(self, timeout: float) -> int:
        """Connect within `timeout` seconds; returns the reason code: 0, or >= 0x80 for a no.

        Raises `SinkError` where no answer came.
        """
        self._thread.start()
        opened = self._next(Opened, timeout)
        if opened.code < words.FAILURE:
            self._opened, self.since = opened, time.monotonic()
        return opened.code

    def check(self) -> None:
        """Raise `SinkError` if the connection has ended since."""
        if not (self.alive and self._news.empty()):
            self._give_up()

    def subscribe(self, filters: Sequence[str], timeout: float) -> list[str]:
        """Ask for what is published there; the filters that the broker does not let us read."""
        options: list[tuple[str, Any]] = [(one, 1) for one in filters]
        if self._protocol == MQTTProtocolVersion.MQTTv5:
            options = [(one, SubscribeOptions(qos=1)) for one in filters]
        if self.client.subscribe(options)[0] != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._give_up()
        codes = self._next(Subscribed, timeout).codes
        return [one for one, code in zip(filters, codes, strict=False) if code >= words.FAILURE]

    def deliver(
        self, topic: str, payloads: Sequence[bytes], timeout: float, retain: bool = False
    ) -> None:
        """Publish at QoS 1, in order, and return when the broker has acknowledged every one.

        `timeout` is in seconds without any acknowledgement. Raises `SinkError`, which knows how
        many were acknowledged before any that was not, and after it the link is of no more use;
        `SinkRefused` if the broker does not want these messages.
        """
        if self._opened is None:
            self._give_up()
        limit = self.room(topic)
        if max(map(len, payloads), default=0) > limit:
            # Said before the first is sent: a batch that cannot end would be repeated for ever.
            raise SinkRefused(
                f"broker {self._settings.broker} takes up to {limit} bytes in a message on {topic} "
                "and there is a larger one: raise its packet limit"
            )
        self._send([Message(topic, payload, retain) for payload in payloads], timeout, None)

    def tell(self, messages: Sequence[Message], timeout: float, refused: OnRefused) -> None:
        """As `deliver`, but goes on after a message that the broker refuses: `refused` hears."""
        try:
            self._send(messages, timeout, refused)
        except SinkError as error:
            error.delivered = 0  # these were no events
            raise

    def _send(self, messages: Sequence[Message], timeout: float, refused: OnRefused | None) -> None:
        """Where nobody hears of refusals the first one is raised."""
        window = min(self._settings.window, self._opened.in_flight if self._opened else 1)
        waiting: dict[int, int] = {}  # by message id, its place; the oldest comes first
        sent, end = 0, time.monotonic() + _LONGEST
        try:
            while waiting or sent < len(messages):
                if time.monotonic() > end:
                    raise SinkError(words.slow(self._settings, len(waiting)))
                if sent < len(messages) and len(waiting) < window:
                    waiting[self._publish(messages[sent])] = sent
                    sent += 1
                    continue
                if sent == len(messages):
                    self._hasten()
                for acked in self._answers(timeout):
                    if acked.code < words.FAILURE:
                        waiting.pop(acked.mid, None)
                    elif refused is None:
                        raise words.rejected(self._settings, acked.code, messages[0].topic)
                    elif acked.mid in waiting:
                        refused(messages[waiting.pop(acked.mid)], acked.code)
                    if not waiting:
                        break
        except SinkError as error:
            error.delivered = next(iter(waiting.values()), sent)
            raise

    def _publish(self, message: Message) -> int:
        """Hand it to paho; the message id."""
        properties = None
        if message.correlation is not None and self._protocol == MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.CorrelationData = message.correlation
        info = self.client.publish(
            message.topic, message.payload, qos=1, retain=message.retain, properties=properties
        )
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            # Not sent but queued by paho, for a connection that this client will never have.
            self._give_up()
        return info.mid

    def room(self, topic: str) -> int:
        """Bytes that the broker takes in one message on that topic."""
        packet = self._opened.packet if self._opened else 0
        return packet - len(topic.encode()) - _ENVELOPE

    def close(self) -> None:
        """Say goodbye, so that the broker forgets the will, and hang up."""
        self.client.disconnect()
        self._thread.join(_GRACE)
        self.drop()

    def drop(self) -> None:
        """Hang up without a goodbye: the broker sends the will. Any thread, twice if you like."""
        self._dropped.set()
        self._news.put(Ended(text=f"this device hung up on broker {self._settings.broker}"))
        if isinstance(sock := self.client.socket(), socket.socket):
            with suppress(OSError):
                # Not SSLSocket.shutdown: it would take the TLS state from under the other thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _hasten(self) -> None:
        """Have the kernel confirm at once what the broker sent. Linux only.

        With nothing more to send it would take 40 ms (delayed ACK), for which the broker holds
        back its other acknowledgements (Nagle): a batch of 50 would last 43 ms instead of 3.
        """
        if isinstance(sock := self.client.socket(), socket.socket):
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _answers(self, timeout: float) -> Iterator[Acked]:
        """Wait for one acknowledgement, and take those that have come with it."""
        yield self._next(Acked, timeout)
        while not self._news.empty():
            yield self._next(Acked, 0)

    def _next(self, kind: type[_Answer], timeout: float) -> _Answer:
        try:
            news = self._news.get(timeout=timeout)
        except queue.Empty:
            raise SinkError(words.silent(self._settings)) from None
        if isinstance(news, kind):
            return news
        if isinstance(news, Ended):
            if news.text is not None:
                raise SinkError(news.text)
            raise words.refused(self._settings, news.code, opening=kind is Opened)
        raise SinkError(f"broker {self._settings.broker} answered what nobody had asked")

    def _give_up(self) -> NoReturn:
        self._thread.join(_GRACE)  # it may be about to say why
        self.drop()
        while True:
            self._next(Acked, 0)

    def _network(self) -> None:
        """The network thread. paho's own, which comes with reconnects, is not used."""
        settings, client, text = self._settings, self.client, None
        try:
            greeting = paho.connect_properties(settings, self._protocol)
            client.connect(settings.host, settings.port, settings.keepalive, properties=greeting)
            while not self._dropped.is_set():
                # publish() and drop() wake it up; the time is for looking at the keepalive.
                if client.loop(settings.keepalive / 4) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                if (size := paho.incoming(client)) > paho.largest_packet(settings):
                    text = words.too_large(settings, size)
                    break
        except (OSError, UnicodeError, WebsocketConnectionError) as error:
            text = words.unreachable(settings, error)
        except Exception as error:  # noqa: BLE001 - told in the thread that waits for answers
            text = f"the connection to broker {settings.broker} failed: {error!r}"
        finally:
            if (sock := client.socket()) is not None:
                sock.close()
            self._news.put(Ended(text=text))
