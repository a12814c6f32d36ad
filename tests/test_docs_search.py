"""docs/search.md: every example is understood, every error is told in these words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from makers import tag, tagged

from device.errors import QueryError
from device.search_query import LONGEST, MOST_DEEP, MOST_PARTS, parse
from device.search_query.fields import BY_NAME
from device.store import index, search
from device.store.facets import MOST
from device.store.reader import Reader
from device.store.writer import Store

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "search.md").read_text(encoding="utf-8")


def lines(kind: str) -> list[str]:
    blocks = re.findall(rf"^```{kind}\n(.+?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("query", lines("query"))
def test_examples_find_something_or_nothing(store: Store, reader: Reader, query: str) -> None:
    tags = (tag("car", 0.95), tag("person", 0.9), tag("cup", 0.9), tag("coffee cup", 0.9))
    store.commit([tagged(None, source="gate", tags=tags), tagged(None, "dog"), tagged(None)], {})
    found = len(reader.find(parse(query)))
    assert found < 3
    if query.startswith(("car person", "tags HAS ANY", "(car OR bus)", "NOT (car")):
        assert found


@pytest.mark.parametrize("line", lines("wrong"))
def test_what_is_wrong_is_told_so(line: str) -> None:
    match = re.fullmatch(r"(.+?) +(\d+) +(.+)", line)
    assert match is not None
    with pytest.raises(QueryError) as caught:
        parse(match[1])
    assert caught.value.column == int(match[2])
    assert match[3] in str(caught.value)


def test_every_field_is_told_of_and_no_other() -> None:
    rows = re.findall(r"^\| (`.+?`) \| `[=I]", TEXT, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == set(BY_NAME.values())


def test_numbers_in_the_docs() -> None:
    assert f"{LONGEST} characters, {MOST_PARTS} words and values" in TEXT
    assert f"nested {MOST_DEEP} deep" in TEXT
    assert f"longer than {search._MOST_SECONDS:.0f} s" in TEXT
    assert f"newest {MOST}" in (DOCS / "api.md").read_text(encoding="utf-8")
    store = (DOCS / "store.md").read_text(encoding="utf-8")
    bands = [f"{band / 1000}" for band in index.BANDS]
    assert f"{', '.join(bands[:-1])} and {bands[-1]}" in store
