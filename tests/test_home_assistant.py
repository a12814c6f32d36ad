"""The discovery payload against what Home Assistant documents of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from device.sinks.home_assistant import Entities
from device.sinks.mqtt_topics import Topics

TOPICS = Topics("tagd", "front-gate")
SOURCES = {"gate": {"person", "Ärger"}, "yard": {"car"}}

ANY = {"platform", "unique_id", "name", "entity_category", "device_class", "qos", "availability"}
STATE = {"state_topic", "value_template", "json_attributes_topic", "json_attributes_template"}
REQUIRED: dict[str, set[str]] = {
    "binary_sensor": {"state_topic"},
    "button": {"command_topic"},
    "event": {"state_topic", "event_types"},
    "image": {"image_topic"},
    "sensor": {"state_topic"},
    "switch": {"command_topic"},
}
ALLOWED: dict[str, set[str]] = {
    "binary_sensor": STATE | {"payload_on", "payload_off", "off_delay", "expire_after"},
    "button": {"command_topic", "payload_press"},
    "event": STATE | {"event_types"},
    "image": {"image_topic", "content_type", "image_encoding", "url_topic"},
    "sensor": STATE | {"state_class", "unit_of_measurement"},
    "switch": STATE | {"command_topic", "payload_on", "payload_off", "optimistic"},
}
CLASSES = {"binary_sensor": {"occupancy", "motion", "problem", "connectivity"}}
DEVICE = {"identifiers", "name", "manufacturer", "model", "sw_version", "serial_number"}


def check(payload: Any) -> None:
    """As the MQTT integration documents a device payload, for the platforms that we use."""
    assert payload.keys() <= {"device", "origin", "components", "availability", "qos"}
    assert payload["device"].keys() <= DEVICE
    assert payload["device"]["identifiers"]
    assert payload["origin"]["name"]
    assert payload["qos"] in (0, 1, 2)
    for one in payload["availability"]:
        assert_topic(one["topic"])
    ids = set()
    for component in payload["components"].values():
        platform = component["platform"]
        if component.keys() == {"platform"}:
            continue  # removed
        assert component.keys() <= ANY | ALLOWED[platform]
        assert component.keys() >= REQUIRED[platform] | {"unique_id"}
        assert component.get("entity_category") in (None, "diagnostic", "config")
        assert component.get("device_class") in {None, *CLASSES.get(platform, ())}
        assert component["unique_id"] not in ids
        ids.add(component["unique_id"])
        for key, value in component.items():
            if key.endswith("_topic"):
                assert_topic(value)
            if key.endswith("_template"):
                assert value.count("{{") == value.count("}}") > 0


def assert_topic(topic: str) -> None:
    assert topic
    assert not re.search(r"[+#\0]", topic)


@pytest.mark.parametrize("pictures", [True, False])
def test_the_payload_is_as_documented(pictures: bool) -> None:
    payload = json.loads(Entities(TOPICS, pictures).config("Front gate", SOURCES))
    check(payload)
    components = payload["components"]
    assert ("gate.picture" in components) is pictures
    assert components["gate.tag.person"] == {
        "platform": "binary_sensor",
        "name": "gate person",
        "state_topic": "tagd/front-gate/sources/gate/tags/person",
        "device_class": "occupancy",
        "unique_id": "tagd.front-gate.gate.tag.person",
    }
    assert "device_class" not in components[f"gate.tag.{_slug(components)}"]
    platforms = {one["platform"] for one in components.values()}
    assert platforms >= {"switch", "button", "event", "binary_sensor", "sensor"}


def _slug(components: dict[str, Any]) -> str:
    return next(n for n in components if n.startswith("gate.tag.a")).rpartition(".")[2]


def test_what_is_gone_is_named_once_more_and_then_no_longer() -> None:
    entities = Entities(TOPICS, pictures=False)
    first = json.loads(entities.config("x", SOURCES))
    assert entities.config("x", SOURCES) == entities.config("x", SOURCES)
    second = json.loads(entities.config("x", {"gate": SOURCES["gate"]}))
    check(second)
    assert second["components"]["yard.tag.car"] == {"platform": "binary_sensor"}
    third = json.loads(entities.config("x", {"gate": SOURCES["gate"]}))
    assert third["components"].keys() == {n for n in first["components"] if "yard" not in n}


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"\xff", b'{"components":[1]}', b"null"])
def test_a_strange_payload_of_before_is_passed_over(junk: bytes) -> None:
    entities = Entities(TOPICS, pictures=False)
    entities.remember(junk)
    check(json.loads(entities.config("x", SOURCES)))


def test_the_templates_pick_the_visits_of_one_source() -> None:
    jinja2 = pytest.importorskip("jinja2", reason="jinja2 is not installed")
    payload = json.loads(Entities(TOPICS, pictures=False).config("x", SOURCES))
    render = jinja2.Environment().from_string
    template = payload["components"]["gate.visits"]["value_template"]
    event = {
        "type": "visit_start",
        "source": "gate",
        "replayed": False,
        "taken_at": "2026-11-21T21:30:05.120Z",
        "visit": {"id": "01J", "tag": "person", "best_confidence": 0.82},
    }
    told = json.loads(render(template).render(value_json=event))
    assert told["event_type"] == "visit_start"
    assert (told["tag"], told["zones"]) == ("person", [])
    others = (
        {"source": "yard"},
        {"replayed": True},
        {"type": "picture"},
        {"visit": None, "type": "gap"},
    )
    for other in others:
        assert render(template).render(value_json={**event, **other}) == "{}"
    health = {
        "status": "degraded",
        "problems": ["x"],
        "store": {},
        "sinks": [{"lag": 2}, {"lag": 3}],
    }
    for name, value in (("problem", "ON"), ("pictures", "0"), ("waiting", "5")):
        template = payload["components"][name]["value_template"]
        assert render(template).render(value_json=health) == value
