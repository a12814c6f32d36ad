"""All of MQTT beside the events: what stands in retained topics, commands, and their answers.

None of it may hold up an event: what the broker refuses here is noted as a problem and left.
"""

from __future__ import annotations

import logging
import queue
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
        self.hear = self._inbound.hear

    def begin(self, link: Link, timeout: float) -> None:
        """A connection has just been opened: listen on it, and hold everything for news."""
        topics = self._settings.topics
        filters = [*topics.retained, *topics.commands]
        filters += [topics.birth] if self._entities is not None else []
        denied = link.subscribe(filters, timeout)
        self._problems = {}
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
        fitting = []
        for message in messages:
            if len(message.payload) <= link.room(message.topic):
                fitting.append(message)
            else:
                self._problems[message.topic] = words.too_small(self._settings, message.topic)
        for message, code in link.tell(fitting, timeout):
            self._problems[message.topic] = str(words.rejected(self._settings, code, message.topic))

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
