"""The built-in vocabulary, and the owner's file over it with every mistake named."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from device import config, shipped, vocabulary_file
from device.errors import ConfigError
from device.inference.card import load_card
from device.vocabulary import Vocabulary, plain
from device.wordbook import Wordbook

LABELS = [
    label
    for name in ("scene", "objects")
    for label in load_card(shipped.models_folder() / name).labels
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vocabulary.yaml"


def load(file: Path, text: str, **more: object) -> Vocabulary:
    file.write_text(text, encoding="utf-8")
    return read(config.Vocabulary.model_validate({"file": file, **more}), LABELS)


def read(wanted: config.Vocabulary, labels: list[str] | None = None) -> Vocabulary:
    """As an appliance does; without a file there are the built-in words."""
    return Wordbook(wanted.file or Path("none.yaml"), wanted, labels).now.vocabulary


def said(vocabulary: Vocabulary, label: str, model: str = "scene@1") -> str:
    word = vocabulary.word(label, model)
    assert word is not None
    return word.name


def test_every_label_that_comes_with_tagd_has_a_plain_word() -> None:
    words = vocabulary_file.builtin()
    vocabulary = read(config.Vocabulary())
    for model in ("scene", "objects"):
        for label in load_card(shipped.models_folder() / model).labels:
            if label == "???":
                continue
            word = vocabulary.word(label, f"{model}@1")
            assert word is not None
            assert word.name in words, label
            chain = (word.name, *vocabulary.above(word.name))
            assert any(words[name].floor is None for name in chain), label


def test_the_built_in_words_are_sound() -> None:
    words = vocabulary_file.builtin()
    labels = [label for word in words.values() for label in word.labels]
    assert {plain(label) for label in LABELS} - {"???"} == set(labels)
    assert all(name == plain(name) for name in words)
    for word in words.values():
        assert set(word.parents) <= words.keys(), word.name
    scenes = {name for name, word in words.items() if word.kind == "scene"}
    assert {"beach", "restaurant", "library", "mountain", "lake"} <= scenes
    assert not {"dog", "car", "food"} & scenes


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Egyptian cat", ("cat", "animal")),
        ("Chihuahua", ("dog", "animal")),
        ("espresso", ("espresso", "coffee", "drink", "food")),
        ("sports car", ("sports car", "car", "vehicle")),
        ("crane bird", ("bird", "animal")),
        ("crane", ("crane",)),
        ("seashore", ("beach", "landscape")),
        ("macaw", ("macaw", "parrot", "bird", "animal")),
    ],
)
def test_some_labels_and_all_that_stands_above(label: str, words: tuple[str, ...]) -> None:
    vocabulary = read(config.Vocabulary())
    name = said(vocabulary, label)
    assert (name, *vocabulary.above(name)) == words


def test_the_owners_words(file: Path) -> None:
    vocabulary = load(
        file,
        """
        words:
          minka: {labels: [Egyptian cat, tabby], parents: [cat, pet]}
          pet: {}
          car: {floor: 0.6, synonyms: [auto]}
        drop: [footwear]
        rename: {hippo: hippopotamus}
        keep: [Siamese cat]
        """,
        rename={"dog": "hound"},
    )
    assert said(vocabulary, "Egyptian cat") == "minka"
    assert vocabulary.above("minka") == ("cat", "pet", "animal")
    assert vocabulary.words["minka"].kind == "object"
    assert said(vocabulary, "tiger cat") == "cat"
    assert said(vocabulary, "Siamese cat") == "siamese cat"
    assert vocabulary.above("siamese cat") == ("cat", "animal")
    car = vocabulary.words["car"]
    assert (car.floor, car.synonyms, car.parents) == (0.6, ("auto",), ("vehicle",))
    assert "minivan" in car.labels, "what the owner does not name stays"
    assert vocabulary.word("Footwear", "objects@1") is None
    assert said(vocabulary, "hippopotamus") == "hippopotamus"
    assert said(vocabulary, "beagle") == "hound"


def test_keep_of_a_word_keeps_all_its_labels(file: Path) -> None:
    vocabulary = load(file, "keep: [dog]")
    assert said(vocabulary, "beagle") == "beagle"
    assert vocabulary.above("beagle") == ("dog", "animal")
    assert said(vocabulary, "Dog", "objects@1") == "dog"


def test_an_empty_file_changes_nothing(file: Path) -> None:
    assert load(file, "").words == read(config.Vocabulary()).words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "words:\n  minka:\n    labels:\n      - Egyptain cat",
            ":4: words.minka.labels: no model has the label Egyptain cat; did you mean egyptian",
        ),
        (
            "words:\n  minka:\n    parents: [caat]",
            ":3: words.minka.parents: no word is called caat; did you mean cat?",
        ),
        (
            "words:\n  minka:\n    parents: [qqq]",
            ":3: words.minka.parents: no word is called qqq; give it an entry under words",
        ),
        (
            "words:\n  animal:\n    parents: [dog]",
            ":3: words.animal.parents: animal -> dog -> animal is a circle; take one parent out",
        ),
        (
            "words:\n  a: {labels: [tabby]}\n  b: {labels: [Tabby]}",
            ":3: words.b.labels: Tabby is given to a already; choose one",
        ),
        ("words:\n  ' ': {}", ":2: words: a word has no letters; give it a name"),
        ("words: {cat: {flor: 0.5}}", ":1: words.cat.flor: there is no such key; did you mean"),
        ("words: {cat: {floor: 7}}", ":1: words.cat.floor: "),
        ("words: {cat: {kind: thing}}", ":1: words.cat.kind: "),
        ("\nkeep: [tabbi]", ":2: keep: nothing is ever called tabbi; did you mean tabby?"),
        ("drop: [footwaer]", ":1: drop: nothing is ever called footwaer; did you mean footwear?"),
        ("rename:\n  hipo: x", ":2: rename: nothing is ever called hipo; did you mean hippo?"),
        ("wrods: {}", ":1: wrods: there is no such key; did you mean `words`?"),
        ("[", ": this is not YAML"),
        ("- a", ":1: write keys and values"),
        ("words: {cat: 5}", ":1: words.cat: write keys and values"),
        ("rename: {vehicle: sports car}", "rename makes a circle"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(file: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, text)
    assert problem in str(caught.value)
    assert str(file) in str(caught.value)
    assert len(caught.value.problems) == 1


def test_every_problem_at_once(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, "words:\n  a: {labels: [x1], parents: [x2]}\ndrop: [x3]")
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["2", "2", "3"]


def test_a_file_that_is_not_there(file: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read(config.Vocabulary(file=file))


def test_labels_that_nobody_knows_all_of_are_not_doubted(file: Path) -> None:
    file.write_text("words: {sky: {labels: [azure]}}\ndrop: [mauve]", encoding="utf-8")
    vocabulary = read(config.Vocabulary(file=file), None)
    assert said(vocabulary, "azure", "colours@1") == "sky"


def test_the_configs_own_words_in_vain_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    wanted = config.Vocabulary(drop=("footwaer", "footwear"), rename={"catt": "cat", "cat": "puss"})
    with caplog.at_level(logging.WARNING):
        read(wanted, LABELS)
    assert [record.getMessage() for record in caplog.records] == [
        "vocabulary.drop: nothing is ever called footwaer; did you mean footwear?",
        "vocabulary.rename: nothing is ever called catt; did you mean cat?",
    ]
