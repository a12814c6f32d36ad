"""Speed and accuracy of a model: labelled folders, hits, `tagd models bench`, agreement."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.agreement import Agreement, iou
from device import shipped
from device.commands.models_bench import thread_counts
from device.config import Inference
from device.errors import ModelError
from device.inference import measure
from device.inference.card import Card, load_card
from device.inference.engines import Engines
from device.inference.tagger import ModelTagger
from device.types import Box, Tag

SAMPLES = shipped.SAMPLES
COFFEE, TRIPOD = 967, 872  # ImageNet: espresso, tripod


@pytest.fixture
def card() -> Card:
    return load_card(shipped.models_folder() / "scene")


@pytest.fixture
def tagger(card: Card) -> ModelTagger:
    engines = Engines(Inference(threads=1))
    return ModelTagger("scene", card, engines, min_confidence=0.0, max_tags=5)


def listed(folder: Path, rows: str) -> Path:
    """A folder with two samples and this labels.csv."""
    for name in ("coffee.jpg", "camera.jpg"):
        shutil.copy(SAMPLES / name, folder / name)
    (folder / "labels.csv").write_text(rows, encoding="utf-8")
    return folder


def test_labels_by_index_or_name(tmp_path: Path, card: Card) -> None:
    by_index = f"file,wnid,class_index,name\ncoffee.jpg,n1,{COFFEE},x\ncamera.jpg,n2,{TRIPOD},y\n"
    wanted = [("camera.jpg", "tripod"), ("coffee.jpg", "espresso")]
    for rows in (by_index, "file,name\ncoffee.jpg,Espresso\ncamera.jpg,tripod\n"):
        found = measure.labelled(listed(tmp_path, rows), card)
        assert [(one.path.name, one.label) for one in found] == wanted


def test_labels_by_folder(tmp_path: Path, card: Card) -> None:
    for label, name in (("espresso", "coffee.jpg"), ("Tripod", "camera.jpg")):
        (tmp_path / label).mkdir()
        shutil.copy(SAMPLES / name, tmp_path / label / name)
        (tmp_path / label / "notes.txt").write_text("no picture")
    found = measure.labelled(tmp_path, card)
    assert sorted((one.path.name, one.label) for one in found) == [
        ("camera.jpg", "tripod"),
        ("coffee.jpg", "espresso"),
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("file,name\ncoffee.jpg,teapoet\n", r"labels\.csv:2: scene@1 knows no label 'teapoet'"),
        ("file,class_index\ncoffee.jpg,1000\n", r"labels\.csv:2: scene@1 knows no label '1000'"),
        ("name\nespresso\n", r"labels\.csv:2: the column `file` is missing"),
        ("file,name\n", "holds no labelled pictures: add a labels.csv"),
    ],
)
def test_labels_that_are_wrong_are_named(tmp_path: Path, card: Card, rows: str, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        measure.labelled(listed(tmp_path, rows), card)


def test_an_empty_folder(tmp_path: Path, card: Card) -> None:
    with pytest.raises(ModelError, match="holds no labelled pictures"):
        measure.labelled(tmp_path, card)


def test_hits_are_counted(tmp_path: Path, card: Card, tagger: ModelTagger) -> None:
    rows = "file,name\ncoffee.jpg,espresso\ncamera.jpg,cup\nbroken.jpg,cup\nagain.jpg,cup\n"
    folder = listed(tmp_path, rows)
    (folder / "broken.jpg").write_bytes(b"no picture")
    shutil.copy(SAMPLES / "coffee.jpg", folder / "again.jpg")  # a cup, but an espresso first
    found = measure.hits(tagger, measure.labelled(folder, card))
    assert found == measure.Hits(4, 0.25, 0.5)


def test_speed_is_a_time(tagger: ModelTagger) -> None:
    found = measure.speed(tagger, [measure.load(SAMPLES / "coffee.jpg")], rounds=3)
    assert 0.1 < found.median <= found.p95 < 5000


def test_threads_that_are_tried() -> None:
    assert [thread_counts(n) for n in (1, 2, 3, 4, 6)] == [
        [1], [1, 2], [1, 2, 3], [1, 2, 4], [1, 2, 4, 6],
    ]  # fmt: skip


def test_the_command(tmp_path: Path) -> None:
    folder = listed(tmp_path, "file,name\ncoffee.jpg,espresso\ncamera.jpg,tripod\n")
    words = ["models", "bench", "scene", "--folder", str(folder), "--json"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "device", *words],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    first, *others = [json.loads(line) for line in done.stdout.splitlines()]
    assert (first["model"], first["threads"]) == ("scene", 1)
    assert (first["top1"], first["top5"]) == (100.0, 100.0)
    assert 0 < first["ms"] <= first["p95"]
    assert all(one["top1"] is None for one in others), "accuracy does not depend on threads"


def thing(x: float, confidence: float = 0.6, name: str = "Car") -> Tag:
    return Tag(name, confidence, "object", "objects", "objects@1", Box(x, 0.0, 0.5, 0.5))


def test_boxes_overlap() -> None:
    assert iou(Box(0, 0, 1, 1), Box(0, 0, 1, 1)) == 1.0
    assert iou(Box(0, 0, 0.5, 1), Box(0.25, 0, 0.5, 1)) == pytest.approx(1 / 3)
    assert iou(Box(0, 0, 0.2, 0.2), Box(0.5, 0.5, 0.2, 0.2)) == 0.0


def test_agreement_counts_what_is_found_missing_and_extra() -> None:
    sums = Agreement(0.5)
    sums.add([thing(0.0), thing(0.5, name="Dog")], [thing(0.01, 0.48), thing(0.2, name="Dog")])
    assert (sums.wanted, sums.said, sums.found, sums.found_sharp) == (2, 1, 1, 0)
    assert (sums.missing, sums.extra, sums.close) == (1, 1, 0)
    sums.add([thing(0.0, 0.46)], [thing(0.0, 0.5)])
    assert (sums.pictures, sums.extra) == (2, 1), "the reference saw it as well, just below"
