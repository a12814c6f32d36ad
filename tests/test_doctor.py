"""`tagd doctor` sees what is wrong and says what to do."""

from __future__ import annotations

import json
import shutil
import socket
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device import checks, shipped
from device.__main__ import cli
from device.broker import PrivateBroker, find_mosquitto
from device.config import Config
from device.errors import ConfigError

ALL = """
data_dir: {root}/data
sources: [{{name: inbox, url: "folder://{root}/inbox"}}]
mqtt: {{url: "mqtt://127.0.0.1:{port}"}}
"""


def doctor(root: Path, text: str, *words: str) -> Result:
    path = root / "tagd.yaml"
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(cli, ["doctor", "--config", str(path), *words])


def findings(result: Result) -> dict[str, tuple[str, str]]:
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {line["about"]: (line["state"], line["told"]) for line in lines}


@pytest.mark.broker
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
def test_a_good_day(tmp_path: Path, broker: PrivateBroker) -> None:
    (tmp_path / "inbox").mkdir()
    text = ALL.format(root=tmp_path, port=broker.port)
    result = doctor(tmp_path, text, "--json")
    table = doctor(tmp_path, text)
    assert result.exit_code == table.exit_code == 0, result.output
    found = findings(result)
    for about in ("data folder", "runtimes", "tagger objects", "tagger scene", "source inbox"):
        assert found[about][0] == "ok", about
        assert about in table.stdout
    assert "golden pictures right" in found["tagger scene"][1]
    assert found["broker"][1].endswith("lets us in, MQTT 5.0")
    assert "\x1b" not in table.stdout, "colours are for terminals"
    assert [line for line in table.stdout.splitlines() if line[:1].strip()][-1].endswith(
        ("to look at.", "are well.")
    )
    assert not (tmp_path / "data").exists(), "looking makes nothing"


def test_everything_is_wrong_and_each_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker:
        port = broker.getsockname()[1]
    scrambled = tmp_path / "data/models/scene"
    shutil.copytree(shipped.models_folder() / "scene", scrambled)
    card = scrambled / "card.yaml"
    card.write_text(card.read_text().replace("mean: 127.0", "mean: 255.0"), encoding="utf-8")
    result = doctor(tmp_path, ALL.format(root=tmp_path, port=port), "--json")
    assert result.exit_code == 1
    found = findings(result)
    assert found["tagger objects"][0] == "ok"
    assert found["tagger scene"][0] == "wrong"
    assert "WRONG" in found["tagger scene"][1]
    assert found["source inbox"][0] == "wrong"
    assert "create it" in found["source inbox"][1]
    assert found["broker"][0] == "wrong"
    assert "check mqtt.url" in found["broker"][1]


def test_without_a_model(tmp_path: Path) -> None:
    text = f"data_dir: {tmp_path}/data\ntaggers: {{a: {{model: fake}}}}\n"
    assert doctor(tmp_path, text).exit_code == 0


def test_a_model_that_is_not_there_is_one_finding_of_many(tmp_path: Path) -> None:
    result = doctor(tmp_path, "taggers: {a: {model: nothing}}", "--json")
    assert result.exit_code == 1
    found = findings(result)
    assert found["models"][0] == "wrong"
    assert "no model is called nothing" in found["models"][1]
    assert "board" in found


def test_a_wrong_config_is_told_like_anywhere(tmp_path: Path) -> None:
    result = doctor(tmp_path, "nonsense: 1")
    assert isinstance(result.exception, ConfigError)
    assert result.stdout == ""


def test_it_is_quick_whoever_is_silent(tmp_path: Path) -> None:
    """Brokers and cameras that take a connection and say nothing are asked at once."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        cameras = [{"name": f"c{n}", "url": f"http://127.0.0.1:{port}/{n}.jpg"} for n in range(4)]
        broker = {"url": f"mqtt://127.0.0.1:{port}"}
        config = {"data_dir": str(tmp_path), "sources": cameras, "mqtt": broker}
        started = time.monotonic()
        found = [
            one
            for _, some in checks.sections(Config.model_validate(config), with_models=False)
            for one in some
        ]
        took = time.monotonic() - started
    assert [one.state for one in found if one.about == "broker"] == ["wrong"]
    assert [one.state for one in found if one.about == "source c3"] == ["ok"]
    assert took < 15, "4 s and what a busy machine adds, not 4 s for each"
    assert all(one.told for one in found)
