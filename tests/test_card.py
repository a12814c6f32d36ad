"""Cards: the two default models are whole, and a broken folder is refused in one sentence."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from card_rig import edit, small_folder

from device.errors import ModelError
from device.inference import decode
from device.inference.card import Card, ModelFile, load_card
from device.inference.heads import ScoresHead, SsdHead

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
SAMPLES = ROOT / "device" / "samples"

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path)


@pytest.mark.parametrize("name", ["scene", "objects"])
class TestDefaultModels:
    def card(self, name: str) -> Card:
        return load_card(MODELS / name)

    def test_it_is_whole(self, name: str) -> None:
        card = self.card(name)
        assert card.spec == f"{name}@{card.version}"
        assert card.folder == MODELS / name
        assert card.model.read_bytes()[4:8] == b"TFL3"
        assert card.model.stat().st_size < 5_700_000
        assert card.licence == "Apache-2.0"
        assert len(card.origin["sha256"]) == 64

    def test_its_labels_are_distinct(self, name: str) -> None:
        labels = self.card(name).labels
        assert len(set(labels)) == len(labels)
        assert all(label == label.strip() and label for label in labels)

    def test_its_golden_pictures_exist(self, name: str) -> None:
        card = self.card(name)
        assert card.golden
        for golden in card.golden:
            assert (SAMPLES / golden.picture).is_file()
            assert golden.tag in card.labels
            assert 0 < golden.at_least < 1

    def test_quantisation_costs_little(self, name: str) -> None:
        measured = self.card(name).measured
        if name == "scene":
            real, small = measured["float_centre_square"], measured["int8_centre_square"]
            assert real["top1"] - small["top1"] <= 1.0
        else:
            agreement = measured["agreement_with_float"]
            assert agreement["kept"] >= 0.97 * agreement["float_detections"]
            assert agreement["extra"] <= 0.03 * agreement["float_detections"]


def test_the_heads() -> None:
    assert load_card(MODELS / "scene").head == ScoresHead("softmax", temperature=0.8)
    head = load_card(MODELS / "objects").head
    assert isinstance(head, SsdHead)
    assert head.coder == (10.0, 10.0, 5.0, 5.0)
    assert decode.ssd_anchors(head.anchors).shape == (1917, 4)


def test_files_for_other_runtimes(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"onnx of sorts")
    right = {"file": "model.onnx", "sha256": hashlib.sha256(b"onnx of sorts").hexdigest()}
    path = folder / "card.yaml"
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**card, "onnx": right}), encoding="utf-8")
    assert load_card(folder).variants == {
        "onnx": ModelFile(folder / "model.onnx", str(right["sha256"]))
    }
    wrong = edit(folder, lambda card: card.update(edgetpu=right | {"sha256": "0" * 64}))
    assert f"edgetpu.sha256 is {'0' * 64}, but model.onnx has {right['sha256']}" in wrong
    assert "onnx is not a mapping" in edit(folder, lambda card: card.update(onnx=7))


def test_a_small_one_is_right(folder: Path) -> None:
    card = load_card(folder)
    assert card.labels == ("???", "Cat", "Café")
    assert card.model == folder / "model.tflite"


def test_no_card(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no model: there is no card\.yaml"):
        load_card(tmp_path)
    with pytest.raises(ModelError, match="holds no model"):
        load_card(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe\x00", b"a: !!python/object:x.y {}"])
def test_a_card_that_is_not_yaml(folder: Path, content: bytes) -> None:
    (folder / "card.yaml").write_bytes(content)
    with pytest.raises(ModelError, match=r"card\.yaml is not YAML") as caught:
        load_card(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "- scene", "scene"])
def test_a_card_that_is_no_mapping(folder: Path, content: str) -> None:
    (folder / "card.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="the card is not a mapping"):
        load_card(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "model.tflite").unlink()
    with pytest.raises(ModelError, match=r"model\.file is 'model\.tflite', which cannot be read"):
        load_card(folder)


def test_another_file_shows_both_sums(folder: Path) -> None:
    promised = load_card(folder).sha256
    (folder / "model.tflite").write_bytes(b"TFL3 of other")
    found = hashlib.sha256(b"TFL3 of other").hexdigest()
    with pytest.raises(ModelError) as caught:
        load_card(folder)
    assert promised in str(caught.value)
    assert found in str(caught.value)


def test_other_labels_show_both_sums_and_the_count(folder: Path) -> None:
    (folder / "labels.txt").write_bytes(b"\xffCat\n")
    message = edit(folder, dict[str, Any].copy)
    assert "labels.sha256 is " in message
    assert "labels.count is 3, but labels.txt has 1 lines" in message


def test_a_card_names_no_file_outside_of_its_folder(folder: Path) -> None:
    outside = folder.parent / "outside"
    shutil.copy(folder / "model.tflite", outside)
    assert "'../outside'" in edit(folder, lambda card: card["model"].update(file="../outside"))


def test_every_problem_is_named_at_once(folder: Path) -> None:
    def change(card: dict[str, Any]) -> None:
        del card["title"]
        card["version"] = "1"
        card["task"] = "poetry"
        card["model"]["bytes"] = 12
        card["labels"]["count"] = 4
        card["input"].update(width=0, std=True, region="left half")
        card["output"].update(coder=[10, 10, 5], boxes=None, anchors=7)
        card["golden"] = ["chelsea.jpg", {"picture": "a.jpg", "tag": "Cat", "at_least": 30}]

    message = edit(folder, change)
    for problem in (
        "title is missing: it must be text",
        "version is '1': it must be a whole number",
        "task is 'poetry': it must be classification or detection",
        "model.bytes is not the size of model.tflite: 13",
        "labels.count is 4, but labels.txt has 3 lines",
        "input.width is 0: it must be from 1",
        "input.std is True: it must be a number",
        "input.region is 'left half': it must be whole or centre-square",
        "output.coder is [10, 10, 5]: it must be 4 numbers above 0",
        "output.boxes is missing",
        "output.anchors is not a mapping",
        "golden[0] is not a mapping",
        "golden[1].at_least is 30.0: it must be from 0 to 1",
    ):
        assert problem in message


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("maps", [19, -1], r"anchors\.maps is \[19, -1\]: it must be a list of numbers above 0"),
        ("ratios", "1, 2", r"anchors\.ratios is '1, 2': it must be a list"),
        ("first_ratios", [1.0], r"anchors\.first_ratios has 1 values for 3 scales"),
        ("scales", [0.2, float("nan")], r"anchors\.scales is .*: it must be 2 numbers above 0"),
    ],
)
def test_anchors(folder: Path, key: str, value: object, problem: str) -> None:
    message = edit(folder, lambda card: card["output"]["anchors"].update({key: value}))
    assert re.search(problem, message)
