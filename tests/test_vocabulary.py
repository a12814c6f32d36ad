"""Which label is which word, what stands above it, what is dropped or renamed."""

from __future__ import annotations

import pytest

from device.vocabulary import Vocabulary, Word, find_circle, plain

WORDS = (
    Word("animal", "object"),
    Word("cat", "object", parents=("animal",), labels=("tabby", "egyptian cat")),
    Word("dog", "object", parents=("animal", "pet"), labels=("beagle",)),
    Word("pet", "object"),
    Word("crane", "object", labels=("crane",), models=("scene",)),
)


def said(vocabulary: Vocabulary, label: str, model: str = "") -> str | None:
    word = vocabulary.word(label, model)
    return word.name if word else None


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


def test_a_label_is_its_words_or_the_word_of_its_name_or_itself() -> None:
    vocabulary = Vocabulary(WORDS)
    assert said(vocabulary, "Egyptian_cat") == "cat"
    assert said(vocabulary, "DOG") == "dog"
    assert said(vocabulary, "Robin") == "robin"
    assert vocabulary.above("robin") == ()


def test_labels_of_a_model_are_no_other_models_labels() -> None:
    words = (Word("bird", labels=("robin",), models=("scene",)),)
    vocabulary = Vocabulary(words)
    assert said(vocabulary, "robin", "scene@3") == "bird"
    assert said(vocabulary, "robin", "birds-of-europe@1") == "robin"


def test_what_stands_above_comes_nearest_first_and_once() -> None:
    words = (
        Word("beagle", parents=("hound",)),
        Word("hound", parents=("dog", "pet")),
        Word("dog", parents=("animal",)),
        Word("pet", parents=("animal",)),
        Word("animal"),
    )
    assert Vocabulary(words).above("beagle") == ("hound", "dog", "pet", "animal")
    assert Vocabulary(words, drop=["pet"]).parents("beagle") == ("hound", "dog", "animal")


def test_rename_and_drop_in_any_spelling() -> None:
    vocabulary = Vocabulary(drop=["Foot_wear"], rename={"Egyptian_cat": "Cat", "man": "person"})
    words = [said(vocabulary, w) for w in ("egyptian cat", "footwear", "foot wear", "MAN", "dog")]
    assert words == ["cat", "footwear", None, "person", "dog"]


def test_a_word_is_renamed_wherever_it_stands() -> None:
    vocabulary = Vocabulary(WORDS, rename={"animal": "beast", "cat": "puss"})
    assert said(vocabulary, "tabby") == "puss"
    assert vocabulary.above("puss") == ("beast",)
    assert "animal" not in vocabulary.words


def test_two_words_become_one() -> None:
    vocabulary = Vocabulary(WORDS, rename={"dog": "cat"})
    assert said(vocabulary, "beagle") == said(vocabulary, "tabby") == "cat"
    assert vocabulary.above("cat") == ("animal", "pet")


def test_a_renamed_label_becomes_a_word_below_its_old_one() -> None:
    vocabulary = Vocabulary(WORDS, rename={"egyptian cat": "minka"})
    assert said(vocabulary, "egyptian cat") == "minka"
    assert vocabulary.above("minka") == ("cat", "animal")
    assert said(vocabulary, "tabby") == "cat"
    assert said(Vocabulary(WORDS, rename={"tabby": "dog"}), "tabby") == "dog"


def test_a_rename_is_not_followed_by_another() -> None:
    vocabulary = Vocabulary(WORDS, rename={"cat": "dog", "dog": "cat"})
    assert said(vocabulary, "tabby") == "dog"
    assert said(vocabulary, "beagle") == "cat"


def test_dropping_by_any_of_its_names() -> None:
    rename = {"cat": "puss"}
    for name in ("cat", "puss"):
        vocabulary = Vocabulary(WORDS, drop=[name], rename=rename)
        assert vocabulary.dropped("puss")
        assert not vocabulary.dropped("dog")
    assert said(Vocabulary(WORDS, drop=["Tabby"]), "tabby") is None
    assert said(Vocabulary(WORDS, drop=["Tabby"]), "egyptian cat") == "cat"


def test_what_has_no_name_is_not_said() -> None:
    assert said(Vocabulary(), " _ ") is None
    assert Vocabulary(rename={"a": " "}).dropped("")


def test_labels_of_a_word_and_of_those_below() -> None:
    assert set(Vocabulary(WORDS).labels("animal")) == {"tabby", "egyptian cat", "beagle"}


def test_a_circle_is_refused() -> None:
    words = (Word("car", parents=("vehicle",)), Word("vehicle", parents=("thing",)), Word("thing"))
    with pytest.raises(ValueError, match="car -> vehicle -> car: no word can stand above itself"):
        Vocabulary(words, rename={"thing": "car"})
    assert find_circle({"a": ("b",), "b": ("c",), "c": ("b",)}) == ["b", "c", "b"]
    assert find_circle({"a": ("a",)}) == ["a", "a"]
    assert find_circle({"a": ("b", "c"), "b": ("d",), "c": ("d",)}) is None
