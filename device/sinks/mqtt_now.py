"""The retained topics: what stands in each of them now, whatever happened before.

Nothing is remembered over a restart. Each connection begins with all of them, and what the broker
still holds of ours and nobody wants any more (a source that is gone, a tag of old) is taken away:
the broker itself is asked, so that a lost database or a second broker changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from device import clock, wire
from device.seams import Now, Present
from device.sinks.mqtt_topics import Topics

_HEALTH_LOOK = 5.0  # seconds between two looks
_HEALTH_TOLD = 30.0  # seconds after which it is told although nothing changed


class Retained:
    """Asked by the thread that sends; keeps what this connection has told."""

    def __init__(self, topics: Topics, now: Now, pictures: bool) -> None:
        """`pictures`: whether the owner wants them at the broker."""
        self._topics = topics
        self._now = now
        self._pictures = pictures
        self._told: dict[str, bytes] = {}
        self._shown: dict[str, str | None] = {}  # by source, the id of the picture that was told
        self._erasures = now.erasures()
        self._health: tuple[float, float, Any, bytes] | None = None  # looked, told, gist, payload
        self.announced: dict[str, set[str]] = {}  # by source, tags with a topic of their own

    def begin(self) -> None:
        """A new connection, or a listener that forgot: all of it is news again."""
        self._told.clear()
        self._shown.clear()

    def look(self) -> dict[str, bytes]:
        """What stands in each topic now, the pictures apart."""
        topics, present = self._topics, self._now.present()
        self._forget_erased()
        found = {topics.health: self._health_payload()}
        for source, enabled in self._now.sources().items():
            here = present.get(source, {})
            # Whatever was there once has a topic from then on, so that it is also seen to go.
            tags = self.announced.setdefault(source, set())
            tags.update(self._now.announced(source), here)
            found[topics.enabled(source)] = b"ON" if enabled else b"OFF"
            found[topics.state(source)] = _state(here)
            for tag in tags:
                found[topics.tag(source, tag)] = b"ON" if tag in here else b"OFF"
        return found

    def news(self, wanted: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
        """What has to be published so that all this is told: an empty payload takes away.

        Once returned it counts as told.
        """
        gone = [(topic, b"") for topic in self._told if topic not in wanted]
        changed = [one for one in wanted.items() if self._told.get(one[0]) != one[1]]
        self._told = dict(wanted)
        return [*gone, *changed, *self._new_pictures()]

    def stray(self, topic: str) -> bool:
        """Whether nobody wants what the broker holds there. Only after `news`."""
        if self._pictures and topic in map(self._topics.picture, self._now.sources()):
            return False
        return topic not in self._told

    def _health_payload(self) -> bytes:
        """At once where something essential changed, else every 30 s."""
        now = time.monotonic()
        if self._health is not None and now - self._health[0] < _HEALTH_LOOK:
            return self._health[3]
        health = self._now.health()
        gist = _gist(health)
        if self._health is not None:
            _, told, before, payload = self._health
            if gist == before and now - told < _HEALTH_TOLD:
                self._health = (now, told, before, payload)
                return payload
        payload = wire.dumps(health).encode()
        self._health = (now, now, gist, payload)
        return payload

    def _new_pictures(self) -> list[tuple[str, bytes]]:
        found = []
        for source in self._now.sources() if self._pictures else ():
            shown, jpeg = self._now.picture(source) or (None, b"")
            if source not in self._shown or self._shown[source] != shown:
                self._shown[source] = shown
                found.append((self._topics.picture(source), jpeg))
        return found

    def _forget_erased(self) -> None:
        """A tag of which nothing is left has no topic any more: its name would tell."""
        if (erasures := self._now.erasures()) == self._erasures:
            return
        self._erasures = erasures
        for source, tags in self.announced.items():
            kept = self._now.announced(source)
            tags -= {tag for tag in tags if tag not in kept and not self._now.known(tag)}


def _state(present: Mapping[str, Present]) -> bytes:
    return wire.dumps(
        {
            "tags": {
                tag: {
                    "confidence": wire.per_mille(one.confidence) / 1000,
                    "since": clock.iso(one.since),
                    "zones": list(one.zones),
                    "count": one.count,
                }
                for tag, one in sorted(present.items())
            }
        }
    ).encode()


def _gist(value: Any) -> Any:
    """What of it is worth telling at once: all but the numbers, some of which always move."""
    if isinstance(value, dict):
        return {key: _gist(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_gist(inner) for inner in value]
    return None if isinstance(value, (int, float)) and not isinstance(value, bool) else value
