"""The compiled SQL finds exactly what the language means: random queries over random pictures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from makers import tagged
from search_reference import Said, Shot, finds

from device import clock
from device.search_query import Query, parse
from device.search_query.tree import And, Has, Node, Not, OfPicture, OfTag, Or, Time, Word
from device.store import index, packed
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Tag

NAMES = ("car", "hot dog", "dog", "coffee cup", "cup", "100%", "a_b")
WORDS = (*NAMES, "coffee", "animal", "kitty", "nothing")
SOURCES = ("gate", "yard", "inbox")
DAY = 86400.0
NOW = 1_800_000_000.0
PICTURES = 60


def pictures(chance: random.Random) -> list[Shot]:
    found = []
    for number in range(1, PICTURES + 1):
        said = []
        for name in chance.sample(NAMES, chance.randint(0, 4)):
            scene = chance.random() < 0.3
            said.append(
                Said(
                    *(name, chance.choice((0, 400, 500, 501, 700, 850, 949, 950, 1000))),
                    *(("scene", "scene") if scene else ("object", "objects")),
                    chance.choice((*("proposed",) * 5, *packed.STATES)),
                )
            )
        if said and chance.random() < 0.5:
            of = said[0]
            said.append(Said("animal", chance.choice((300, 900)), of.kind, of.tagger))
        found.append(
            Shot(
                *(number, tuple(said), chance.choice(SOURCES), f"Cam{number % 7} 100%.jpg"),
                *(chance.choice(("JPEG", "PNG", "RAW")), 100 * (number % 9), 480, 512 * number),
                NOW - chance.choice((0.5, 20, 400, 1200)) * chance.random() * DAY,
                NOW + number,
            )
        )
    return found


def stored(store: Store, shots: list[Shot]) -> None:
    """As they would come, and then reviewed as they say."""
    for shot in shots:
        tags = tuple(
            Tag(one.name, one.confidence / 1000, one.kind, one.tagger, "m@1", None, ("animal",))
            for one in shot.said
            if one.name != "animal"
        )
        implied = tuple((s.name, s.confidence / 1000) for s in shot.said if s.name == "animal")
        item = tagged(None, source=shot.source, name=shot.name, tags=tags)
        origin = replace(item.origin, taken_at=shot.taken_at, size=shot.size)
        item = replace(
            item,
            origin=origin,
            implied=implied,
            tagged_at=shot.updated_at,
            width=shot.width,
            height=shot.height,
            format=shot.format,
        )
        store.commit([replace(item, thumbnail=None)], {})
        text = store.db.execute("SELECT max(id), tags FROM picture").fetchone()[1]
        parts = text.replace(";", ",").split(",")[1:]
        for place, one in enumerate(shot.said):
            number, value = parts[place].split(":")
            raised = int(value) + packed.STEP * packed.STATES.index(one.state)  # type: ignore
            parts[place] = f"{number}:{raised}"
        changed = "".join(f",{part}" for part in parts)
        store.db.execute("UPDATE picture SET tags = ? WHERE id = ?", (changed, shot.number))


@pytest.fixture(scope="module", params=["rows", "index", "half"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reader, list[Shot]]]:
    """A database, and what is in it; all, nothing or half of it folded."""
    folder = tmp_path_factory.mktemp("reference")
    shots = pictures(random.Random(request.param))
    store, reader = Store(folder, "d"), Reader(folder)
    stored(store, shots)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "SLICE", {"rows": 1000, "index": 7, "half": 35}[request.param])
        while store.tend():
            pass
        if request.param == "index":
            patch.setattr(index, "SLICE", 1)
            while store.tend():
                pass
    yield reader, shots
    reader.close()
    store.close()


ALL = OfPicture("source", "=", SOURCES)
words = st.builds(Word, st.sampled_from(WORDS), st.booleans())
levels = st.sampled_from((0.0, 0.4, 0.5, 0.501, 0.7, 0.9, 0.95, 1.0))
signs = st.sampled_from(("<", "<=", ">", ">=", "=", "!="))
equal = st.sampled_from(("=", "!="))
times = st.integers(-1300, 2).map(lambda day: Time(NOW // DAY * DAY + day * DAY, DAY))


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, min_size=1, max_size=3).map(tuple)


leaves = st.one_of(
    st.lists(words, max_size=3).map(lambda found: Has(tuple(found))),
    st.builds(OfTag, st.just("confidence"), signs, levels.map(lambda level: (level,))),
    st.builds(OfTag, st.just("kind"), equal, several(st.sampled_from(("object", "scene")))),
    st.builds(OfTag, st.just("tagger"), equal, several(st.sampled_from(("objects", "none")))),
    st.builds(OfTag, st.just("state"), equal, several(st.sampled_from(packed.STATES))),
    st.builds(OfPicture, st.just("source"), equal, several(st.sampled_from((*SOURCES, "x")))),
    st.builds(
        OfPicture,
        st.sampled_from(("name", "path")),
        st.sampled_from(("=", "!=", ":", "has")),
        several(st.sampled_from(("Cam1 100%.jpg", "cam", "Cam", "gate/", "/gate/Cam3", "%", "_"))),
    ),
    st.builds(OfPicture, st.just("format"), equal, several(st.sampled_from(("JPEG", "PNG")))),
    st.builds(
        OfPicture,
        st.sampled_from(("width", "height", "size")),
        signs,
        st.sampled_from((0.0, 300.0, 480.0, 512.5, 5120.0)).map(lambda size: (size,)),
    ),
    st.builds(
        OfPicture,
        st.sampled_from(("createdAt", "updatedAt")),
        signs,
        times.map(lambda at: (at,)),
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda found: And(tuple(found))),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: Or(tuple(found))),
        inner.map(Not),
    ),
    max_leaves=8,
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(trees)
@example(And((Not(Has((Word("dog", True),))), Has((Word("car", True),)))))
@example(And((ALL, Not(And((OfTag("confidence", ">=", (0.9495,)), Has((Word("dog", False),))))))))
@example(And((ALL, Not(And((OfTag("confidence", ">", (0.95,)), Has((Word("dog", False),))))))))
@example(And((OfTag("confidence", ">=", (0.9,)), Not(Has((Word("dog", False),))))))
@example(And((OfTag("confidence", "<", (0.6,)), Not(Has((Word("dog", False),))))))
@example(Not(And((OfTag("state", "=", ("rejected",)), Has((Word("dog", False),))))))
def test_the_same_pictures(place: tuple[Reader, list[Shot]], node: Node) -> None:
    reader, shots = place
    wanted = [s.number for s in shots if finds(node, _rounded(s), clock.now())]
    found = [round(p.tagged_at - NOW) for p in reader.find(Query(node), 1000)]
    assert found == wanted[::-1]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees, st.integers(1, 7))
def test_pages_come_to_the_same(place: tuple[Reader, list[Shot]], node: Node, limit: int) -> None:
    reader, _ = place
    whole = reader.page(Query(node), limit=1000).pictures
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = reader.page(Query(node), cursor, limit)
        found += page.pictures
        if (cursor := page.cursor) is None:
            break
    assert found == whole


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees)
def test_counts_come_to_the_same(place: tuple[Reader, list[Shot]], node: Node) -> None:
    reader, shots = place
    wanted = [s for s in shots if finds(node, _rounded(s), clock.now())]
    facets = reader.facets(Query(node), 1000)
    assert (facets.counted, facets.complete) == (len(wanted), True)
    assert sum(count for _, count in facets.sources) == len(wanted)
    days = dict(facets.days)
    year, month = clock.month_of(int(NOW // DAY))
    found = dict(reader.days(Query(node), year, month))
    prefix = f"{year}-{month:02}"
    assert found == {day: count for day, count in days.items() if day.startswith(prefix)}


@pytest.mark.parametrize("query", ["", "car", '"dog"', "source:gate", "nothing", "dog", "-car"])
def test_days_that_are_ready(place: tuple[Reader, list[Shot]], query: str) -> None:
    reader, shots = place
    wanted: dict[str, int] = {}
    for shot in shots:
        if finds(parse(query).node, _rounded(shot), NOW):
            day = clock.day_name(int(_rounded(shot).taken_at // DAY))
            wanted[day] = wanted.get(day, 0) + 1
    found: dict[str, int] = {}
    for month in range(2023 * 12, 2027 * 12 + 2):
        found |= dict(reader.days(parse(query), month // 12, month % 12 + 1))
    assert found == wanted


def _rounded(shot: Shot) -> Shot:
    return replace(shot, taken_at=round(shot.taken_at * 1000) / 1000)
