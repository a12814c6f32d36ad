"""Searching a real database: rare and common tags, and pages that stand still."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from makers import tag, tagged

from device.search_query import parse
from device.store import index, search
from device.store.reader import Reader
from device.store.resolve import resolve
from device.store.writer import Store

Find = Callable[[str], list[str]]


@pytest.fixture(params=["rows", "index", "half"])
def find(
    request: pytest.FixtureRequest, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> Find:
    """The names of what a query finds, newest first; by either way of looking, and by both."""
    monkeypatch.setattr(index, "SLICE", {"rows": 1000, "index": 1, "half": 3}[request.param])
    store.commit(
        [
            tagged(None, name="1", tags=(tag("cat", 0.9), tag("dog", 0.4))),
            tagged(None, name="2", tags=(tag("cat", 0.5),), source="gate"),
            tagged(None, name="3", tags=(tag("coffee cup", 0.8), tag("cat", 0.7))),
            tagged(None, name="4", tags=(tag("cup", 0.6), tag("100%", 0.9), tag("axb", 0.9))),
            tagged(None, name="5", tags=(tag("a_b", 0.9), tag("back\\slash", 0.9))),
            tagged(None, name="6", tags=(), source="gate"),
        ],
        {},
    )
    while store.tend():
        pass
    return lambda text: [p.name or "" for p in reader.find(parse(text))]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "654321"),
        ("cat", "321"),
        ("CAT", "321"),
        ("ca", ""),
        ("cat dog", "1"),
        ("cat -dog", "32"),
        ("-cat", "654"),
        ("-cat -cup", "65"),
        ("cup", "43"),
        ("coffee", "3"),
        ('"cup"', "4"),
        ('-"cup"', "65321"),
        ('"coffee cup"', "3"),
        ("unicorn", ""),
        ("-unicorn", "654321"),
        ('"unicorn"', ""),
        ("source:gate", "62"),
        ("source:gate source:inbox", ""),
        ("source:gate OR source:inbox", "654321"),
        ('source IN ["gate", "inbox"]', "654321"),
        ("source NOT IN [gate, nowhere]", "5431"),
        ("-source:gate", "5431"),
        ("cat OR 100%", "4321"),
        ("(cat OR 100%) -dog", "432"),
        ("(cat OR cup) confidence>=0.7", "31"),
        ("cat (source:gate OR dog)", "21"),
        ("NOT (cat OR dog)", "654"),
        ("NOT (cat confidence>=0.7)", "6542"),
        ("NOT confidence>=0.85", "632"),
        ('tags IN ["cat", "cup"]', "4321"),
        ('tags NOT IN ["cat", "cup"]', "65"),
        ("tags HAS cup", "43"),
        ("tags HAS ANY [cup, dog]", "431"),
        ("tags EXISTS", "54321"),
        ("tags NOT EXISTS", "6"),
        ('"tags" IN ["cat"] AND NOT tags HAS "dog"', "32"),
        ("name=2", "2"),
        ("name NOT = 2", "65431"),
        ("name IN [2, 4]", "42"),
        ("path:gate/", "62"),
        ("path=/inbox/4", "4"),
        ("width>=640 height<481 size=1000 format:jpeg", "654321"),
        ("width>640", ""),
        ("size>1kb", ""),
        ('createdAt > "2027-01-15T07:59:55"', "654321"),
        ("createdAt>2027-01-16 OR cup", "43"),
        ("createdAt=2027-01-15 cup", "43"),
        ("createdAt<2027-01-15", ""),
        ("updatedAt>=2027-01-15 -cat", "654"),
        ("state=proposed cat", "321"),
        ("state=rejected", ""),
        ("state NOT = proposed", ""),
        ("kind=object cup", "43"),
        ("kind=scene", ""),
        ("tagger=objects confidence<0.45", "1"),
        ("tagger NOT = objects", ""),
        ("source:nowhere", ""),
        ("cat source:gate", "2"),
        ("cat confidence>=0.7", "31"),
        ("cat confidence>0.7", "1"),
        ("cat confidence<0.7", "2"),
        ("cat confidence=0.7", "3"),
        ("cat confidence>=0.5 confidence<=0.7", "32"),
        ("cat -dog confidence>=0.6", "3"),
        ("cat dog confidence>=0.6", ""),
        ("confidence>=0.85", "541"),
        ("confidence>0.5 confidence<0.65", "4"),
        ("-dog confidence>=0.85", "54"),
        ("%", ""),
        ("100%", "4"),
        ("1%", ""),
        ("_", ""),
        ("a_b", "5"),
        ("axb", "4"),
        ("back\\slash", "5"),
        ("\\", ""),
    ],
)
def test_what_is_found(find: Find, query: str, names: str) -> None:
    assert "".join(find(query)) == names


def test_newest_first_without_sorting(store: Store, reader: Reader) -> None:
    store.commit([tagged(None, "cat")], {})
    part = resolve(store.db, parse("cat -dog").node)
    for expression in (None, "t1"):
        sql, values = search.statement(part, "picture.id", expression, 0.0)
        plan = str(store.db.execute(f"EXPLAIN QUERY PLAN {sql}", [*values, 0, 9, 9]).fetchall())
        assert "TEMP B-TREE" not in plan
        assert ("VIRTUAL TABLE" in plan) == (expression is not None)


def test_pages_stand_still_while_pictures_come(store: Store, reader: Reader) -> None:
    store.commit([tagged(None, "cat", name=f"{n:02}") for n in range(10)], {})
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = reader.page(parse("cat"), cursor, limit=3)
        seen += [json.loads(text)["name"] for text in page.pictures]
        cursor = page.cursor
        store.commit([tagged(None, "cat", name="new"), tagged(None, "dog", name="dog")], {})
    assert seen == [f"{n:02}" for n in range(9, -1, -1)]
    assert cursor is None


def test_the_last_page_knows_that_it_is(store: Store, reader: Reader) -> None:
    store.commit([tagged(None, "cat") for _ in range(4)], {})
    first = reader.page(parse(""), limit=2)
    assert first.cursor is not None
    assert reader.page(parse(""), first.cursor, limit=2).cursor is None
    assert reader.page(parse("unicorn")).pictures == []


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", " 1", "", "9" * 19, "1\n"])
def test_what_is_no_cursor(reader: Reader, cursor: str) -> None:
    with pytest.raises(ValueError, match="is no cursor"):
        reader.page(parse(""), cursor)
