"""`tagd doctor` sees what is wrong and says what to do."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device import shipped
from device.__main__ import cli

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


def test_a_good_day(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as broker:
        text = ALL.format(root=tmp_path, port=broker.getsockname()[1])
        result = doctor(tmp_path, text, "--json")
        table = doctor(tmp_path, text)
    assert result.exit_code == table.exit_code == 0, result.output
    found = findings(result)
    for about in ("data folder", "runtimes", "tagger objects", "tagger scene", "source inbox"):
        assert found[about][0] == "ok", about
        assert about in table.stdout
    assert "golden pictures right" in found["tagger scene"][1]
    assert found["broker"][1].endswith("answers")
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


@pytest.mark.parametrize("text", ["taggers: {a: {model: nothing}}", "nonsense: 1"])
def test_a_wrong_config_is_told_like_anywhere(tmp_path: Path, text: str) -> None:
    result = doctor(tmp_path, text)
    assert result.exit_code != 0
    assert result.exception is not None
