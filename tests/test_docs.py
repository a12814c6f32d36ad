"""What the docs say is so: commands, options, config keys, sources, links."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner
from pydantic import BaseModel

from device import registry
from device.__main__ import COMMANDS, cli
from device.config import Config
from device.config_file import _model_in, parse_config
from device.web.event_schema import event_schema

ROOT = Path(__file__).parents[1]
COMMAND_DOCS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
CONFIG_DOCS = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


def commands() -> list[tuple[str, click.Command]]:
    """Every command by its full name, groups opened."""
    found = []
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", c) for inner, c in command.commands.items()]
        else:
            found.append((name, command))
    return found


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda v: str(v))
def test_every_command_is_documented_with_its_options(name: str, command: click.Command) -> None:
    section = COMMAND_DOCS.split(f"## tagd {name.split()[0]}\n")[1].split("\n## ")[0]
    assert f"tagd {name}" in section
    for parameter in command.params:
        if isinstance(parameter, click.Option) and "--config" not in parameter.opts:
            assert parameter.opts[0] in section, f"{name}: {parameter.opts[0]} is not documented"
    group = name.split()[0]
    known = {o for n, c in commands() if n.split()[0] == group for p in c.params for o in p.opts}
    for option in set(re.findall(r"--[a-z][a-z0-9-]+", section)) - {"--help"}:
        assert option in known, f"{name}: the docs tell of {option}"


def test_documented_commands_exist() -> None:
    for name in re.findall(r"^## tagd (\w+)$", COMMAND_DOCS, re.MULTILINE):
        assert name in COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_help_works(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Every key that a config can have, spelt as in the docs."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        shape = str(field.annotation)
        if inner is None:
            found.add(prefix + name)
        elif shape.startswith("tuple"):
            found |= keys(inner, f"{prefix}{name}[].")
        elif shape.startswith("dict"):
            found |= keys(inner, f"{prefix}{name}.NAME.")
        else:
            found |= keys(inner, f"{prefix}{name}.")
    return found


def test_every_config_key_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `([^`]+)` \|", CONFIG_DOCS.split("## Sources")[0], re.M))
    assert documented == keys(Config)


def test_every_source_is_documented() -> None:
    documented = set(re.findall(r"^\| `([a-z0-9-]+)://", CONFIG_DOCS, re.MULTILINE))
    assert documented == set(registry.SOURCES) - {"hls"}  # a playlist has no scheme of its own
    assert ".m3u8` |" in CONFIG_DOCS


def test_the_example_config_is_right_and_whole() -> None:
    text = (ROOT / "config/tagd.yaml").read_text(encoding="utf-8")
    parse_config(text, "tagd.yaml")
    bare = re.sub(r"^# ?(?=mqtt:|  \w|json_lines)", "", text, flags=re.MULTILINE)
    whole = parse_config(bare.replace("${MQTT_PASSWORD}", "x"), "tagd.yaml")
    assert whole.mqtt is not None
    assert whole.json_lines is not None
    for section, value in yaml.safe_load(bare).items():
        default = getattr(whole, section)
        if isinstance(default, BaseModel):
            assert set(value) == set(type(default).model_fields), section


def anchors(document: Path) -> set[str]:
    """What a link into it can name, as Markdown viewers make it of the headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_links_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = document.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
            there = document.parent / target if target else document
            assert there.exists(), f"{document.name}: {target}"
            assert not anchor or anchor in anchors(there), f"{document.name}: {target}#{anchor}"


def test_every_document_is_named_in_the_readme() -> None:
    named = set(re.findall(r"\]\(docs/([^)]+\.md)\)", (ROOT / "README.md").read_text("utf-8")))
    assert named == {document.name for document in (ROOT / "docs").glob("*.md")}


def test_every_config_key_has_a_meaning() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| .*?\| (.*) \|$", CONFIG_DOCS, re.MULTILINE)
    assert len(rows) > 70
    assert [key for key, meaning in rows if len(meaning.split()) < 2] == []


def test_the_overview_names_every_kind_of_source() -> None:
    text = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    overview = re.findall(r"`([a-z0-9-]+)://", text.split("\n## ")[0])
    assert set(overview) == set(registry.SOURCES) - {"hls", "fake"}


def test_the_keys_of_the_page_are_those_of_its_help() -> None:
    script = (ROOT / "device/web/static/keys.mjs").read_text(encoding="utf-8")
    told = re.findall(r'^  \["(.+)", "(.+)"\],$', script.split("HELP = [")[1], re.MULTILINE)
    text = (ROOT / "docs/page.md").read_text(encoding="utf-8").split("## Keys")[1]
    rows = re.findall(r"^\| (`.+) \| (.+) \|$", text, re.MULTILINE)
    plain = [(re.sub("[` ]", "", keys), words) for keys, words in rows]
    assert plain == [(re.sub(" ", "", keys), words) for keys, words in told]


def test_the_keys_of_reviewing_are_those_of_its_help() -> None:
    text = (ROOT / "docs/page.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+) \| (.+) \|$", text.split("## Reviewing")[1], re.MULTILINE)
    plain = [(re.sub("[` ]", "", keys), words) for keys, words in rows]
    for name in ("review", "label_grid", "choice"):
        script = (ROOT / f"device/web/static/components/{name}.mjs").read_text(encoding="utf-8")
        block = script.split("HELP = [")[1].split("\n];")[0]
        told = re.findall(r'^  \["(.+)", "(.+)"\],$', block, re.MULTILINE)
        assert told
        assert {(re.sub(" ", "", keys), words) for keys, words in told} <= set(plain), name


def test_every_runtime_dependency_is_explained() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project.split("\ndependencies = [")[1].split("\n]")[0]
    wanted = set(re.findall(r'^ +"([A-Za-z.-]+)', block, re.MULTILINE))
    explained = set(re.findall(r"^\| ([a-z.-]+) \|", _dependencies(), re.MULTILINE)) - {"package"}
    assert explained == wanted


def test_what_only_the_tests_need_is_named() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project.split("\ntest = [")[1].split("\n]")[0]
    told = re.findall(r"[A-Za-z-]+", _dependencies().split("Only for tests:")[1])
    assert set(re.findall(r'^ +"([A-Za-z-]+)', block, re.MULTILINE)) <= set(told)


def test_every_dependency_is_pinned() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pinned = (ROOT / "config/constraints.txt").read_text(encoding="utf-8").lower()
    for name in re.findall(r'^ +"([A-Za-z-]+)[>=<\[;"]', project, re.MULTILINE):
        if name not in ("device", "hatchling"):
            assert f"\n{name.lower()}==" in pinned, f"{name} is not in config/constraints.txt"


def test_the_unit_starts_a_command_that_exists() -> None:
    unit = (ROOT / "device/appliance/units/tagd.service").read_text(encoding="utf-8")
    start = re.search(r"^ExecStart=\S+/tagd (\w+) --config (\S+)$", unit, re.MULTILINE)
    assert start is not None
    assert start[1] in COMMANDS


def test_no_document_names_what_is_not_the_projects_own() -> None:
    for document in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        text = document.read_text(encoding="utf-8")
        assert "/work/" not in text
        assert "/root/" not in text


def _dependencies() -> str:
    return (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")


def test_the_event_schema_is_the_one_of_the_code() -> None:
    """To renew it: python -m device.web.event_schema > docs/event.schema.json"""
    text = (ROOT / "docs/event.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == event_schema()
