"""Cards: every problem has its line, and a head must hold together."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from card_rig import edit, small_folder

from device.errors import ModelError
from device.inference.card import load_card

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
SAMPLES = ROOT / "device" / "samples"

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path)


def test_every_problem_has_its_line(folder: Path) -> None:
    path = folder / "card.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = 1 + next(i for i, line in enumerate(lines) if line.startswith("  width:"))
    section = 1 + next(i for i, line in enumerate(lines) if line.startswith("output:"))
    lines[number - 1] = "  width: wide"
    kept = [line for line in lines if not line.startswith("  iou:")]
    path.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_card(folder)
    assert f"card.yaml:{number}: input.width is 'wide'" in str(caught.value)
    assert f"card.yaml:{section}: output.iou is missing" in str(caught.value)


def test_a_card_that_holds_itself(folder: Path) -> None:
    (folder / "card.yaml").write_text("output: &a [*a]\nname: *a\n", encoding="utf-8")
    with pytest.raises(ModelError, match="output is not a mapping"):
        load_card(folder)


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ({"head": "softmax"}, "a model for detection has ssd or ssd-postprocess or yolo"),
        ({"head": "yolo", "boxes": "cm"}, "output.boxes is 'cm': it must be 0..1 or pixels"),
        ({"head": "yolo"}, "output.layout is None: it must be channels-first or boxes-first"),
        ({"head": "ssd-postprocess", "first": 2}, "output.first is 2: it must be from 0 to 1"),
        ({"head": "sigmoids"}, "output.head is 'sigmoids': it must be softmax or logits or"),
    ],
)
def test_heads_that_do_not_hold_together(folder: Path, head: dict[str, Any], problem: str) -> None:
    assert problem in edit(folder, lambda card: card.update(output=head))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0, r"output\.temperature is 0\.0: it must be from 0\.1 to 10"),
        (None, r"output\.temperature is missing: it must be a number"),
        ("warm", r"output\.temperature is 'warm': it must be a number"),
    ],
)
def test_temperature(folder: Path, value: object, problem: str) -> None:
    head = {"head": "softmax", "temperature": value}
    change = {"task": "classification", "output": head}
    assert re.search(problem, edit(folder, lambda card: card.update(change)))
