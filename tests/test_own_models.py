"""Models of the owner's choice, from file to tags: made op by op, added, loaded, asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import yaml

from device.config import Inference
from device.errors import ModelError
from device.images import DecodedPicture
from device.inference.card import Card, load_card
from device.inference.engines import Engines
from device.inference.guess import Wishes
from device.inference.heads import ListedHead, ScoresHead, YoloHead
from device.inference.install import examine, install, remove
from device.inference.tagger import ModelTagger
from device.types import Box, Tag

RGB = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
AS_IS = Wishes(mean=0.0, std=255.0)

Add = Callable[..., Card]


def picture(colour: str) -> DecodedPicture:
    pixels = np.full((24, 32, 3), RGB[colour], np.uint8)
    return DecodedPicture("1", "RAW", (32, 24), pixels)


def tags(card: Card, colour: str, floor: float = 0.3) -> list[Tag]:
    tagger = ModelTagger(
        "mine", card, Engines(Inference(threads=1)), min_confidence=floor, max_tags=5
    )
    try:
        return tagger.tag(picture(colour))
    finally:
        tagger.close()


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("\n".join(tiny_models.COLOURS) + "\n")
    return path


@pytest.fixture
def add(tmp_path: Path, words: Path) -> Add:
    def added(content: bytes, wishes: Wishes = AS_IS, labels: Path | None = words) -> Card:
        path = tmp_path / "tiny.tflite"
        path.write_bytes(content)
        ready = examine(path, wishes, labels)
        assert ready.missing == ()
        return install(ready, tmp_path / "models")

    return added


@pytest.mark.parametrize("kind", ["float32", "float16", "int8", "uint8"])
def test_every_type_of_input(kind: str, add: Add) -> None:
    card = add(tiny_models.scores(kind))
    assert card.head == ScoresHead("softmax")
    assert (card.input.width, card.input.height, card.task, card.kind) == (
        *(tiny_models.SIDE, tiny_models.SIDE, "classification"),
        "scene",
    )
    for colour in tiny_models.COLOURS:
        [best] = tags(card, colour)
        assert (best.name, best.box, best.model) == (colour, None, "tiny@1")
        assert best.confidence == pytest.approx(0.9993, abs=2e-4)


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_a_quantised_input_tells_how_it_wants_its_pixels(kind: str, add: Add) -> None:
    card = add(tiny_models.scores(kind), Wishes())
    assert (card.input.mean, card.input.std) == (0.0, pytest.approx(255, abs=1e-4))


@pytest.mark.parametrize(
    ("last", "head", "confidence"),
    [("nothing", "logits", 0.9993), ("logistic", "sigmoid", 0.9975)],
)
def test_logits_and_sigmoids(last: str, head: str, confidence: float, add: Add) -> None:
    card = add(tiny_models.scores(last=last))
    assert isinstance(card.head, ScoresHead)
    assert card.head.scores == head
    all_said = tags(card, "green", floor=0.0001)
    assert all_said[0].name == "green"
    assert all_said[0].confidence == pytest.approx(confidence, abs=2e-4)
    told = sum(tag.confidence for tag in all_said)
    assert (told > 1.2) == (head == "sigmoid"), "sigmoids stand each for itself"


@pytest.mark.parametrize("pixels", [False, True])
@pytest.mark.parametrize("boxes_first", [False, True])
def test_yolo(pixels: bool, boxes_first: bool, add: Add) -> None:
    card = add(tiny_models.yolo(pixels, boxes_first))
    assert isinstance(card.head, YoloHead)
    assert (card.task, card.kind, card.input.region) == ("detection", "object", "whole")
    [red] = tags(card, "red")
    assert (red.name, red.confidence) == ("red", pytest.approx(0.9, abs=1e-5))
    assert red.box == Box(0.0, 0.0, 0.5, 0.5)
    [blue] = tags(card, "blue")
    assert (blue.name, blue.box) == ("blue", Box(0.5, 0.5, 0.5, 0.5))
    assert tags(card, "green") == []


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)])
def test_the_post_processing_op_with_its_outputs_in_any_order(
    order: tuple[int, ...], add: Add
) -> None:
    card = add(tiny_models.listed(order))
    assert isinstance(card.head, ListedHead)
    [green] = tags(card, "green")
    assert (green.name, green.confidence) == ("green", pytest.approx(1.0))
    assert green.box == Box(0.5, 0.0, 0.5, 0.5)


def test_labels_that_begin_with_the_background(tmp_path: Path, add: Add) -> None:
    older = tmp_path / "labelmap.txt"
    older.write_text("???\nred\ngreen\nblue\n")
    card = add(tiny_models.listed(), labels=older)
    assert [tag.name for tag in tags(card, "red")] == ["red"]


def test_a_class_that_no_label_names_is_not_said(tmp_path: Path, add: Add) -> None:
    few = tmp_path / "few.txt"
    few.write_text("red\n???\n")
    card = add(tiny_models.listed(), labels=few)
    assert [tag.name for tag in tags(card, "red")] == ["red"]
    assert tags(card, "green") == tags(card, "blue") == []


def test_metadata_says_it_all(add: Add) -> None:
    model = tiny_models.scores(metadata=tiny_models.metadata(0.0, 255.0, "CC0"))
    card = add(tiny_models.with_files(model, labelmap="red\ngreen\nblue"), Wishes(), None)
    assert (card.labels, card.licence) == (tiny_models.COLOURS, "CC0")
    assert tags(card, "blue")[0].name == "blue"


def test_a_folder_with_a_card_is_copied_as_it_is(tmp_path: Path, add: Add) -> None:
    folder = add(tiny_models.yolo()).folder
    ready = examine(folder, Wishes(name="again"))
    card = install(ready, tmp_path / "models")
    assert card.folder == tmp_path / "models/again"
    for file in folder.iterdir():
        assert (card.folder / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input": {"width": 9}}, r"card\.yaml:8: input\.width is 9, but the model takes 8"),
        ({"output": {"output": 1}}, r"output\.output is 1, but the model has 1 outputs"),
        ({"output": {"layout": "boxes-first"}}, r"output 0 is 1 x 7 x 20 .* not 1 x any x 7"),
    ],
)
def test_a_card_that_does_not_fit_is_named_with_its_line(
    change: dict[str, dict[str, Any]], said: str, add: Add, tmp_path: Path
) -> None:
    folder = add(tiny_models.yolo()).folder
    path = folder / "card.yaml"
    raw = yaml.safe_load(path.read_text())
    for section, values in change.items():
        raw[section].update(values)
    path.write_text("# Written by hand.\n" + yaml.safe_dump(raw, sort_keys=False))
    with pytest.raises(ModelError, match=said) as caught:
        tags(load_card(folder), "red")
    assert f"{path}:" in str(caught.value)
    with pytest.raises(ModelError, match=said) as caught:
        install(examine(folder, Wishes(name="again")), tmp_path / "models")
    assert f"{path}:" in str(caught.value), "the file that the owner can mend"
    assert not (tmp_path / "models/again").exists()


def test_one_folder_at_a_time_and_no_name_twice(add: Add, tmp_path: Path) -> None:
    add(tiny_models.scores())
    with pytest.raises(ModelError, match="is there already: tagd models remove tiny"):
        add(tiny_models.yolo())
    models = tmp_path / "models"
    assert load_card(models / "tiny").head == ScoresHead("softmax")
    remove("tiny", models)
    assert list((models / ".adding").iterdir()) == []
    assert add(tiny_models.yolo()).task == "detection"
    with pytest.raises(ModelError, match="no model called nothing was added"):
        remove("nothing", models)
    with pytest.raises(ModelError, match=r"'\.\./models' is no name for a model"):
        remove("../models", models)
    assert list((models / ".adding").iterdir()) == []
