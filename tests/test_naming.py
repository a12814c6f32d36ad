"""What was stored under an old name is found, counted and completed under the new one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from makers import tagged

from device.naming import Naming
from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store

RENAMED = Naming({"cat": "katze", "kitten": "katze", "coffee cup": "tasse"}, {"hat"})


def found(reader: Reader, query: str) -> int:
    return len(reader.find(parse(query), 100))


@pytest.fixture
def named(store: Store, reader: Reader) -> Reader:
    pictures = [
        tagged(None, "cat"),
        tagged(None, "cat", "dog"),
        tagged(None, "kitten"),
        tagged(None, "katze"),
        tagged(None, "coffee cup", "hat"),
        tagged(None, "tasse"),
        replace(tagged(None, "dog"), implied=(("animal", 0.9),)),
    ]
    store.commit(pictures, {})
    reader.naming = lambda: RENAMED
    return reader


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("katze", 4),
        ("cat", 4),
        ('"kitten"', 4),
        ("katze dog", 1),
        ("-katze", 3),
        ("NOT tags HAS cat", 3),
        ("tags IN [katze, tasse]", 6),
        ("tags = cat", 4),
        ("coffee", 2),
        ("cup", 2),
        ('"cup"', 0),
        ("tasse confidence>=0.95", 0),
        ("katze confidence>=0.8", 4),
        ("hat", 1),
        ("animal", 1),
        ("katz", 0),
        ("", 7),
    ],
)
def test_a_search_finds_a_word_by_all_its_names(
    store: Store, named: Reader, query: str, count: int, *, folded: bool
) -> None:
    if folded:
        index.fold(store.db)
        store.db.commit()
    assert found(named, query) == count


@pytest.mark.parametrize("folded", [False, True])
def test_completion_has_one_row_a_word_and_nothing_dropped(
    store: Store, named: Reader, *, folded: bool
) -> None:
    if folded:
        index.fold(store.db)
        store.db.commit()
    everything = [("katze", 4), ("dog", 2), ("tasse", 2), ("animal", 1)]
    assert named.tags() == everything
    assert named.tags("ka") == [("katze", 4)]
    assert named.tags("kit") == [], "it is called katze now"
    assert named.tags("ha") == []
    assert named.tags(limit=1) == [("katze", 4)]
    facets = named.facets(parse(""))
    assert sorted(facets.tags) == sorted(everything)
    day = facets.days[0][0]
    assert named.days(parse("katze"), int(day[:4]), int(day[5:7])) == [(day, 4)]


def test_what_is_stored_is_told_as_it_is_stored(named: Reader) -> None:
    known = {one.name: one.count for one in named.words.known()}
    assert known == {
        "cat": 2,
        "kitten": 1,
        "katze": 1,
        "coffee cup": 1,
        "hat": 1,
        "tasse": 1,
        "dog": 2,
        "animal": 1,
    }
    [cat] = [one for one in named.words.known() if one.name == "cat"]
    assert (cat.kinds, cat.taggers) == (("object",), ("objects",))
    [picture] = named.find(parse("tasse"), 1)
    assert [tag.name for tag in picture.tags] == ["tasse"]


def test_without_renamings_nothing_is_done() -> None:
    query = parse("cat (dog or -bird)")
    assert Naming().meant(query) is query
    assert Naming().same("cat") == ["cat"]
    assert RENAMED.same("kitten") == ["katze", "cat", "kitten"]
