"""How tags are spelt in topics, and where answers may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
