"""Home Assistant's device-based discovery: the whole device in one retained payload.

Source: Home Assistant's documentation of its MQTT integration (device discovery payload) and of
the platforms binary_sensor, button, event, image, sensor and switch. Nothing is abbreviated.
Unique ids are made of device, source and tag alone, so that they stay the same for ever.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from device import __version__, wire
from device.sinks.mqtt_topics import Topics, slug

Component = dict[str, Any]

EVENT_TYPES = ("visit_start", "visit_update", "visit_end")
_OCCUPANTS = frozenset(
    (
        *("person", "man", "woman", "boy", "girl", "animal", "bird", "cat", "dog", "horse"),
        *("bear", "fox", "deer", "vehicle", "car", "truck", "bus", "van", "motorcycle"),
        *("bicycle", "boat", "train", "airplane"),
    )
)
"""Tags that make a place occupied, in Home Assistant's words; others have no class."""

_VISIT = (
    "{{% if value_json.type in {types} and value_json.source == '{source}'"
    " and not value_json.replayed %}}"
    "{{{{ {{'event_type': value_json.type, 'tag': value_json.visit.tag,"
    " 'confidence': value_json.visit.best_confidence, 'visit': value_json.visit.id,"
    " 'zones': value_json.visit.zones | default([]),"
    " 'taken_at': value_json.taken_at}} | tojson }}}}"
    "{{% else %}}{{}}{{% endif %}}"
)
"""Home Assistant passes over `{}`: that is how one topic serves the entities of all sources. What
is sent late, after an outage, must not ring a bell now."""


class Entities:
    """What Home Assistant was told of last, so that it also hears of what is gone."""

    def __init__(self, topics: Topics, pictures: bool) -> None:
        self._topics = topics
        self._pictures = pictures
        self._before: dict[str, str] = {}  # by component, its platform
        self._made: tuple[dict[str, frozenset[str]], bytes] | None = None  # as long as it is right

    def remember(self, payload: bytes) -> None:
        """The config that the broker still had from an earlier run."""
        try:
            components = json.loads(payload)["components"]
            found = {str(name): str(one["platform"]) for name, one in components.items()}
        except (ValueError, LookupError, TypeError, AttributeError):
            return  # not ours, or not yet in this form: it is replaced as a whole
        self._before = {**found, **self._before}
        self._made = None

    def config(self, name: str, sources: Mapping[str, Collection[str]]) -> bytes:
        """The payload; `name` is the device's for people, `sources` have their announced tags.

        A component that is gone is named once more, with nothing but its platform: that has its
        entities removed. The next call leaves it out.
        """
        asked = {source: frozenset(tags) for source, tags in sources.items()}
        if self._made is not None and self._made[0] == asked:
            return self._made[1]
        components = self._components(sources)
        gone = {one: {"platform": p} for one, p in self._before.items() if one not in components}
        self._before = {one: said["platform"] for one, said in components.items()}
        payload = wire.dumps(
            {
                "device": {
                    "identifiers": [f"tagd_{self._topics.device}"],
                    "name": name,
                    "manufacturer": "tagd",
                    "model": "image-tagging appliance",
                    "sw_version": __version__,
                },
                "origin": {"name": "tagd", "sw_version": __version__},
                "availability": [{"topic": self._topics.status}],
                "qos": 1,
                "components": {**gone, **components},
            }
        ).encode()
        self._made = None if gone else (asked, payload)
        return payload

    def _components(self, sources: Mapping[str, Collection[str]]) -> dict[str, Component]:
        found = self._device_wide()
        for source, tags in sorted(sources.items()):
            found |= self._of_source(source)
            for tag in sorted(tags):
                found[f"{source}.tag.{slug(tag)}"] = self._presence(source, tag)
        for one, said in found.items():
            said["unique_id"] = f"tagd.{self._topics.device}.{one}"
        return found

    def _device_wide(self) -> dict[str, Component]:
        common = {"state_topic": self._topics.health, "entity_category": "diagnostic"}
        return {
            "problem": {
                "platform": "binary_sensor",
                "name": "Problem",
                "device_class": "problem",
                "value_template": "{{ 'OFF' if value_json.status == 'ok' else 'ON' }}",
                "json_attributes_topic": self._topics.health,
                "json_attributes_template": "{{ {'problems': value_json.problems} | tojson }}",
                **common,
            },
            "pictures": {
                "platform": "sensor",
                "name": "Pictures",
                "value_template": "{{ value_json.store.pictures | default(0) }}",
                "state_class": "measurement",
                **common,
            },
            "waiting": {
                "platform": "sensor",
                "name": "Events waiting",
                "value_template": "{{ value_json.sinks | map(attribute='lag') | sum }}",
                "state_class": "measurement",
                **common,
            },
        }

    def _of_source(self, source: str) -> dict[str, Component]:
        topics = self._topics
        found: dict[str, Component] = {
            f"{source}.enabled": {
                "platform": "switch",
                "name": f"{source} enabled",
                "state_topic": topics.enabled(source),
                "command_topic": topics.enable(source),
            },
            f"{source}.capture": {
                "platform": "button",
                "name": f"{source} capture",
                "command_topic": topics.capture(source),
            },
            f"{source}.visits": {
                "platform": "event",
                "name": f"{source} visits",
                "state_topic": topics.events,
                "event_types": list(EVENT_TYPES),
                "value_template": _VISIT.format(types=list(EVENT_TYPES), source=source),
            },
        }
        if self._pictures:
            found[f"{source}.picture"] = {
                "platform": "image",
                "name": f"{source} picture",
                "image_topic": topics.picture(source),
                "content_type": "image/jpeg",
            }
        return found

    def _presence(self, source: str, tag: str) -> Component:
        found = {
            "platform": "binary_sensor",
            "name": f"{source} {tag}",
            "state_topic": self._topics.tag(source, tag),
        }
        if tag in _OCCUPANTS:
            found["device_class"] = "occupancy"
        return found
