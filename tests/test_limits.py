"""Whose number holds: the nearest that speaks of the word. And what is kept of the rest."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import pytest
from makers import tag

from device import build
from device.config import Config
from device.config_file import parse_config
from device.errors import ConfigError
from device.hearing import Alternative, Rule, agree, hear
from device.limits import limits, narrowed
from device.types import Frame, Limits
from device.vocabulary import Vocabulary, Word

ANIMALS = Vocabulary(
    [Word("animal"), Word("dog", parents=("animal",)), Word("fox", parents=("animal",), floor=0.7)]
)
SAMPLE = Path(__file__).parents[1] / "device/samples/astronaut.jpg"


def said(rule: Rule, *given: Limits, **labels: float) -> set[str]:
    heard = hear(ANIMALS, [tag(n, c) for n, c in labels.items()], reduce(narrowed, given, rule))
    return {one.name for one in agree(ANIMALS, [heard]).tags}


def test_the_nearest_number_holds() -> None:
    rule = Rule(floor=0.5)
    assert said(rule, dog=0.45) == set()
    assert said(rule, limits(0.4), dog=0.45) == {"dog"}
    assert said(rule, limits(0.4), limits(0.6), dog=0.45) == set()
    assert said(rule, limits(0.9), limits(0.4), dog=0.45) == {"dog"}


def test_a_words_own_number_is_nearer_than_a_number_for_all() -> None:
    rule = Rule(floor=0.5)
    assert said(rule, limits({"dog": 0.3}), dog=0.35, cat=0.35) == {"dog"}
    assert said(rule, limits({"dog": 0.8}), dog=0.6, cat=0.6) == {"cat", "animal"}
    assert said(rule, limits({"dog": 0.9}), limits(0.4), dog=0.45) == {"dog"}, "a request is nearer"
    assert said(rule, limits(0.9), limits({"dog": 0.4}), dog=0.45, cat=0.8) == {"dog"}


def test_a_number_for_all_does_not_undercut_the_vocabularys_floor() -> None:
    rule = Rule(floor=0.5)
    assert "fox" not in said(rule, limits(0.2), fox=0.6)
    assert said(rule, limits({"fox": 0.2}), fox=0.6) == {"fox"}


def test_how_many() -> None:
    rule = Rule(floor=0.1, max_tags=10)
    assert len(said(rule, limits(None, 2), ant=0.9, bee=0.8, cow=0.7)) == 2
    assert len(said(rule, limits(None, 2), limits(None, 3), ant=0.9, bee=0.8, cow=0.7)) == 3


def test_alternatives_are_what_was_nearly_said_the_nearest_words_first() -> None:
    given = {"dog": 0.45, "fox": 0.3, "ant": 0.05, "cat": 0.9}
    heard = hear(ANIMALS, [tag(n, c) for n, c in given.items()], Rule(floor=0.5))
    found = agree(ANIMALS, [heard]).alternatives
    assert found == (Alternative("dog", 0.45, "objects"), Alternative("fox", 0.3, "objects"))


def test_alternatives_are_few() -> None:
    heard = hear(ANIMALS, [tag(f"w{n}", 0.4 - n / 100) for n in range(20)], Rule(floor=0.5))
    assert [one.name for one in agree(ANIMALS, [heard]).alternatives] == [f"w{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("min_confidence: high", "f:1: min_confidence: write a number from 0 to 1, or one a tag"),
        ("min_confidence: {person: 2}", "f:1: min_confidence: write a number from 0 to 1"),
        ("taggers: {a: {model: b, min_confidence: -1}}", "f:1: taggers.a.min_confidence: write"),
        ("sources: [{name: a, url: 'fake://', taggers: [x]}]", "no tagger is called 'x'; there"),
        ("sources: [{name: a, url: 'fake://', max_tags: 0}]", "f:1: sources[0].max_tags: "),
    ],
)
def test_wrong_limits_in_the_config(section: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(section, "f")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value), "one problem, one line"


def tags_of(text: str, source: str, wanted: Limits | None = None) -> dict[str, float]:
    """What the real models say of the astronaut."""
    config: Config = parse_config(text, "f")
    tagging = build.Models(config).tagging()
    try:
        tagged = tagging.settle(Frame("01J", source, 0.0, SAMPLE.read_bytes(), limits=wanted))
    finally:
        tagging.close()
    return {one.name: one.confidence for one in tagged.tags}


def test_at_a_source_and_in_a_request_with_the_real_models() -> None:
    text = """
min_confidence: 0.9
sources:
  - {name: gate, url: "fake://", taggers: [objects], min_confidence: {person: 0.5}}
  - {name: yard, url: "fake://", min_confidence: 0.2, max_tags: 1}
"""
    assert tags_of(text, "hall") == {}
    assert set(tags_of(text, "gate")) == {"person"}
    assert len(tags_of(text, "yard")) == 2, "one of each tagger"
    assert tags_of(text, "gate", Limits(min_confidence=0.8)) == {}
    assert set(tags_of(text, "gate", Limits(min_confidence=0.2, taggers=("scene",)))) - {"person"}
