"""ONNX Runtime on the CPU, and the ways to its accelerators as far as they go without one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from device.config import Inference
from device.errors import AcceleratorLost, ModelError, NoAccelerator
from device.inference import onnx as engine
from device.inference.card import Card, ModelFile, load_card
from device.inference.engine import Settings
from device.inference.engines import Engines
from device.inference.tagger import ModelTagger
from device.shipped import models_folder

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: pip install 'tagd[onnx]'")
onnx = pytest.importorskip("onnx", reason="the onnx package makes the models of these tests")

SIDE = 4  # pixels of the tiny models


def model(folder: Path, kind: int = 1, shape: tuple[int, ...] = (1, SIDE, SIDE, 3)) -> ModelFile:
    """Means of the three colours, and twice of that: two outputs whose order matters."""
    helper = onnx.helper
    inputs = [helper.make_tensor_value_info("image", kind, shape)]
    outputs = [helper.make_tensor_value_info(n, 1, (1, 3)) for n in ("means", "twice")]
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=1),
        helper.make_node("ReduceMean", ["real"], ["means"], axes=[1, 2], keepdims=0),
        helper.make_node("Add", ["means", "means"], ["twice"]),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs)
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = folder / "model.onnx"
    path.write_bytes(content.SerializeToString())
    return ModelFile(path, hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """The card of `scene`, over a tiny ONNX model with three labels."""
    scene = load_card(models_folder() / "scene")
    size = replace(scene.input, width=SIDE, height=SIDE, mean=0.0, std=255.0)
    small = replace(scene, input=size, labels=("red", "green", "blue"))
    return replace(small, variants={"onnx": model(tmp_path)})


def test_it_runs_a_model(card: Card) -> None:
    opened = engine.onnxruntime().open(card, Settings(threads=1))
    assert opened.backend.startswith("ONNX Runtime ")
    assert opened.backend.endswith(" on CPU")
    assert opened.sha256 == card.variants["onnx"].sha256
    (image,) = opened.inputs
    assert (image.shape, image.type) == ((1, SIDE, SIDE, 3), "float32")
    assert [(out.name, out.shape) for out in opened.outputs] == [
        ("means", (1, 3)),
        ("twice", (1, 3)),
    ]
    values = np.zeros(image.shape, np.float32)
    values[..., 1] = 0.5
    means, twice = opened.run(values)
    assert means.tolist() == [0.0, 0.5, 0.0]
    assert twice.tolist() == [0.0, 1.0, 0.0]
    opened.close()
    opened.close()


@pytest.mark.parametrize(("kind", "dtype"), [(1, np.float32), (10, np.float16), (2, np.uint8)])
def test_inputs_of_every_known_type(card: Card, tmp_path: Path, kind: int, dtype: Any) -> None:
    other = replace(card, variants={"onnx": model(tmp_path, kind)})
    opened = engine.onnxruntime().open(other, Settings())
    (image,) = opened.inputs
    assert image.type == np.dtype(dtype).name
    means, _ = opened.run(np.ones(image.shape, dtype))
    assert means.tolist() == [1.0, 1.0, 1.0]


def test_a_type_that_no_picture_has(card: Card, tmp_path: Path) -> None:
    other = replace(card, variants={"onnx": model(tmp_path, 7)})
    with pytest.raises(ModelError, match=r"takes tensor\(int64\); tensor\(float\) or "):
        engine.onnxruntime().open(other, Settings())


def test_channels_first_is_refused_by_the_cards_size(card: Card, tmp_path: Path) -> None:
    other = replace(card, variants={"onnx": model(tmp_path, shape=(1, 3, SIDE, SIDE))})
    engines = Engines(Inference(runtime="onnx"))
    with pytest.raises(ModelError, match=r"channels come first \(NCHW\)"):
        ModelTagger("tiny", other, engines, min_confidence=0.3, max_tags=5)


def test_it_is_chosen_by_the_config(card: Card) -> None:
    tagger = ModelTagger(
        "tiny", card, Engines(Inference(runtime="onnx")), min_confidence=0.0, max_tags=5
    )
    assert tagger.info.sha256 == card.variants["onnx"].sha256
    assert tagger.info.backend.startswith("ONNX Runtime")
    tagger.close()


def test_a_model_without_an_onnx_file(card: Card) -> None:
    with pytest.raises(ModelError, match=r"has no ONNX file: make one with models/build/build\.sh"):
        Engines(Inference(runtime="onnx")).check(replace(card, variants={}))


def test_a_file_that_is_no_model(card: Card) -> None:
    card.variants["onnx"].path.write_bytes(b"nothing")
    with pytest.raises(
        ModelError, match=r"ONNX Runtime [0-9.]+ cannot load .*model\.onnx: "
    ) as caught:
        engine.onnxruntime().open(card, Settings())
    assert "\n" not in str(caught.value)


def test_what_a_model_refuses_is_a_sentence(card: Card) -> None:
    opened = engine.onnxruntime().open(card, Settings())
    with pytest.raises(ModelError, match="failed on ONNX Runtime") as caught:
        opened.run(np.zeros((1, SIDE), np.float32))
    assert not isinstance(caught.value, AcceleratorLost)


def test_the_probe_is_what_it_says() -> None:
    helper = onnx.helper
    ends = [helper.make_tensor_value_info(name, 1, [4]) for name in "xy"]
    node = helper.make_node("Relu", ["x"], ["y"])
    graph = helper.make_graph([node], "probe", ends[:1], ends[1:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    assert made.SerializeToString() == engine.PROBE
    session = engine.onnxruntime().session(engine.PROBE, Settings())
    assert session.run(None, {"x": np.array([-1, 0, 1, 2], np.float32)})[0].tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("accelerator", ["cuda", "tensorrt", "edgetpu"])
def test_an_accelerator_that_is_not_built_in(accelerator: Any) -> None:
    runtime = engine.onnxruntime()
    provider = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
    if provider.get(accelerator) in runtime.module.get_available_providers():
        pytest.skip(f"{accelerator} is here")
    with pytest.raises(NoAccelerator, match=f"knows no {accelerator} here: install"):
        runtime.require(accelerator)


class Pretender:
    """onnxruntime with a GPU build on a box whose driver is broken: it goes on with the CPU."""

    __version__ = "0"
    providers = ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider")

    def __init__(self, works: bool) -> None:
        self.works = works
        self.asked: list[tuple[str, dict[str, str]]] = []

    def get_available_providers(self) -> tuple[str, ...]:
        return self.providers

    def SessionOptions(self) -> Any:
        return SimpleNamespace(add_session_config_entry=lambda *_: None)

    def InferenceSession(self, _model: Any, _options: Any, providers: Any) -> Any:
        self.asked = providers
        image = SimpleNamespace(name="image", shape=[1, SIDE, SIDE, 3], type="tensor(float)")

        def broken(*_: Any) -> None:
            raise ValueError("CUDA failure 719: unspecified launch failure")

        return SimpleNamespace(
            get_providers=lambda: self.providers if self.works else self.providers[-1:],
            get_inputs=lambda: [image],
            get_outputs=lambda: [image],
            disable_fallback=lambda: None,
            run=broken,
        )


def test_a_provider_that_does_not_start_is_never_replaced_by_the_cpu() -> None:
    runtime = engine.OnnxRuntime(Pretender(works=False))
    with pytest.raises(NoAccelerator, match=r"cuda did not start .* CPUExecutionProvider: check"):
        runtime.require("cuda")


def test_tensorrt_keeps_what_it_compiled_by_model_and_driver(card: Card, tmp_path: Path) -> None:
    module = Pretender(works=True)
    wanted = Settings(accelerator="tensorrt", cache=tmp_path / "cache")
    opened = engine.OnnxRuntime(module).open(card, wanted)
    folder = tmp_path / "cache/tensorrt" / f"{card.variants['onnx'].sha256}-{engine.driver()}"
    assert folder.is_dir()
    assert [name for name, _ in module.asked] == list(Pretender.providers)
    assert module.asked[0][1] == {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
    }
    assert opened.backend == "ONNX Runtime 0 on TensorRT"
    with pytest.raises(AcceleratorLost, match="CUDA failure 719"):
        opened.run(np.zeros(opened.inputs[0].shape, np.float32))
