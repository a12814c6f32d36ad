"""The SQL finds exactly the files that are meant: random queries over random libraries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_reference import finds
from library_rig import DAY, Row, shelve

from device import clock
from device.library import Folder, Listed, Order, Wanted
from device.search_query import Query
from device.search_query.tree import And, Has, Node, Not, OfFile, Or, Time, Word
from device.store.reader import Reader
from device.store.writer import Store
from device.vocabulary import plain

TODAY = clock.now() // DAY * DAY
NAMES = ("car", "dog", "red wine", "cat")
FOLDERS = ("/", "/a", "/a/b", "/ab", "/a b/c", "/100%")
KEPT = (
    *(True, False, None, 5, 5.0, 5.5, "5", "Nike", "nike shoe", "true", "%_", []),
    *(["red", "blue"], [1, "5", None], "2024-05-01", "2024-05-01T10:00:00+00:00"),
)


def rows(chance: random.Random, count: int) -> list[Row]:
    return [
        Row(
            f"{chance.choice(('Red', 'red_car', 'dog-2', '100%', 'ünder'))}.{number}.jpg",
            folder=chance.choice(FOLDERS),
            said=tuple(chance.sample(NAMES, chance.randint(0, 3))),
            tags=tuple(chance.sample(("Sale", "red_wine"), chance.randint(0, 2))),
            made_at=TODAY - chance.choice((0.5, 30, 400)) * chance.random() * DAY,
            updated_at=chance.choice((None, TODAY)),
            width=100 * chance.randint(1, 9),
            size=512 * chance.randint(1, 5),
            format=chance.choice(("JPEG", "PNG")),
            private=chance.random() < 0.5,
            published=chance.random() < 0.5,
            made_by=chance.choice(("shop", "bob")),
            metadata={"x": chance.choice(KEPT)} if chance.random() < 0.8 else {},
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, dict[str, Row]]]:
    """A library, and its files by their id."""
    folder = tmp_path_factory.mktemp("reference")
    store = Store(folder, "test")
    made = rows(random.Random(8), 60)
    assets = shelve(store, *made)
    reader = Reader(folder)
    yield reader, {asset.uid: row for asset, row in zip(assets, made, strict=True)}
    reader.close()
    store.close()


def of(
    fields: tuple[str, ...], signs: tuple[str, ...], *values: object
) -> st.SearchStrategy[OfFile]:
    few = st.lists(st.sampled_from(values), min_size=1, max_size=2).map(tuple)
    return st.builds(OfFile, st.sampled_from(fields), st.sampled_from(signs), few)


SIGNS = ("<", "<=", ">", ">=", "=", "!=")
words = st.builds(Word, st.sampled_from((*map(plain, NAMES), "sale", "red", "none")), st.booleans())
times = st.integers(-40, 1).map(lambda day: (Time(TODAY + day * DAY, DAY),))
leaves = st.one_of(
    st.lists(words, max_size=2).map(lambda found: Has(tuple(found))),
    of(("name",), ("=", "!=", ":", "has"), "Red.0.jpg", "red", "Re", "RED CAR", "100%", "_", "ü."),
    of(("path",), ("=", "!=", ":"), *FOLDERS, "/none"),
    of(("width", "size"), SIGNS, 0.0, 512.0, 600.0, 1024.5),
    of(("format",), ("=", "!="), "JPEG", "PNG", "GIF"),
    of(("private", "published", "transparency"), ("=", "!="), "true", "false"),
    of(("createdBy", "type"), ("=", "!="), "bob", "file", "folder"),
    st.builds(OfFile, st.sampled_from(("createdAt", "updatedAt")), st.sampled_from(SIGNS), times),
    of(("customMetadata.x",), (*SIGNS, ":", "has"), "5", "5.5", "true", "Nike", "nike", "red", "%"),
    of(("customMetadata.x",), SIGNS, "2024-05-01", "2024-05-02", "5.0", "zz"),
    st.sampled_from(("customMetadata.x", "customMetadata.y", "embeddedMetadata.Keywords")).map(
        lambda name: OfFile(name, "exists")
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(lambda found: And(tuple(found))),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: Or(tuple(found))),
    ),
    max_leaves=6,
)
orders = st.sampled_from(("made", "updated", "name", "width", "height", "size"))


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(node=trees, order=orders, descending=st.booleans())
def test_finds_what_is_meant_in_order_and_page_by_page(
    place: tuple[Reader, dict[str, Row]], node: Node, order: Order, descending: bool
) -> None:
    reader, made = place
    asked: dict[str, Any] = {"query": Query(node), "order": order, "descending": descending}
    whole = [one for one in reader.library.find(Wanted(**asked)) if isinstance(one, Listed)]
    found = [one.asset.uid for one in whole]
    assert set(found) == {uid for uid, row in made.items() if finds(node, row, uid)}
    keys = [(key(one, order), one.asset.uid) for one in whole]
    assert keys == sorted(keys, reverse=descending)
    pages = [
        one.asset.uid
        for skip in range(0, len(found) + 7, 7)
        for one in reader.library.find(Wanted(**asked, skip=skip, limit=7))
        if isinstance(one, Listed)
    ]
    assert pages == found


def key(one: Listed, order: str) -> object:
    of_asset = {
        "made": one.asset.made_at,
        "updated": one.asset.updated_at,
        "name": one.asset.name.encode(),
    }
    return of_asset[order] if order in of_asset else getattr(one, order)


def test_folders_are_where_files_are(place: tuple[Reader, dict[str, Row]]) -> None:
    reader, made = place
    found = reader.library.find(Wanted(files=False, folders=True, order="name"))
    folders = {one.path: one for one in found if isinstance(one, Folder)}
    assert sorted(folders) == sorted({"/a", "/a/b", "/ab", "/a b", "/a b/c", "/100%"})
    for path, one in folders.items():
        inside = [x.made_at for x in made.values() if f"{x.folder}/".startswith(f"{path}/")]
        assert one.made_at == pytest.approx(min(inside), abs=0.001)
        assert one.updated_at == pytest.approx(max(max(inside), TODAY), abs=DAY)
