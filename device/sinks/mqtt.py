"""Events to an MQTT broker, at least once and in order; `online` and `offline` beside them.

A sink that was told to `listen` also hears commands and keeps the retained topics right: before
each batch of events, so that the topics tell what is now while the events tell what was.

The sink holds at most one `Link` and drops it at the first error: the thread that sends comes
back after a pause of its own, and gets a new connection then. MQTT 5 is tried first, because its
acknowledgements can say no; a broker that does not know it is spoken to in 3.1.1 from then on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion

from device.errors import SinkError, SinkRefused
from device.seams import Commands, Now
from device.sinks import mqtt_words as words
from device.sinks.mqtt_link import Link
from device.sinks.mqtt_settings import MqttSettings
from device.sinks.mqtt_talk import Talk
from device.sinks.mqtt_tls import client_context
from device.types import Event

__all__ = ["MqttSettings", "MqttSink"]

_BRIEF = 10.0  # seconds; a connection that lasts less has hardly been one
_TOO_OFTEN = 3  # of them in a row
_LAST_BATCH = 0.5  # seconds for a `send` under way when we close; a batch takes milliseconds
_GOODBYE = 2.0  # seconds for the broker to take the last `offline`; its own will says the same
_PROTOCOL_NAMES = {MQTTProtocolVersion.MQTTv5: "5", MQTTProtocolVersion.MQTTv311: "3.1.1"}


class MqttSink:
    """A `types.Sink`: one thread sends, any thread may ask for `status` or close."""

    name = "mqtt"

    def __init__(self, settings: MqttSettings) -> None:
        self._settings = settings
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._link: Link | None = None
        self._talk: Talk | None = None
        self._error: str | None = None
        self._brief = 0  # connections in a row that ended soon after they had begun
        self._closing = False
        self._turn = threading.Lock()  # of who uses the link; no callback takes it

    def listen(self, commands: Commands, now: Now, wake: Callable[[], None]) -> None:
        """From the next connection on, take commands and tell what is now. Before any `send`."""
        self._talk = Talk(self._settings, commands, now, wake)

    def send(self, events: Sequence[Event]) -> None:
        """Publish the bodies in order; back when the broker has acknowledged every one.

        Connects first where there is no connection, for at most `timeout` seconds, and tells the
        broker `online`; with no events it does just that. Raises `SinkError` with the reason when
        the connection broke or stayed silent (some of the events may have arrived: send all of
        them again), `SinkRefused` when the broker does not want us or the events.
        """
        bodies = [event.body for event in events]
        topic, timeout = self._settings.topics.events, self._settings.timeout
        with self._turn, ExitStack() as failed:
            failed.callback(self._drop)  # what this link may still hear counts for nothing
            try:
                link = self._ready()
                if self._talk is not None:
                    self._talk.tell(link, timeout)
                link.deliver(topic, bodies, timeout)
            except SinkError as error:
                told = self._judged(error)
                told.delivered = error.delivered
                self._error = str(told)
                raise told from None
            self._error = None
            failed.pop_all()

    def status(self) -> dict[str, Any]:
        """For health: `connected`, `broker` (host:port), `protocol` ("5", "3.1.1"), `error`.

        One that listens adds `commands` (done, refused, ignored, turned_away) and `problems`.
        """
        link = self._link
        return {
            "connected": link is not None and link.alive,
            "broker": self._settings.broker,
            "protocol": _PROTOCOL_NAMES[self._protocol],
            "error": self._error,
            **(self._talk.status() if self._talk is not None else {}),
        }

    def close(self) -> None:
        """Tell the broker `offline` and disconnect. A `send` in another thread ends in an error."""
        self._closing = True
        if self._talk is not None:
            self._talk.close()
        if not self._turn.acquire(timeout=_LAST_BATCH):
            # Another thread sends: either it will see `_closing`, or we see its link and cut it.
            if (link := self._link) is not None:
                link.drop()
            self._turn.acquire()
        try:
            if (link := self._link) is not None:
                link.deliver(self._settings.topics.status, [b"offline"], _GOODBYE, retain=True)
                link.close()
        except SinkError:
            pass  # without our goodbye the broker says `offline` itself: that is the will
        finally:
            self._drop()
            self._turn.release()

    def _judged(self, error: SinkError) -> SinkError:
        """The error, or a `SinkRefused` where the broker lets us in only to hang up, ever again.

        Mosquitto 2.0 tells nobody that another client took over the client id, and MQTT 3.1.1
        knows no other way to say no to a message: only the pattern shows it.
        """
        since = self._link.since if self._link is not None else None
        brief = since is not None and time.monotonic() - since < _BRIEF
        self._brief = self._brief + 1 if brief else 0
        if self._brief < _TOO_OFTEN or isinstance(error, SinkRefused):
            return error
        settings = self._settings
        return SinkRefused(
            f"{error}, as each of the last {self._brief} times, soon after it had let us in: does "
            f"another device use the client id {settings.client}, or does the access list forbid "
            f"{settings.prefix}/{settings.device}/#?"
        )

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.drop()

    def _ready(self) -> Link:
        if self._link is None:
            return self._connect()
        self._link.check()
        return self._link

    def _connect(self) -> Link:
        settings = self._settings
        tls = client_context(settings) if settings.tls else None
        end = time.monotonic() + settings.timeout

        def left() -> float:
            return max(end - time.monotonic(), 0.0)

        while True:
            hear = self._talk.hear if self._talk is not None else None
            link = self._link = Link(settings, self._protocol, tls, hear)
            if self._closing:
                raise SinkError("the MQTT sink is closed")
            code = link.open(left())
            if code < words.FAILURE:
                break
            if code != words.UNSUPPORTED_VERSION or self._protocol != MQTTProtocolVersion.MQTTv5:
                raise words.refused(settings, code)
            link.drop()
            self._protocol = MQTTProtocolVersion.MQTTv311
        if self._talk is not None:
            self._talk.begin(link, left())
        # Before any event, so that who sees an event also finds the device online.
        link.deliver(settings.topics.status, [b"online"], left(), retain=True)
        return link
