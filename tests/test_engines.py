"""What the config asks of the runtimes: found, proved, lost, and never replaced in silence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers import frame
from numpy.typing import NDArray

from device import build, images, shipped
from device.app import App
from device.config import Config, Inference
from device.errors import AcceleratorLost, ConfigError, NoAccelerator, NoRuntime
from device.inference.card import Card, ModelFile, load_card
from device.inference.engine import Engine, Settings
from device.inference.engines import Engines
from device.inference.runtime import find_runtime, installed_runtimes
from device.inference.tagger import ModelTagger
from device.inference.tensors import Tensor
from device.mailbox import Closed
from device.types import Tag

SAMPLE = shipped.SAMPLES / "coffee.jpg"


@pytest.fixture
def card() -> Card:
    return load_card(shipped.models_folder() / "scene")


def tags(tagger: ModelTagger) -> list[Tag]:
    return tagger.tag(images.decode(frame(SAMPLE.read_bytes())))


class Lost:
    """An engine on an accelerator that is pulled out at its first picture."""

    backend = "LiteRT on Edge TPU"
    sha256 = "e" * 64
    inputs = (Tensor("picture", (1, 224, 224, 3), "float32", 0.0, 0),)
    outputs = (Tensor("scores", (1, 1000), "float32", 0.0, 0),)
    closed = False

    def run(self, values: NDArray[Any]) -> list[NDArray[np.float32]]:
        assert values.dtype == np.float32
        raise AcceleratorLost("scene@1 failed on LiteRT on Edge TPU: no device")

    def close(self) -> None:
        self.closed = True


class Pluggable:
    """A runtime with an accelerator, as long as `here`."""

    name = "litert"

    def __init__(self, here: bool = True) -> None:
        self.here = here
        self.opened: list[Lost] = []

    def __str__(self) -> str:
        return "LiteRT"

    def require(self, _accelerator: str) -> None:
        if not self.here:
            raise NoAccelerator("no Edge TPU can be used: plug it in")

    def file(self, card: Card, _accelerator: str, /) -> ModelFile:
        return ModelFile(card.model, card.sha256)

    def open(self, _card: Card, settings: Settings) -> Engine:
        assert settings.accelerator == "edgetpu"
        self.opened.append(Lost())
        return self.opened[-1]


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[[Pluggable], Pluggable]:
    """Let every search for an Edge TPU find this runtime; the others are the real ones."""
    from device.inference import engines

    def found(runtime: Pluggable) -> Pluggable:
        def find(name: str = "auto", accelerator: str = "none") -> Any:
            return runtime if accelerator == "edgetpu" else find_runtime(name)

        monkeypatch.setattr(engines, "find_runtime", find)
        return runtime

    return found


Plug = Callable[[Pluggable], Pluggable]


def test_the_best_runtime_that_is_installed_is_taken() -> None:
    names = [runtime.name for runtime in installed_runtimes()]
    assert find_runtime().name == names[0]
    assert names == sorted(names, key=["litert", "tflite-runtime", "tensorflow", "onnx"].index)


def test_a_runtime_that_is_absent_is_named() -> None:
    if "tensorflow" in [runtime.name for runtime in installed_runtimes()]:
        pytest.skip("TensorFlow is installed here")
    with pytest.raises(NoRuntime, match="tensorflow is not installed"):
        find_runtime("tensorflow")


@pytest.mark.parametrize("accelerator", ["edgetpu", "cuda", "tensorrt"])
def test_an_accelerator_that_is_missing_is_an_error_with_what_to_do(accelerator: str) -> None:
    with pytest.raises((NoAccelerator, NoRuntime), match="install"):
        Engines(Inference.model_validate({"accelerator": accelerator}))


@pytest.mark.parametrize("accelerator", ["edgetpu", "cuda"])
def test_with_a_fallback_it_goes_on_and_says_so(accelerator: str, card: Card) -> None:
    engines = Engines(
        Inference.model_validate({"accelerator": accelerator, "fallback": "cpu", "threads": 1})
    )
    assert engines.problem is not None
    assert engines.problem.startswith(f"{accelerator} is not used, the CPU is slower: ")
    tagger = ModelTagger("scene", card, engines, min_confidence=0.3, max_tags=5)
    assert tags(tagger)[0].name == "espresso"
    tagger.close()


def test_runtime_and_accelerator_must_fit() -> None:
    with pytest.raises(ValueError, match="runtime litert cannot use cuda; onnx can"):
        Inference(runtime="litert", accelerator="cuda")


def test_a_lost_accelerator_is_no_fault_of_the_picture(card: Card, plug: Plug) -> None:
    plug(Pluggable())
    engines = Engines(Inference(accelerator="edgetpu"))
    tagger = ModelTagger("scene", card, engines, min_confidence=0.3, max_tags=5)
    assert tagger.info.backend == "LiteRT on Edge TPU"
    for _ in range(2):
        with pytest.raises(AcceleratorLost):
            tags(tagger)


def test_a_lost_accelerator_is_replaced_where_the_config_allows(
    card: Card, plug: Plug, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = plug(Pluggable())
    engines = Engines(Inference(accelerator="edgetpu", fallback="cpu", threads=1))
    assert engines.problem is None
    taggers = [
        ModelTagger(name, card, engines, min_confidence=0.3, max_tags=5) for name in ("a", "b")
    ]
    for tagger in taggers:
        assert tags(tagger)[0].name == "espresso", "the picture in hand is tagged all the same"
        assert tagger.info.backend == str(find_runtime())
        assert tagger.info.sha256 == card.sha256
        tagger.close()
    assert engines.problem is not None
    assert "no device" in engines.problem
    assert all(engine.closed for engine in runtime.opened)
    assert caplog.text.count("edgetpu is not used") == 1


def config(folder: Path, **inference: str) -> Config:
    return Config.model_validate(
        {
            "data_dir": folder,
            "taggers": {"scene": {"model": "scene"}},
            "inference": inference,
            "web": {"enabled": False},
        }
    )


def test_the_config_check_names_it(tmp_path: Path, plug: Plug) -> None:
    plug(Pluggable(here=False))
    with pytest.raises(ConfigError, match=r"^inference: no Edge TPU can be used"):
        build.Models(config(tmp_path, accelerator="edgetpu"))


def test_health_shows_a_lost_accelerator(tmp_path: Path, plug: Plug) -> None:
    plug(Pluggable())
    app = App(config(tmp_path, accelerator="edgetpu", fallback="cpu"))
    app.start()
    assert app.health.look()["status"] == "ok"
    outcome = app.pipeline.upload(frame(SAMPLE.read_bytes())).result(20.0)
    assert outcome.picture is not None
    health = app.health.look()
    assert health["status"] == "degraded"
    assert "edgetpu is not used" in health["problems"][0]
    assert health["taggers"][0]["backend"] == str(find_runtime())
    app.close()


def test_without_a_fallback_the_daemon_ends_and_the_picture_stays_untold(
    tmp_path: Path, plug: Plug, caplog: pytest.LogCaptureFixture
) -> None:
    plug(Pluggable())
    app = App(config(tmp_path, accelerator="edgetpu"))
    app.start()
    waiting = app.pipeline.upload(frame(SAMPLE.read_bytes()))
    assert app.run(threading.Event()) == 1
    assert "the infer thread has ended: AcceleratorLost: scene@1 failed" in caplog.text
    app.close()
    assert isinstance(waiting.exception(1.0), Closed)
    assert app.pipeline.infer.refused["upload"] == 0
