"""ImageKit's `searchQuery` as its documentation spells it: the right files, or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from library_rig import DAY, Row, shelve

from device import clock
from device.errors import QueryError
from device.library import Folder, Listed, Wanted
from device.search_query import FILES, MOST_DEEP, Query, parse
from device.search_query.files import RULES
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Tag
from device.web.compat.imagekit import listing

NOW = clock.now()
ROWS = {
    "a": Row("red.jpg", said=("car",), tags=("Summer Sale",), made_at=NOW - 3600),
    "b": Row(
        *("Big-red_car.png", "/shop/cars", ("car", "person")),
        made_at=NOW - 3 * DAY,
        updated_at=NOW - 1800,
        width=1920,
        height=1080,
        size=3 * 2**20,
        format="PNG",
        private=True,
        metadata={"brand": "Nike", "price": 20, "sale": True, "colours": ["red", "deep blue"]},
    ),
    "c": Row(
        *("dog.webp", "/shop/animals", ("dog",), ("red_wine",)),
        made_at=1_577_880_000,  # 2020-01-01T12:00:00Z
        format="WEBP",
        published=False,
        made_by="bob",
        metadata={"brand": "Nine West", "price": 5.5, "shot": "2024-05-01T10:00:00.000Z"},
    ),
    "d": Row(
        "redish.jpg", "/shop", made_at=NOW - 40 * DAY, size=10 * 1024, metadata={"sale": None}
    ),
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("library")
    store = Store(folder, "test")
    shelve(store, *ROWS.values())
    opened = Reader(folder)
    yield opened
    opened.close()
    store.close()


def letters(reader: Reader, **asked: str) -> str:
    """The files that are found, as the letters of their rows; folders as their paths."""
    wanted = listing.wanted(asked)
    by_name = {row.name: letter for letter, row in ROWS.items()}
    found = reader.library.find(wanted) if wanted else []
    return "".join(x.path if isinstance(x, Folder) else by_name[x.asset.name] for x in found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('tags IN ["car"]', "ba"),
        ('"tags" IN ["car", "dog"]', "cba"),
        ('"tags" NOT IN ["car"]', "cd"),
        ("tags HAS summer", "a"),
        ('tags IN ["red_wine"]', "c"),
        ("tags EXISTS", "cba"),
        ('"tags" NOT EXISTS', "d"),
        ('name = "red.jpg"', "a"),
        ('name = "RED.jpg"', ""),
        ('name : "red"', "da"),
        ('name NOT = "red.jpg"', "cdb"),
        ('name IN ["red.jpg", "dog.webp"]', "ca"),
        ('name NOT IN ["red.jpg", "dog.webp"]', "db"),
        ('name HAS "RED"', "dba"),
        ('name HAS "red car"', "b"),
        ('name HAS "re ca"', ""),
        ('createdAt > "7d"', "ba"),
        ("createdAt < 4w", "cd"),
        ('createdAt >= "2020-01-01" AND createdAt < 2020-01-02', "c"),
        ('createdAt IN ["2020-01-01"]', "c"),
        ('createdAt = "2020-01-01T12:00:00"', "c"),
        ('updatedAt > "1h"', "b"),
        ("width >= 1920 AND height = 1080", "b"),
        ("width NOT = 640", "b"),
        ("size > 1mb", "b"),
        ('size = "10kb" OR size > "2.5MB"', "db"),
        ('format = "jpg"', "da"),
        ('format IN ["png", "webp"]', "cb"),
        ("private = true", "b"),
        ('published = "false"', "c"),
        ("transparency = false", "cdba"),
        ('createdBy = "bob"', "c"),
        ('createdBy NOT IN ["bob"]', "dba"),
        ('path = "/shop/"', "d"),
        ('path : "/shop"', "cdb"),
        ('path : "/sh"', ""),
        ('path NOT IN ["/", "/shop"]', "cb"),
        ('"customMetadata.brand" = "Nike"', "b"),
        ('"customMetadata.brand" : "Ni"', "cb"),
        ('"customMetadata.brand" HAS "west"', "c"),
        ('"customMetadata.brand" NOT = "Nike"', "cda"),
        ('"customMetadata.price" > 5', "cb"),
        ('"customMetadata.price" <= "5.5"', "c"),
        ('"customMetadata.sale" = true', "b"),
        ('"customMetadata.colours" IN ["green", "deep blue"]', "b"),
        ('"customMetadata.shot" >= "2024-05-01" AND "customMetadata.shot" < "2024-06-01"', "c"),
        ('"customMetadata.shot" = "2024-05-01"', "c"),
        ('"customMetadata.sale" EXISTS', "b"),
        ('"embeddedMetadata.Keywords" IN ["sea"]', ""),
        ('"embeddedMetadata.Keywords" NOT EXISTS', "cdba"),
        ('"embeddedMetadata.DateTimeOriginal" > "2020-01-01"', ""),
        ('"embeddedMetadata.LocationTaken" = "40,100 5km"', ""),
        ('type = "file"', "cdba"),
        ('type NOT = "folder" AND tags IN ["dog"]', "c"),
        ("tags IN ['car'] AND name : 'red'", "a"),
        ('tags IN ["car"]"', "ba"),
        ('createdAt > 7d" ', "ba"),
        ('tags IN ["dog"] OR tags IN ["car"] AND private = true', "cb"),
        ('(tags IN ["dog"] OR tags IN ["car"]) AND private = true', "b"),
        ('tags IN ["car"] AND NOT tags HAS "person"', "a"),
        ('((name : "red"))', "da"),
        ("", "cdba"),
    ],
)
def test_finds(reader: Reader, query: str, found: str) -> None:
    assert letters(reader, searchQuery=query) == found


def test_by_id(reader: Reader) -> None:
    one = reader.library.find(Wanted(limit=1))[0]
    assert isinstance(one, Listed)
    assert letters(reader, searchQuery=f'id = "{one.asset.uid}"') == "c"
    assert letters(reader, searchQuery=f'id NOT IN ["{one.asset.uid}"]') == "dba"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("car", "stands alone"),
        ('tags IN ["car"] tags IN ["dog"]', "AND or OR is missing"),
        ('-tags IN ["car"]', "is not understood"),
        ("tags IN", "missing"),
        ('tags IN ["car"', "a closing ] is missing"),
        ('tags > "a"', "says nothing of tags"),
        ('createdAt > "soon"', "createdAt cannot be 'soon'; write a date"),
        ('createdAt = "2026-02-30"', "no such time"),
        ('createdAt = "7d"', "an age is no moment"),
        ('colour = "red"', "there is no field called colour; there are tags, name"),
        ('source = "gate"', "there is no field called source"),
        ("confidence > 0.5", "there is no field called confidence"),
        ('widht = "3"', "did you mean width?"),
        ("width > big", "number of pixels"),
        ('name > "a"', "name is not more or less"),
        ("name EXISTS", "name has no EXISTS"),
        ("private = perhaps", "write one of true, false"),
        ("type = film", "write one of file, file-version, folder"),
        ('name NOT : "a"', "NOT is understood before = and IN"),
        ('name = "red', 'a closing " is missing'),
        ('name = "a" AND', "something is missing beside AND"),
        ("(name = a", "a closing ) is missing"),
        ("name = a)", "has no opening counterpart"),
        ("(" * (MOST_DEEP + 1) + "name = a", f"nested {MOST_DEEP} deep"),
        ('name = "' + "a" * 4000 + '"', "4000 characters"),
        ("tags IN [" + ",".join("a" * 201) + "]", "200 parts"),
        ('"customMetadata." = 1', "there is no field called customMetadata."),
        ('"customMetadata.a\\"b" = 1', "there is no field called"),
        ('"customMetadata.a\x00b" = 1', "there is no field called"),
    ],
)
def test_what_is_wrong_is_told(query: str, told: str) -> None:
    with pytest.raises(QueryError, match=r"\(column \d+\)") as caught:
        parse(query, FILES)
    assert told in str(caught.value)


def test_a_stray_mark_stays_wrong_in_our_own_language() -> None:
    with pytest.raises(QueryError):
        parse('tags IN ["car"]"')
    assert parse("", FILES) == Query()


def test_every_field_answers_every_operator_it_knows(reader: Reader) -> None:
    """No condition that the parser lets through is too much for the database."""
    values = {"width": "5", "height": "5", "size": "5kb", "private": "true", "published": "true"}
    values |= {"createdAt": "2020-01-01", "updatedAt": "2020-01-01", "transparency": "true"}
    values |= {"type": "file", "embeddedMetadata.DateTimeOriginal": "2020-01-01"}
    asked = 0
    for field in RULES:
        name = f"{field}x" if field.endswith(".") else field
        value = values.get(field, "x")
        for operator in ("=", ":", "<", "<=", ">", ">=", "NOT =", "HAS", "IN", "NOT IN"):
            try:
                query = parse(f'"{name}" {operator} "{value}"', FILES)
            except QueryError:
                continue
            reader.library.find(Wanted(query, folders=True))
            asked += 1
    assert asked > 90


def test_words_are_found_by_what_is_above_them_and_after_more_were_said(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Parents find children, as everywhere; pictures that are not in the index yet as well."""
    folder = tmp_path_factory.mktemp("fresh")
    store = Store(folder, "test")
    car = Tag("car", 0.9, "object", "objects", "m@1", None, ("vehicle",))
    shelve(store, Row("a.jpg", said=("dog",)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "tend", lambda: False)
        shelve(store, Row("b.jpg", words=(car,), implied=(("vehicle", 0.9),)))
    with_reader = Reader(folder)
    wanted = listing.wanted({"searchQuery": 'tags IN ["vehicle"]'})
    assert wanted is not None
    [found] = with_reader.library.find(wanted)
    assert isinstance(found, Listed)
    assert found.asset.name == "b.jpg"
    with_reader.close()
    store.close()


def test_the_docs_have_every_field_and_examples_that_work(reader: Reader) -> None:
    text = (Path(__file__).parents[2] / "docs/imagekit-search.md").read_text(encoding="utf-8")
    [examples] = re.findall(r"^```searchquery\n(.+?)^```", text, re.MULTILINE | re.DOTALL)
    for query in examples.splitlines():
        reader.library.find(Wanted(parse(query, FILES), folders=True))
    rows = re.findall(r"^\| (`.+?`) \| (?:`[=I]|all of)", text, re.MULTILINE)
    named = {name.removesuffix("NAME") for row in rows for name in re.findall(r"[\w.]+", row)}
    assert named == {name for name in FILES.names.values() if "DateTime" not in name}
    assert f"1 to {listing.MOST}" in text
