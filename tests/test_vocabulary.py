"""The owner's words."""

from __future__ import annotations

import pytest
from makers import tag

from device.vocabulary import Vocabulary, plain


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("Coffee_mug", "coffee mug"),
        ("  Human   face ", "human face"),
        ("Ämter", "ämter"),
        ("cat", "cat"),
        ("", ""),
    ],
)
def test_a_label_as_a_word(label: str, word: str) -> None:
    assert plain(label) == word
    assert plain(word) == word


def test_rename_and_drop_in_any_spelling() -> None:
    vocabulary = Vocabulary(drop=["Foot_wear"], rename={"Egyptian_cat": "Cat", "man": "person"})
    words = [vocabulary.word(w) for w in ("egyptian cat", "footwear", "foot wear", "MAN", "dog")]
    assert words == ["cat", "footwear", None, "person", "dog"]


def test_a_tag_can_be_dropped_by_either_name() -> None:
    rename = {"man": "person"}
    assert Vocabulary(["man"], rename).word("man") is None
    assert Vocabulary(["person"], rename).word("man") is None
    assert Vocabulary(["man"], rename).word("person") == "person"


def test_a_rename_is_not_followed_by_another() -> None:
    assert Vocabulary(rename={"a": "b", "b": "a"}).word("a") == "b"


def test_what_has_no_name_is_not_said() -> None:
    assert Vocabulary().word(" _ ") is None
    assert Vocabulary(rename={"a": " "}).word("a") is None


def test_apply_keeps_the_order_and_all_else() -> None:
    said = [tag("Car", 0.9), tag("tree", 0.8), tag("car", 0.7, parents=("vehicle",))]
    heard = Vocabulary(["tree"], {"car": "auto"}).apply(said)
    assert [(t.name, t.confidence) for t in heard] == [("auto", 0.9), ("auto", 0.7)]
    assert heard[1].parents == ("vehicle",)
    assert said[0].name == "Car"
