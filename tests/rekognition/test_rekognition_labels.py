"""From tags to Rekognition's labels: ancestors, categories, aliases, boxes, filters, order."""

from __future__ import annotations

from typing import Any

import pytest

from device.types import Box, Tag
from device.vocabulary import Vocabulary, Word
from device.web.compat.desk import Seen
from device.web.compat.rekognition import labels
from device.web.compat.rekognition.wanted import Filters, Wanted

WORDS = Vocabulary(
    [
        Word("transport"),
        Word("vehicle", parents=("transport",)),
        Word("car", parents=("vehicle",), synonyms=("auto", "automobile")),
        Word("drink"),
        Word("container"),
        Word("coffee cup", parents=("drink", "container")),
        Word("t-shirt"),
    ],
    rename={"kitty": "cat"},
)
CAR = ("vehicle", "transport")


def tag(name: str, sure: float, box: Box | None = None, above: tuple[str, ...] = ()) -> Tag:
    return Tag(name, sure, "object", "objects", "objects@1", box, above)


def listed(tags: list[Tag], implied: dict[str, float] | None = None, **wanted: Any) -> Any:
    seen = Seen(640, 480, "JPEG", tuple(tags), None, implied=tuple((implied or {}).items()))
    return labels.listed(seen, WORDS, Wanted(b"", **wanted), lambda _: ())


def names(found: Any) -> list[str]:
    return [one["Name"] for one in found]


def test_each_ancestor_is_a_label_with_its_own_confidence() -> None:
    found = listed([tag("car", 0.9, above=CAR)], {"vehicle": 0.95, "transport": 0.97})
    assert [(one["Name"], one["Confidence"]) for one in found] == [
        ("Transport", 97.0),
        ("Vehicle", 95.0),
        ("Car", 90.0),
    ]
    assert [names(one["Parents"]) for one in found] == [
        [],
        ["Transport"],
        ["Vehicle", "Transport"],
    ]
    assert all(names(one["Categories"]) == ["Transport"] for one in found)
    assert names(found[2]["Aliases"]) == ["Auto", "Automobile"]


def test_of_a_stored_picture_the_surest_child_speaks_for_its_ancestors() -> None:
    found = listed([tag("car", 0.9, above=CAR), tag("bus", 0.7, above=CAR)])
    assert {one["Name"]: one["Confidence"] for one in found} == {
        "Car": 90.0,
        "Bus": 70.0,
        "Vehicle": 90.0,
        "Transport": 90.0,
    }


def test_one_label_for_several_boxes_and_taggers() -> None:
    left, right = Box(0.1, 0.2, 0.3, 0.4), Box(0.5, 0.5, 0.25, 0.123456)
    found = listed([tag("car", 0.8, right), tag("car", 0.95, left), tag("car", 0.99)])
    [car] = found
    assert car["Confidence"] == 99.0
    assert [one["Confidence"] for one in car["Instances"]] == [95.0, 80.0]
    box = {"Width": 0.25, "Height": 0.1235, "Left": 0.5, "Top": 0.5}
    assert car["Instances"][1]["BoundingBox"] == box
    [car] = listed([tag("car", 0.8, right), tag("car", 0.95, left)], least=90.0)
    assert len(car["Instances"]) == 1


def test_a_word_of_several_branches_has_several_categories() -> None:
    found = listed([tag("coffee cup", 0.9, above=("drink", "container"))])
    cup = found[0]
    assert cup["Name"] == "Coffee Cup"
    assert names(cup["Categories"]) == ["Drink", "Container"]


def test_a_word_that_nobody_knows_any_more_keeps_what_it_was_stored_with() -> None:
    [gone, above] = listed([tag("tram", 0.9, above=("train thing",))])
    assert (gone["Name"], names(gone["Parents"])) == ("Train Thing", [])
    assert (above["Name"], names(above["Categories"])) == ("Tram", ["Train Thing"])


def test_order_limit_and_floor() -> None:
    tags = [tag("b", 0.6), tag("a", 0.6), tag("c", 0.9), tag("d", 0.549)]
    assert names(listed(tags)) == ["C", "A", "B"]
    assert names(listed(tags, most=2)) == ["C", "A"]
    assert names(listed(tags, least=0.0)) == ["C", "A", "B", "D"]
    assert names(listed(tags, least=60.1)) == ["C"]
    assert listed([]) == []


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"labels": {"car"}}, ["Car"]),
        ({"labels": {"automobile"}}, ["Car"]),
        ({"labels": {"kitty"}}, ["Cat"]),
        ({"categories": {"transport"}}, ["Car", "Transport", "Vehicle"]),
        ({"labels": {"cat"}, "categories": {"transport"}}, ["Car", "Cat", "Transport", "Vehicle"]),
        ({"not_labels": {"transport", "vehicle"}}, ["Car", "Cat"]),
        ({"not_categories": {"transport"}}, ["Cat"]),
        ({"categories": {"transport"}, "not_labels": {"car"}}, ["Transport", "Vehicle"]),
        ({"labels": {"car"}, "not_categories": {"transport"}}, []),
        ({"labels": {"nothing"}}, []),
    ],
)
def test_filters(filters: dict[str, set[str]], kept: list[str]) -> None:
    wanted = Filters(**{name: frozenset(words) for name, words in filters.items()})
    tags = [tag("car", 0.9, above=CAR), tag("cat", 0.9)]
    assert names(listed(tags, filters=wanted)) == kept


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("coffee cup", "Coffee Cup"),
        ("t-shirt", "T-Shirt"),
        ("jack-o'-lantern", "Jack-O'-Lantern"),
        ("über uns", "Über Uns"),
        ("", ""),
    ],
)
def test_spelling(word: str, label: str) -> None:
    assert labels.spelled(word) == label
