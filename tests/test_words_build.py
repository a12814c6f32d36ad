"""The built-in vocabulary is what its sources make: WordNet and the list made by hand."""

from __future__ import annotations

import pytest
from places import SHARED

from models.build import words
from models.build.wordnet import FOLDER, WordNet

needs_wordnet = pytest.mark.skipif(
    not (FOLDER / "data.noun").exists(), reason="WordNet is not here: apt install wordnet-base"
)


CLASSES = SHARED / "imagenet-classes.csv"


@pytest.fixture(scope="module")
def net() -> WordNet:
    return WordNet()


@pytest.mark.shared
@needs_wordnet
def test_building_again_gives_the_same_bytes() -> None:
    assert words.build(FOLDER, CLASSES).encode() == words.OUT.read_bytes()


@pytest.mark.shared
@needs_wordnet
def test_each_synset_is_one_of_its_label(net: WordNet) -> None:
    labels = (words.ROOT / "models/scene/labels.txt").read_text(encoding="utf-8").splitlines()
    synsets = words.synsets(CLASSES)
    for label, synset in zip(labels, synsets, strict=True):
        assert synset in net.senses(label.removesuffix(" bird")), label
    assert synsets == sorted(synsets), "the classes are in the order of their synsets"


@needs_wordnet
def test_what_is_a_kind_of_what(net: WordNet) -> None:
    assert net.sense("animal") in net.climb(net.sense("tabby#2"))
    assert net.sense("animal") not in net.climb(net.sense("truck"))
    with pytest.raises(LookupError, match="no noun qwertz"):
        net.sense("qwertz")


@needs_wordnet
def test_a_list_that_is_wrong_tells_all_of_it(net: WordNet) -> None:
    entries = words.read("dog: dog, =Beagle\ncat: domestic cat\nthing: =Beagle, =nothing\n")
    beagle = net.sense("beagle")
    with pytest.raises(ValueError) as caught:
        words.share(entries, net, {"Beagle": beagle, "tench": net.sense("tench")}, ["Car"])
    assert str(caught.value).splitlines() == [
        "Beagle is named twice",
        "no model says nothing",
        "tench has no word",
        "Car has no word",
        "cat has no label",
    ]


def test_the_list_is_a_tree() -> None:
    entries = words.read("animal\n  cat: domestic cat, =Cat\n    lion*\nbeach (scene): -\n")
    assert [(e.word, e.parent, e.fine, e.kind) for e in entries] == [
        ("animal", None, False, "object"),
        ("cat", "animal", False, "object"),
        ("lion", "cat", True, "object"),
        ("beach", None, False, "scene"),
    ]
    assert (entries[1].nouns, entries[1].labels) == (["domestic cat"], ["Cat"])
    for wrong in ("a\n    b\n", "a (b\n"):
        with pytest.raises(ValueError, match=r"words.txt:\d: not understood"):
            words.read(wrong)
