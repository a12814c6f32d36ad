"""From a config to an appliance: what cannot be had is said, what was opened is closed again."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from makers import frame, jpeg, until

from device import build, registry, shipped
from device.app import App
from device.config import Config, Source
from device.errors import ConfigError, StoreBusy, TagdError
from device.store.writer import Store
from device.types import Box, Tag

FAKE = {"taggers": {"colours": {"model": "fake"}}}


def config(folder: Path, **sections: Any) -> Config:
    return Config.model_validate({"data_dir": folder, **FAKE, **sections})


def test_every_model_that_is_missing_is_named() -> None:
    wanted = Config.model_validate(
        {"taggers": {"a": {"model": "nope"}, "b": {"model": "fake"}, "c": {"model": "./gone"}}}
    )
    with pytest.raises(ConfigError) as caught:
        build.Models(wanted)
    first, second = caught.value.problems
    assert first.startswith("taggers.a: no model is called nope; there are ")
    assert second.startswith("taggers.c: ")


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("taggers: {colours: {model: fake}}", 0, "is right"),
        ("taggers: {a: {model: nope}, b: {model: nada}}", 2, "tagd: taggers.b: no model is called"),
        ("devise: {}", 2, "tagd.yaml:1: devise: there is no such key; did you mean `device`?"),
    ],
)
def test_tagd_check(tmp_path: Path, text: str, code: int, told: str) -> None:
    path = tmp_path / "tagd.yaml"
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "device", "check", "--config", str(path)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == code
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_chosen_models_become_taggers_with_their_names(tmp_path: Path) -> None:
    tagging = build.Models(config(tmp_path)).tagging()
    assert [info.name for info in tagging.infos] == ["colours"]
    tagging.close()


def test_the_owners_models_win_over_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "models" / "scene"
    own.mkdir(parents=True)
    (own / "card.yaml").write_text("")
    found = build.model_folders(tmp_path)
    assert found["scene"] == own
    assert found.get("objects") in (None, shipped.models_folder() / "objects")


def test_a_source_of_every_scheme_can_be_imported(tmp_path: Path) -> None:
    for name in registry.names("tagd.sources", registry.SOURCES):
        assert callable(registry.load("tagd.sources", registry.SOURCES, name))
    for table in (registry.TAGGERS, registry.RUNTIMES, registry.SINKS):
        for name in table:
            assert callable(registry.load("tagd.none", table, name))
    with pytest.raises(KeyError):
        registry.load("tagd.sources", registry.SOURCES, "gopher")


def test_what_the_daemon_is_built_of_works_and_is_closed_again(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    app = App(
        config(
            tmp_path / "data",
            sources=[
                Source(name="a", url="fake://?count=3"),
                Source(name="b", url="fake:?count=0"),
            ],
            json_lines={"path": events},
            web={"listen": "127.0.0.1:0"},
        )
    )
    stopping = threading.Event()
    app.start()
    assert app.pipeline.upload(frame(jpeg())).result(10.0).picture is not None
    until(lambda: events.exists() and len(events.read_bytes().splitlines()) == 4)
    stopping.set()
    assert app.run(stopping) == 0
    app.close()
    app.close()
    assert not app.reader._idle
    Store(tmp_path / "data", "d").close()  # the folder is free again


def test_it_ends_with_one_when_something_vital_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(config(tmp_path, web={"enabled": False}))
    app.pipeline.infer._make_tagging = lambda: 1 / 0  # type: ignore[assignment, return-value]
    app.start()
    assert app.run(threading.Event()) == 1
    assert "the infer thread has ended: ZeroDivisionError" in caplog.text
    app.close()


def test_what_cannot_be_built_leaves_nothing_open(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(TagdError, match="another program uses it"):
            App(config(tmp_path, web={"listen": f"127.0.0.1:{port}"}))
    gc.collect()
    App(config(tmp_path, web={"listen": "127.0.0.1:0"})).close()


def test_two_cannot_share_a_folder(tmp_path: Path) -> None:
    app = App(config(tmp_path, web={"enabled": False}))
    with pytest.raises(StoreBusy):
        App(config(tmp_path, web={"enabled": False}))
    app.close()


def test_one_part_that_fails_to_close_does_not_keep_the_others_open(tmp_path: Path) -> None:
    app = App(config(tmp_path, web={"enabled": False}))
    app.start()
    stop = app.pipeline.stop

    def failing() -> None:
        stop()
        raise ZeroDivisionError

    app._parts.callback(failing)
    with pytest.raises(ZeroDivisionError):
        app.close()
    Store(tmp_path, "d").close()


def test_visits_of_a_source_are_those_nearest_to_it() -> None:
    """Its own section replaces the config's; who is not in the config has the config's."""
    polygon = [[0, 0], [1, 0], [1, 1]]
    wanted = Config.model_validate(
        {
            **FAKE,
            "visits": {"tags": ["car"]},
            "sources": [
                {"name": "gate", "url": "fake://", "zones": {"drive": {"polygon": polygon}}},
                {"name": "yard", "url": "fake://", "visits": {"tags": ["dog"]}},
            ],
        }
    )
    make = build.visits(wanted)
    assert list(make("gate").zones) == ["drive"]
    for name, tag_name in (("gate", "car"), ("yard", "dog"), ("upload", "car")):
        one = make(name)
        for moment in (0.0, 0.2):
            box = Box(0.4, 0.4, 0.2, 0.2)
            tags = [Tag(n, 0.9, "object", "o", "m", replace(box, x=x))
                    for n, x in (("car", 0.1), ("dog", 0.6))]  # fmt: skip
            changes = one.see(tags, moment, moment)
        assert [change.visit.tag for change in changes] == [tag_name]
        assert changes[0].visit.source == name
