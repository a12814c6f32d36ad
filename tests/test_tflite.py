"""TFLite models in an interpreter: what is refused, what comes out."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from device import shipped
from device.config import Inference
from device.errors import ModelError
from device.inference.card import Card, ModelFile, load_card
from device.inference.engine import Settings
from device.inference.engines import Engines
from device.inference.runtime import find_runtime
from device.inference.tagger import ModelTagger
from device.inference.tflite import TfliteRuntime, litert


@pytest.fixture
def card() -> Card:
    return load_card(shipped.models_folder() / "scene")


def test_a_model_that_is_not_compiled_would_run_on_the_cpu_and_is_refused(
    card: Card, tmp_path: Path
) -> None:
    runtime = litert()
    with pytest.raises(ModelError, match="no file for the Edge TPU: compile"):
        runtime.file(card, "edgetpu")
    plain = tmp_path / "model_edgetpu.tflite"
    plain.write_bytes(card.model.read_bytes())
    digest = hashlib.sha256(plain.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match="not compiled for the Edge TPU"):
        runtime.file(replace(card, variants={"edgetpu": ModelFile(plain, digest)}), "edgetpu")
    plain.write_bytes(b"TFL3 edgetpu-custom-op")
    found = ModelFile(plain, digest)
    assert runtime.file(replace(card, variants={"edgetpu": found}), "edgetpu") == found


def test_a_file_that_is_no_model(card: Card, tmp_path: Path) -> None:
    broken = tmp_path / "model.tflite"
    broken.write_bytes(b"no flatbuffer at all")
    with pytest.raises(ModelError, match=f"LiteRT [0-9.]+ cannot load {broken}: "):
        Engines(Inference()).open(replace(card, model=broken))


def test_a_card_with_another_size_is_refused(card: Card) -> None:
    other = replace(card, input=replace(card.input, width=200))
    with pytest.raises(ModelError, match=r"input\.width is 200, but the model takes 224"):
        ModelTagger("scene", other, Engines(Inference()), min_confidence=0.3, max_tags=5)


def test_outputs_are_copies_and_never_views(card: Card) -> None:
    engine = find_runtime().open(card, Settings())
    picture = engine.inputs[0]
    dark = engine.run(np.full(picture.shape, -128, picture.type))[0]
    kept = dark.copy()
    engine.run(np.full(picture.shape, 127, picture.type))
    assert np.array_equal(dark, kept)
    engine.close()
    engine.close()


def test_the_interpreter_keeps_standard_error_clean(
    card: Card, capfd: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(find_runtime(), TfliteRuntime)
    find_runtime().open(card, Settings()).close()
    assert capfd.readouterr().err == ""
