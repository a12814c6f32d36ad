"""The self-test: healthy models pass it on every runtime, scrambled ones do not."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from device import shipped
from device.config import Inference
from device.inference.card import load_card
from device.inference.engines import Engines
from device.inference.golden import Verdict, self_test
from device.inference.runtime import installed_runtimes

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["scene", "objects"])
def test_a_healthy_model_passes_on_every_runtime_here(name: str) -> None:
    card = load_card(shipped.models_folder() / name)
    for runtime in installed_runtimes():
        if runtime.name == "onnx":
            continue  # the default models have no ONNX file in the repository
        engines = Engines(Inference.model_validate({"runtime": runtime.name, "threads": 1}))
        verdicts = self_test(card, engines)
        assert len(verdicts) == len(card.golden) >= 3
        assert all(verdict.right for verdict in verdicts), [str(v) for v in verdicts]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="tflite-runtime has no wheel for it")
def test_a_healthy_model_passes_on_tflite_runtime(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path)], check=True)
    other = str(tmp_path / "bin/python")
    wanted = ("tflite-runtime==2.14.0", "numpy<2", "pillow", "pyyaml", "pydantic", "click")
    install = [
        other,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-input",
        *wanted,
        "tabulate",
        "ruamel.yaml",
        "sqlite-utils",
    ]
    subprocess.run(install, check=True, timeout=240)
    command = [other, "-m", "device", "models", "verify"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ok on tflite-runtime 2.14.0") == 2


def scrambled(name: str, place: Path) -> Path:
    """A copy of a model whose labels moved by one, with a card that promises exactly that."""
    folder = place / name
    shutil.copytree(shipped.models_folder() / name, folder)
    labels = (folder / "labels.txt").read_text(encoding="utf-8").splitlines()
    content = "\n".join([*labels[1:], labels[0]]) + "\n"
    (folder / "labels.txt").write_text(content, encoding="utf-8")
    card = yaml.safe_load((folder / "card.yaml").read_text(encoding="utf-8"))
    card["labels"]["sha256"] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "card.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["scene", "objects"])
def test_moved_labels_fail_though_every_checksum_fits(name: str, tmp_path: Path) -> None:
    card = load_card(scrambled(name, tmp_path))
    verdicts = self_test(card, Engines(Inference(threads=1)))
    assert not any(verdict.right for verdict in verdicts)
    assert all(str(verdict).startswith("WRONG ") for verdict in verdicts)


def test_a_wrong_normalisation_fails(tmp_path: Path) -> None:
    folder = tmp_path / "scene"
    shutil.copytree(shipped.models_folder() / "scene", folder)
    text = (folder / "card.yaml").read_text(encoding="utf-8")
    (folder / "card.yaml").write_text(text.replace("mean: 127.0", "mean: 255.0"), encoding="utf-8")
    verdicts = self_test(load_card(folder), Engines(Inference(threads=1)))
    assert not all(verdict.right for verdict in verdicts)


def test_verify_says_so_and_exits_with_one(tmp_path: Path) -> None:
    scrambled("scene", tmp_path / "data/models")
    config = tmp_path / "tagd.yaml"
    config.write_text(f"data_dir: {tmp_path}/data\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "device", "models", "verify", "--config", config],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "objects: ok on " in done.stdout
    assert "scene: WRONG on " in done.stdout
    assert "WRONG coffee.jpg: espresso 0.00, at least 0.60, but cup 0.9" in done.stdout
    assert done.stderr == ""


def test_another_score_is_forgiven_and_another_label_is_not() -> None:
    golden = load_card(shipped.models_folder() / "scene").golden[0]
    from device.types import Tag

    def verdict(name: str, confidence: float) -> Verdict:
        tag = Tag(name, confidence, "scene", "scene", "scene@1")
        return Verdict(golden, tag, confidence if name == golden.tag else 0.5, 1.0)

    assert verdict(golden.tag, golden.at_least).right
    assert not verdict(golden.tag, golden.at_least - 0.01).right
    assert not verdict("scorpion", 0.9).right
    assert not Verdict(golden, None, 0.0, 1.0).right
