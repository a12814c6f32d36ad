"""All of MQTT beside the events: what stands in retained topics, commands, and their answers.

None of it may hold up an event: what the broker refuses here is noted as a problem and left.
"""

from __future__ import annotations

import logging
import math
import queue
import time
from collections.abc import Callable
from typing import Any

from device.seams import Commands, Now
from device.sinks import mqtt_words as words
from device.sinks.home_assistant import Entities
from device.sinks.mqtt_client import Message
from device.sinks.mqtt_commands import Obey
from device.sinks.mqtt_inbound import Inbound
from device.sinks.mqtt_link import Link
from device.sinks.mqtt_now import Retained
from device.sinks.mqtt_settings import MqttSettings

log = logging.getLogger(__name__)

# mosquitto before 2.0.12 hangs up on who publishes where the access list forbids it: to try such
# a topic again at each connection would be to have no connection.
_DENIED = 600.0  # seconds
_MOST_DENIED = 1000
_ANSWERS = 64  # waiting to be sent
_IN_MEMORY = 4  # of the largest payloads, at once


class Talk:
    """`begin` and `tell` belong to the thread that sends, `hear` to paho's; the rest to any."""

    def __init__(
        self, settings: MqttSettings, commands: Commands, now: Now, wake: Callable[[], None]
    ) -> None:
        topics = settings.topics
        self._settings = settings
        self._wake = wake
        self._answers: queue.Queue[Message] = queue.Queue(_ANSWERS)
        self._inbound = Inbound(
            topics,
            _IN_MEMORY * settings.max_payload,
            Obey(commands, topics, settings.max_payload, self._answer),
            wake,
        )
        self._retained = Retained(topics, now, settings.pictures)
        self._entities = Entities(topics, settings.pictures) if settings.discovery else None
        self._problems: dict[str, str] = {}  # by topic or filter, of this connection
        self._denied: dict[str, tuple[float, str]] = {}  # by topic, until when and why
        self.hear = self._inbound.hear

    def begin(self, link: Link, timeout: float) -> None:
        """A connection has just been opened: listen on it, and hold everything for news."""
        topics = self._settings.topics
        filters = [*topics.retained, *topics.commands]
        filters += [topics.birth] if self._entities is not None else []
        denied = link.subscribe(filters, timeout)
        if self._entities is None and topics.discovery in denied:
            denied.remove(topics.discovery)  # then there is nothing of ours either
        self._problems = {topic: told for topic, (_, told) in self._denied.items()}
        if denied:
            self._problems["read"] = words.unreadable(self._settings, denied)
        self._retained.begin()

    def tell(self, link: Link, timeout: float) -> None:
        """Publish what has changed and what was asked for. Raises `SinkError` as the link does."""
        self._inbound.watch()
        if self._inbound.birth.is_set():
            self._inbound.birth.clear()
            self._retained.begin()
        messages = [Message(topic, payload, True) for topic, payload in self._safe_news()]
        messages += _drained(self._answers)
        link.tell([one for one in messages if self._may_go(link, one)], timeout, self._refused)

    def status(self) -> dict[str, Any]:
        """For health: what became of the commands, and what the broker does not let us do."""
        counts = self._inbound.counts
        return {
            "commands": {key: counts[key] for key in ("done", "refused", "ignored", "turned_away")},
            "problems": list(self._problems.values()),
        }

    def close(self) -> None:
        """Act on no more commands. Twice does no harm."""
        self._inbound.close()

    def _may_go(self, link: Link, message: Message) -> bool:
        if len(message.payload) > link.room(message.topic):
            self._problems[message.topic] = words.too_small(self._settings, message.topic)
            return False
        return time.monotonic() >= self._denied.get(message.topic, (-math.inf, ""))[0]

    def _refused(self, message: Message, code: int) -> None:
        told = str(words.rejected(self._settings, code, message.topic))
        self._problems[message.topic] = told
        if len(self._denied) < _MOST_DENIED:
            self._denied[message.topic] = (time.monotonic() + _DENIED, told)

    def _safe_news(self) -> list[tuple[str, bytes]]:
        try:
            return self._news()
        except Exception as error:  # whatever it is, the events go out
            told = f"the retained topics are not up to date: {type(error).__name__}: {error}"
            if self._problems.get("now") != told:
                log.warning("mqtt: %s", told, exc_info=error)
            self._problems["now"] = told
            return []

    def _news(self) -> list[tuple[str, bytes]]:
        settings, left_behind = self._settings, _drained(self._inbound.left_behind)
        wanted = self._retained.look()
        if self._entities is not None:
            for topic, payload in left_behind:
                if topic == settings.topics.discovery:
                    self._entities.remember(payload)
            # First, so that Home Assistant knows the entities before their states come.
            config = self._entities.config(settings.name, self._retained.announced)
            wanted = {settings.topics.discovery: config, **wanted}
        news = self._retained.news(wanted)
        self._problems.pop("now", None)
        strays = {topic for topic, _ in left_behind if self._retained.stray(topic)}
        return [*news, *((topic, b"") for topic in sorted(strays))]

    def _answer(self, message: Message) -> None:
        try:
            self._answers.put_nowait(message)
        except queue.Full:
            self._inbound.counts["turned_away"] += 1
        self._wake()


def _drained(waiting: queue.Queue[Any]) -> list[Any]:
    """All that is in there now."""
    return [waiting.get_nowait() for _ in range(waiting.qsize())]
