"""Sources that are switched off and on while everything runs: really closed, none left, bounded."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from control_rig import camera, control_of, open_files, saved, states
from folder_rig import MemoryLedger
from makers import spawn, until
from pipeline_rig import Build

from device.config import Config
from device.errors import UnknownSource
from device.health import Health
from device.pipeline import Pipeline
from device.sources.fake import FakeSource
from device.sources.folder import FolderSource
from device.store.writer import Store


@pytest.fixture
def pipeline(build: Build) -> Iterator[Pipeline]:
    made = build()
    yield made
    build.stop(made)


def test_off_is_closed_and_on_is_a_new_one(pipeline: Pipeline) -> None:
    made: list[FakeSource] = []

    def make() -> FakeSource:
        made.append(camera())
        return made[-1]

    control = control_of(pipeline, gate=make)
    pipeline.start()
    gate = pipeline.captures["gate"]
    until(lambda: pipeline.infer.tagged["gate"] and gate.newest)
    assert states(control, pipeline) == {"gate": ("running", None)}
    control.enable("gate", False)
    [first] = made
    assert first._closed.is_set()
    assert not gate.worker.is_alive()
    assert (gate.newest, gate.source, pipeline.mailbox.depth("gate")) == (None, None, 0)
    assert control.enabled() == {"gate": False}
    assert states(control, pipeline) == {"gate": ("disabled", None)}
    handed = first.handed_over
    control.enable("gate", False)  # again does no harm
    control.enable("gate", True)
    until(lambda: gate.newest is not None)
    assert len(made) == 2
    assert first.handed_over == handed
    assert pipeline.check() is None


def test_a_hundred_toggles_leave_no_thread_and_no_file(
    pipeline: Pipeline, ledger: MemoryLedger, tmp_path: Path
) -> None:
    """From four threads at once; what is saved at the end is what holds at the end."""
    control = control_of(
        pipeline, inbox=lambda: FolderSource("inbox", tmp_path, ledger), gate=camera
    )
    pipeline.start()
    until(lambda: pipeline.captures["gate"].newest is not None)
    threads, files = threading.active_count(), open_files()

    def toggle(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            control.enable(chance.choice(["inbox", "gate"]), chance.random() < 0.5)

    people = [spawn(toggle, seed) for seed in range(4)]
    for person in people:
        person.join(50)
        assert not person.is_alive()
    kept = saved(pipeline, {"inbox": True, "gate": True})
    assert control.enabled() == kept
    for name in ("inbox", "gate"):
        control.enable(name, True)
    until(lambda: pipeline.captures["gate"].newest is not None)
    until(lambda: threading.active_count() == threads, 10)
    assert open_files() <= files


def test_a_name_that_is_none(pipeline: Pipeline) -> None:
    control = control_of(pipeline, gate=camera)
    with pytest.raises(UnknownSource, match="no source is called 'gata'; there are gate"):
        control.enable("gata", True)


def test_the_choice_outlives_a_restart_until_the_config_changes(build: Build) -> None:
    pipeline = build()
    control = control_of(pipeline, gate=camera, yard=lambda: camera("yard"))
    pipeline.start()
    control.enable("gate", False)
    build.stop(pipeline)
    assert isinstance(build.store, Store)
    settle = build.store.enabled_sources
    assert settle({"gate": True, "yard": True}) == {"gate": False, "yard": True}
    assert settle({"yard": True}) == {"yard": True}  # taken out for a while
    assert settle({"gate": True}) == {"gate": False}
    assert settle({"gate": False}) == {"gate": False}  # the config now says so itself
    assert settle({"gate": True}) == {"gate": True}  # and is obeyed from then on


def test_a_film_at_its_end_is_watched_no_more(pipeline: Pipeline) -> None:
    """Else it would be told as a camera that fell silent."""

    def film() -> FakeSource:
        return FakeSource("film", count=3, live=True, stream=True)

    control = control_of(pipeline, film=(film, True))
    pipeline.start()
    until(lambda: states(control, pipeline) == {"film": ("ended", None)})
    assert pipeline.captures["film"].gate is None


def test_health_tells_of_each_source(build: Build, pipeline: Pipeline) -> None:
    control = control_of(pipeline, gate=(camera, True), off=lambda: camera("off"))
    pipeline.start()
    control.enable("off", False)
    until(lambda: pipeline.captures["gate"].frames.value > 5)
    config = Config(sources=tuple(control._sources.values()))
    seen = Health(config, pipeline, build.reader).look()
    gate, off, _ = seen["sources"]
    assert (gate["state"], gate["mode"], gate["states"]) == ("running", "visits", ["dark"])
    assert 5 < gate["fps"] < 150
    assert gate["last_frame_age_s"] < 1
    assert (off["state"], off["enabled"], off["alive"]) == ("disabled", False, False)
    assert (seen["status"], seen["problems"]) == ("degraded", ["source gate: dark"])
