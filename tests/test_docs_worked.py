"""What the docs and config/ give to begin with can be used as it stands."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from device.__main__ import cli
from device.config import Config
from device.config_file import parse_config

ROOT = Path(__file__).parents[1]
CONFIG_DOCS = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_configs_to_begin_with_are_right(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each, and each with what it only suggests; and the docs name it."""
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(name, "x")
    done = CliRunner().invoke(cli, ["check", "--config", str(path)])
    assert done.exit_code == 0, done.output
    more = re.sub(r"^# (?=[a-z_]+: [{\[])", "", text, flags=re.MULTILINE)
    parse_config(more, path.name)
    assert f"(../config/{path.name})" in CONFIG_DOCS


def worked_configs() -> list[tuple[str, str]]:
    """Every indented block of the docs that begins with a key of the config."""
    found = []
    for document in sorted((ROOT / "docs").glob("*.md")):
        text = document.read_text(encoding="utf-8")
        for block in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", text, re.MULTILINE):
            first = re.match(r"    (\w+):", block)
            if first is not None and first[1] in Config.model_fields:
                found.append((document.stem, textwrap.dedent(block)))
    return found


@pytest.mark.parametrize(("name", "config"), worked_configs())
def test_the_worked_configs_are_right(
    name: str, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in re.findall(r"\$\{(\w+)\}", config):
        monkeypatch.setenv(variable, "x")
    parse_config(config, name)


def test_each_camera_of_the_docs_has_a_worked_config() -> None:
    names = [name for name, _ in worked_configs()]
    assert names.count("sources") >= 11
    assert names.count("cameras") >= 4
    assert {"configuration", "home-assistant", "mqtt"} <= set(names)


def test_the_flow_for_node_red_can_be_imported() -> None:
    text = (ROOT / "docs/node-red.md").read_text(encoding="utf-8")
    [flow] = re.findall(r"^    (\[\{.+?\}\])$", text, re.MULTILINE | re.DOTALL)
    nodes = {node["id"]: node for node in json.loads(flow)}
    for node in nodes.values():
        assert all(set(wire) <= set(nodes) for wire in node.get("wires", []))
    assert nodes["in"]["topic"] == "tagd/front-gate/events"


def test_the_automation_for_home_assistant_is_yaml() -> None:
    text = (ROOT / "docs/home-assistant.md").read_text(encoding="utf-8")
    lines = text.split("## An automation")[1]
    block = re.findall(r"^    .*$", lines, re.MULTILINE)
    automation = yaml.safe_load("\n".join(line[4:] for line in block))
    assert {"alias", "triggers", "conditions", "actions"} <= set(automation)
