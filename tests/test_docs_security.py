"""What docs/security.md says is defended has a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    table = TEXT.split("## The threats in one table")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(test_\w+)\.py(?:::(\w+))?`", TEXT)
    assert len(named) > 25
    for file, test in named:
        path = next((ROOT / "tests").rglob(f"{file}.py"), None)
        assert path, f"{file}.py"
        assert not test or f"def {test}(" in path.read_text(encoding="utf-8"), f"{file}::{test}"


def test_what_is_defended_is_shown_and_the_rest_is_not_claimed() -> None:
    for row in rows():
        _, wish, defended, by = row
        assert defended, wish
        if not defended.startswith("no"):
            assert "test_" in by, f"{wish}: which test shows it?"


def test_all_five_are_there() -> None:
    who = " ".join(row[0] for row in rows())
    for one in ("network", "card", "picture", "publisher", "model"):
        assert one in who
