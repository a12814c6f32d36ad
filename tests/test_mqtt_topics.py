"""How tags are spelt in topics, and where answers may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTMessage

from device.sinks.mqtt_inbound import Inbound
from device.sinks.mqtt_topics import Topics, slug


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_slugs_are_levels_of_a_topic_and_differ(pair: list[str]) -> None:
    first, second = map(slug, pair)
    assert first != second
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789_-" for c in first)
    assert 1 <= len(first) <= 80


def test_plain_words_stay_themselves() -> None:
    found = [slug(word) for word in ("person", "hot dog", "T-shirt", "Café", "猫")]
    assert found[:2] == ["person", "hot_dog"]
    assert found[2].startswith("t-shirt_")
    assert found[3].startswith("cafe_")


@pytest.mark.parametrize(
    ("topic", "fits"),
    [
        ("answers/1", True),
        ("", False),
        ("$SYS/x", False),
        ("a/+", False),
        ("a/#", False),
        ("a\0b", False),
        ("tagd/gate/command/tag", False),
        ("tagd/gate2/x", True),
        ("x" * 2000, False),
    ],
)
def test_answers_go_to_topics_that_are_not_ours(topic: str, fits: bool) -> None:
    assert Topics("tagd", "gate").may_answer_to(topic) is fits


def test_whatever_a_message_is_the_network_thread_survives_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    inbound = Inbound(Topics("tagd", "gate"), 1000, lambda _: None, lambda: None)
    for _ in range(3):
        message = MQTTMessage(topic=b"tagd/gate/command/\xff\xfe")
        message.payload = b"x"
        inbound.hear(message)  # its topic is no UTF-8: asking for it raises
        inbound.hear(None)  # type: ignore[arg-type]
    assert inbound.counts["refused"] == 6
    assert caplog.text.count("could not be read") == 2
