"""docs/commands.md tells of every option of tagd-upgrade and tagd-bundle, and of no other."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.appliance import bundle, upgrade, wheels

DOCS = Path(__file__).parents[1] / "docs"


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Those of all its verbs, too."""
    for action in parser._actions:
        yield from (name for name in action.option_strings if name.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, part in action.choices.items():
                yield name
                yield from options(part)


@pytest.mark.parametrize(("name", "module"), [("tagd-upgrade", upgrade), ("tagd-bundle", bundle)])
def test_options(name: str, module: object) -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    section = text.split(f"## {name}\n")[1].split("\n## ")[0]
    known = set(options(module._parser())) - {"--help"}  # type: ignore[attr-defined]
    assert {one for one in known if one not in section} == set()
    assert set(re.findall(r"--[a-z][a-z-]+", section)) <= known


def test_machines_that_bundles_are_for() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| .* \| ([0-9., ]+) \|$", text, re.MULTILINE))
    assert rows == {name: ", ".join(one.pythons) for name, one in wheels.TARGETS.items()}
