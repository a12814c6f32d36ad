"""From labels to tags: sums, floors, the nearest word, boxes, and taggers that agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.hearing import Rule, agree, floor_of, hear, overlap
from device.types import Box, Tag
from device.vocabulary import Vocabulary, Word

LEFT, RIGHT = Box(0.0, 0.0, 0.4, 0.5), Box(0.6, 0.0, 0.4, 0.5)
WORDS = (
    Word("animal", "object"),
    Word("cat", "object", parents=("animal",), labels=("tabby", "tiger cat"), synonyms=("kitty",)),
    Word("lynx", "object", 0.6, ("cat",)),
    Word("dog", "object", parents=("animal",), labels=("beagle", "pug")),
    Word("beach", "scene", labels=("seashore",)),
)
VOCABULARY = Vocabulary(WORDS)
SUMS = Rule(floor=0.5, max_tags=5, exclusive=True)
THINGS = Rule(floor=0.4, max_tags=5)


def label(name: str, confidence: float, box: Box | None = None, **more: Any) -> Tag:
    known: dict[str, Any] = {"kind": "scene", "tagger": "scene", "model": "scene@1", **more}
    return Tag(name, confidence, box=box, **known)


def thing(name: str, confidence: float, box: Box = LEFT) -> Tag:
    return label(name, confidence, box, kind="object", tagger="objects", model="objects@1")


def short(tags: tuple[Tag, ...]) -> list[tuple[str, float]]:
    return [(tag.name, round(tag.confidence, 3)) for tag in tags]


def test_labels_that_exclude_each_other_add_up() -> None:
    heard = hear(VOCABULARY, [label("Tabby", 0.45), label("tiger cat", 0.3)], SUMS)
    assert short(heard.tags) == [("cat", 0.75)]
    assert heard.tags[0].parents == ("animal",)
    assert heard.tags[0].kind == "object", "the word's kind, not the model's"
    assert heard.verdicts == {"cat": "said", "animal": "a nearer word is said"}


def test_a_sum_is_never_more_than_certain() -> None:
    heard = hear(VOCABULARY, [label("tabby", 0.7), label("tiger cat", 0.300001)], SUMS)
    assert short(heard.tags) == [("cat", 1.0)]


def test_labels_that_do_not_exclude_each_other_do_not_add_up() -> None:
    heard = hear(VOCABULARY, [label("tabby", 0.45), label("tiger cat", 0.3)], THINGS)
    assert short(heard.tags) == [("cat", 0.45)]


def test_who_is_not_sure_which_says_the_word_above() -> None:
    heard = hear(VOCABULARY, [label("tabby", 0.4), label("pug", 0.35)], SUMS)
    assert short(heard.tags) == [("animal", 0.75)]
    assert heard.verdicts["cat"] == "under its floor"


def test_a_word_above_is_said_too_where_the_nearer_one_has_only_a_part_of_it() -> None:
    low = Rule(floor=0.3, max_tags=5, exclusive=True)
    heard = hear(VOCABULARY, [label("tabby", 0.4), label("pug", 0.45)], low)
    assert short(heard.tags) == [("dog", 0.45), ("cat", 0.4)]
    heard = hear(VOCABULARY, [label("tabby", 0.35), label("animal", 0.5)], low)
    assert short(heard.tags) == [("animal", 0.85), ("cat", 0.35)]


def test_a_floor_of_its_own_counts_and_what_the_owner_asks_counts_more() -> None:
    lynx = [label("lynx", 0.55)]
    assert short(hear(VOCABULARY, lynx, SUMS).tags) == [("cat", 0.55)]
    assert short(hear(VOCABULARY, [label("lynx", 0.6)], SUMS).tags) == [("lynx", 0.6)]
    assert hear(VOCABULARY, lynx, Rule(floor=0.8, least=0.8, exclusive=True)).tags == ()
    low = Vocabulary((Word("person", floor=0.2),))
    assert short(hear(low, [thing("person", 0.25)], THINGS).tags) == [("person", 0.25)]


def test_dropped_words_are_silent_and_so_is_what_stands_above_them() -> None:
    vocabulary = Vocabulary(WORDS, drop=["cat"])
    heard = hear(vocabulary, [label("tabby", 0.9)], SUMS)
    assert heard.tags == ()
    assert heard.verdicts == {"cat": "dropped", "animal": "a nearer word is said"}
    assert agree(vocabulary, [heard]).implied == ()


def test_a_dropped_label_counts_for_nothing() -> None:
    vocabulary = Vocabulary(WORDS, drop=["tabby"])
    heard = hear(vocabulary, [label("tabby", 0.5), label("tiger cat", 0.45)], SUMS)
    assert short(heard.tags) == []
    assert heard.words["cat"] == pytest.approx(0.45)


def test_no_more_than_max_tags() -> None:
    few = Rule(floor=0.1, max_tags=1, exclusive=True)
    heard = hear(VOCABULARY, [label("seashore", 0.5), label("pug", 0.4)], few)
    assert short(heard.tags) == [("beach", 0.5)]
    assert heard.verdicts["dog"] == "too many"


def test_each_thing_keeps_its_box_and_one_thing_is_said_once() -> None:
    labels = [thing("tabby", 0.8), thing("tiger cat", 0.6), thing("tabby", 0.5, RIGHT)]
    heard = hear(VOCABULARY, labels, THINGS)
    assert [(tag.name, tag.box) for tag in heard.tags] == [("cat", LEFT), ("cat", RIGHT)]


def test_the_nearer_word_speaks_for_the_same_box_only() -> None:
    labels = [thing("animal", 0.9), thing("cat", 0.6), thing("animal", 0.5, RIGHT)]
    heard = hear(VOCABULARY, labels, THINGS)
    assert [(tag.name, tag.box) for tag in heard.tags] == [("cat", LEFT), ("animal", RIGHT)]


def test_a_thing_under_its_floor_is_called_by_the_word_above() -> None:
    assert short(hear(VOCABULARY, [thing("lynx", 0.5)], THINGS).tags) == [("cat", 0.5)]


def test_two_taggers_that_agree_make_one_tag() -> None:
    things = hear(VOCABULARY, [thing("cat", 0.6, RIGHT), thing("cat", 0.5)], THINGS)
    whole = hear(VOCABULARY, [label("tabby", 0.9)], SUMS)
    for heard, names in (((things, whole), "objects+scene"), ((whole, things), "scene+objects")):
        said = agree(VOCABULARY, heard)
        assert short(said.tags) == [("cat", 0.9), ("cat", 0.5)]
        assert [(t.tagger, t.box) for t in said.tags] == [(names, RIGHT), ("objects", LEFT)]
        assert said.tags[0].model == "objects@1", "the model of the box"
        assert said.tags[0].kind == "object"


def test_a_nearer_word_of_another_tagger_is_enough() -> None:
    things = hear(VOCABULARY, [thing("cat", 0.5)], THINGS)
    whole = hear(VOCABULARY, [label("animal", 0.9)], SUMS)
    said = agree(VOCABULARY, [things, whole])
    assert short(said.tags) == [("cat", 0.5)]
    assert dict(said.implied) == {"animal": 0.9, "kitty": 0.5}


def test_parents_and_synonyms_are_implied_with_their_sum() -> None:
    whole = hear(VOCABULARY, [label("tabby", 0.6), label("pug", 0.2)], SUMS)
    said = agree(VOCABULARY, [whole])
    assert short(said.tags) == [("cat", 0.6)]
    assert dict(said.implied) == {"animal": pytest.approx(0.8), "kitty": 0.6}


def test_nothing_heard_nothing_said() -> None:
    assert hear(VOCABULARY, [], SUMS).tags == ()
    assert agree(VOCABULARY, []).tags == ()


def test_overlap() -> None:
    assert overlap(LEFT, LEFT) == pytest.approx(1.0)
    assert overlap(LEFT, RIGHT) == 0.0
    assert overlap(Box(0, 0, 1, 1), Box(0, 0, 0.5, 1)) == pytest.approx(0.5)
    assert overlap(Box(0, 0, 0, 0), Box(0, 0, 0, 0)) == 0.0


names = st.sampled_from(["tabby", "tiger cat", "lynx", "pug", "beagle", "animal", "tree", "dog"])
shares = st.floats(0.0, 1.0)


@given(st.dictionaries(names, shares, max_size=8), shares, st.booleans())
def test_whatever_is_heard(given: dict[str, float], floor: float, exclusive: bool) -> None:
    total = max(1.0, sum(given.values()))
    labels = [label(name, share / total) for name, share in given.items()]
    rule = Rule(floor=floor, exclusive=exclusive)
    heard = hear(VOCABULARY, labels, rule)
    said = agree(VOCABULARY, [heard])
    sure = {**dict(said.implied), **{tag.name: tag.confidence for tag in said.tags}}
    assert len({tag.name for tag in said.tags}) == len(said.tags)
    assert [t.confidence for t in said.tags] == sorted(t.confidence for t in said.tags)[::-1]
    for tag in said.tags:
        assert floor_of(VOCABULARY, tag.name, rule) <= tag.confidence <= 1.0
        assert heard.verdicts[tag.name] == "said"
        assert all(sure[parent] >= tag.confidence for parent in tag.parents)


def test_what_is_not_far_below_its_floor_is_faint() -> None:
    """Enough for what was there a moment ago, and not said."""
    labels = [thing("dog", 0.3), thing("cat", 0.5, RIGHT), thing("cat", 0.2), thing("cat", 0.3)]
    heard = hear(VOCABULARY, labels, THINGS)
    assert short(heard.tags) == [("cat", 0.5)]
    assert short(heard.faint) == [("cat", 0.3), ("dog", 0.3)]
    assert heard.faint[1].parents == ("animal",)
    said = agree(VOCABULARY, [heard])
    assert [tag.box for tag in said.faint] == [LEFT, LEFT]
    assert not {tag.name for tag in said.tags} & {"dog"}


def test_a_faint_box_at_a_said_one_is_no_second_thing() -> None:
    said = agree(VOCABULARY, [hear(VOCABULARY, [thing("cat", 0.5), thing("cat", 0.3)], THINGS)])
    assert said.faint == ()


def test_a_faint_word_of_the_scene() -> None:
    heard = hear(VOCABULARY, [label("seashore", 0.35), label("pug", 0.2)], SUMS)
    assert (heard.tags, short(heard.faint)) == ((), [("beach", 0.35)])
    assert hear(Vocabulary(WORDS, drop=("beach",)), [label("seashore", 0.35)], SUMS).faint == ()
