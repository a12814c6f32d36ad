"""Which words visit, and under which of them a thing does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from visit_rig import Watcher, at, moments, thing

from device.config_camera import Visits as Settings
from device.types import Tag
from device.visits import Visits

HERE = at(0.5, 0.5)


def scene(name: str, confidence: float = 0.7) -> Tag:
    return Tag(name, confidence, "scene", "scene", "mobilenet@1")


def test_two_words_for_one_box_are_one_visit_with_the_better_word() -> None:
    watcher = Watcher()
    for n, moment in enumerate(moments(6.0)):
        name, sure = ("truck", 0.7) if n % 3 else ("car", 0.5)
        watcher.look(moment, thing(HERE, name, sure, parents=("vehicle",)))
    watcher.watch([], moments(8.0, begin=6.2))
    [end] = watcher.told("visit_end")
    assert (end.tag, end.best_confidence) == ("truck", 0.7)
    assert len(watcher.told("visit_start")) == 1


def test_a_nearer_word_wins_and_is_told_at_once() -> None:
    watcher = Watcher()
    for moment in moments(2.0):
        watcher.look(moment, thing(HERE, "vehicle", 0.6))
    for moment in moments(2.0, begin=2.2):
        watcher.look(moment, thing(HERE, "car", 0.5, parents=("vehicle",)))
    assert watcher.events == ["visit_start", "visit_update"]
    assert watcher.told("visit_update")[0].tag == "car"


def test_words_of_a_scene_visit_when_they_are_named() -> None:
    unnamed, watcher = Watcher(), Watcher(Visits("gate", Settings(tags=("rain",))))
    for moment in moments(20.0):
        tags = [scene("rain"), scene("road")] if moment < 5 else [scene("road")]
        faint = [scene("rain", 0.3)] if 5 <= moment < 8 else []
        unnamed.look(moment, *tags, faint=faint)
        watcher.look(moment, *tags, faint=faint)
    assert unnamed.changes == []
    assert watcher.events == ["visit_start", "visit_end"]
    [end] = watcher.told("visit_end")
    assert (end.tag, end.kind, end.box, end.path) == ("rain", "scene", None, ())
    assert end.duration == pytest.approx(7.8)


def test_only_named_things_visit_and_a_parent_names_its_children() -> None:
    watcher = Watcher(Visits("gate", Settings(tags=("animal",))))
    dog = thing(at(0.2, 0.5), "dog", parents=("animal",))
    for moment in moments(2.0):
        watcher.look(moment, dog, thing(at(0.8, 0.5)))
        assert watcher.visits.open == 1
    assert [one.tag for one in watcher.told("visit_start")] == ["dog"]


def test_a_box_and_a_word_for_the_same_thing_are_one_visit() -> None:
    watcher = Watcher(Visits("gate", Settings(tags=("car",))))
    for moment in moments(3.0):
        watcher.look(moment, thing(HERE), replace(scene("car"), kind="object"))
    assert len(watcher.told("visit_start")) == 1
