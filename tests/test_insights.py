"""What the pictures and visits add up to, against a plain count of the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from test_store_visits import ended, visit

from device import clock, ids, trend
from device.naming import Naming
from device.results import Origin, Tagged, VisitChange
from device.search_query import parse
from device.store import insights, places
from device.store.reader import Reader
from device.store.writer import Store
from device.trend import Trend
from device.types import Box, Tag, Visit

DAY = 86400.0
TODAY = int(clock.now() // DAY)
SPAN = range(TODAY - 9, TODAY + 1)
ZONE = ZoneInfo("Asia/Kathmandu")  # 5:45 from UTC: quarters of an hour matter


def tag(name: str, box: Box | None = None) -> Tag:
    return Tag(name, 0.8, "object", "objects", "m@1", box)


def picture(source: str, at: float, *tags: Tag) -> Tagged:
    origin = Origin(ids.new_id(), source, at, None, 0, None, None)
    return Tagged(origin, at, 640, 480, "RAW", tags, None, None)


def some(count: int, seed: int = 1) -> list[Tagged]:
    """Pictures of 40 days at three sources with tags of quite different frequency."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        words = {f"word {int(chance.paretovariate(0.8)) % 9}" for _ in range(3)}
        at = (TODAY + 1) * DAY - chance.uniform(0, 40 * DAY)
        found.append(picture(f"camera-{chance.randrange(3)}", at, *map(tag, sorted(words))))
    return sorted(found, key=lambda one: one.origin.taken_at)


@pytest.fixture(params=[300, 2600], ids=["not folded", "folded in part"])
def stored(request: pytest.FixtureRequest, store: Store) -> list[Tagged]:
    """The same answers are due whatever the index knows already."""
    items = some(request.param)
    for first in range(0, len(items), 500):
        store.commit(items[first : first + 500], {})
        store.index.tend()
    return items


def day_of(item: Tagged) -> int:
    return clock.milliseconds(item.origin.taken_at) // clock.DAY_MS


def within(items: Sequence[Tagged], span: range = SPAN) -> list[Tagged]:
    return [one for one in items if day_of(one) in span]


@pytest.mark.parametrize("seen", [None, {"camera-0", "camera-2"}, set()])
def test_days(stored: list[Tagged], reader: Reader, seen: set[str] | None) -> None:
    names = ["word 1", "word 4", "never"]
    found = reader.ask(partial(insights.days, naming=Naming(), span=SPAN, tags=names, seen=seen))
    there = [one for one in within(stored) if seen is None or one.origin.source in seen]
    by_source = Counter((one.origin.source, day_of(one)) for one in there)
    by_tag = Counter((word.name, day_of(one)) for one in there for word in one.tags)
    shown = sorted({f"camera-{n}" for n in range(3)} if seen is None else seen)
    assert found.first == SPAN.start
    assert found.complete
    assert found.sources == {name: [by_source[name, day] for day in SPAN] for name in shown}
    assert found.tags == {name: [by_tag[name, day] for day in SPAN] for name in names}


def test_words(stored: list[Tagged], store: Store, reader: Reader) -> None:
    at = TODAY * DAY + 3600
    store.commit([picture("camera-0", at, tag("a bear"), tag("word 1"))], {})
    found = reader.ask(partial(insights.words, naming=Naming(), span=SPAN, seen=None))
    counts = Counter(word.name for one in within(stored) for word in one.tags)
    counts.update(["a bear", "word 1"])
    assert all(counts[name] == count for name, count in found.top)
    assert [count for _, count in found.top] == sorted(counts.values(), reverse=True)[:12]
    assert found.new == [("a bear", 1)]
    assert ("a bear", 1) in found.rare
    everything = range(TODAY - 60, TODAY + 1)  # nothing is new where there is nothing before
    assert (
        reader.ask(partial(insights.words, naming=Naming(), span=everything, seen=None)).new == []
    )


def test_words_of_some_sources_tell_nothing_of_others(store: Store, reader: Reader) -> None:
    at = TODAY * DAY + 10
    store.commit([picture("hall", at, tag("secret")), picture("garden", at, tag("cat"))], {})
    found = reader.ask(partial(insights.words, naming=Naming(), span=SPAN, seen={"garden"}))
    assert (found.top, found.new, found.rare) == ([("cat", 1)], [], [])


def test_a_word_counts_under_all_its_names(store: Store, reader: Reader) -> None:
    at, box = TODAY * DAY + 10, Box(0, 0, 1, 1)
    items = [picture("hall", at, tag(name, box)) for name in ("cat", "katze", "hat")]
    store.commit([picture("hall", at - 20 * DAY, tag("cat")), *items], {})
    naming = Naming({"cat": "katze"}, {"hat"})
    for seen in (None, {"hall"}):
        found = reader.ask(partial(insights.words, naming=naming, span=SPAN, seen=seen))
        assert (found.top, found.new) == ([("katze", 2)], [])
        days = partial(insights.days, naming=naming, span=SPAN, tags=["katze"], seen=seen)
        assert sum(reader.ask(days).tags["katze"]) == 2
    assert reader.ask(lambda db, _: places.places(db, naming.same("katze"), "hall")).boxes == 2


@pytest.mark.parametrize("query", ["", '"word 1"', "source:camera-1", '"word 2" OR "word 3"'])
def test_hours(stored: list[Tagged], reader: Reader, query: str) -> None:
    found = reader.ask(lambda db, _: insights.hours(db, parse(query), SPAN, ZONE, None))
    wanted = [[0] * 24 for _ in range(7)]
    ids_found = {one.id for one in reader.find(parse(query), 10_000)}
    for one in within(stored):
        if one.origin.frame_id in ids_found:
            ms = clock.milliseconds(one.origin.taken_at)
            local = datetime.fromtimestamp(ms / 1000, timezone.utc) + timedelta(minutes=345)
            wanted[local.weekday()][local.hour] += 1
    assert found.hours == wanted
    assert found.complete
    assert found.counted == sum(map(sum, wanted))


def test_more_than_is_counted(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "MOST", 50)
    store.commit(some(300), {})
    span = range(TODAY - 50, TODAY + 1)
    hours = reader.ask(lambda db, _: insights.hours(db, parse(""), span, ZONE, None))
    assert (hours.counted, hours.complete) == (50, False)
    limited = partial(
        insights.days, naming=Naming(), span=span, tags=["word 1"], seen={"camera-0", "camera-1"}
    )
    assert not reader.ask(limited).complete


def test_stays(store: Store, reader: Reader) -> None:
    began = TODAY * DAY
    lengths = [3, 10, 11, 59, 61, 500, 4000, 90_000]
    for number, length in enumerate(lengths):
        stay = ended(visit(id=ids.new_id(), source="gate" if number % 2 else "hall"))
        stay = replace_times(stay, began + number * 3600, float(length))
        store.commit([VisitChange(stay, "visit_end")], {})
    old = replace_times(ended(visit(id=ids.new_id())), began - 40 * DAY, 5.0)
    store.commit([VisitChange(old, "visit_end")], {})

    utc = timezone.utc
    found = reader.ask(lambda db, _: insights.stays(db, SPAN, utc, None))
    assert found.durations == [2, 2, 1, 1, 0, 2]
    weekday = datetime.fromtimestamp(began, utc).weekday()
    assert found.hours[weekday][: len(lengths)] == [1] * len(lengths)
    assert (found.counted, found.complete) == (len(lengths), True)
    gate = reader.ask(lambda db, _: insights.stays(db, SPAN, utc, {"gate"}))
    assert (gate.counted, gate.durations) == (4, [1, 1, 0, 1, 0, 1])
    assert reader.ask(lambda db, _: insights.stays(db, SPAN, utc, set())).counted == 0


def replace_times(stay: Visit, at: float, length: float) -> Visit:
    return replace(stay, started_at=at, seen_at=at + length, ended_at=at + length, duration=length)


def test_places_count_the_cells_that_boxes_touch(store: Store, reader: Reader) -> None:
    chance = random.Random(3)
    wanted = [[0] * places.COLUMNS for _ in range(places.ROWS)]
    items = []
    for _ in range(60):
        boxes = []
        for _ in range(chance.randrange(3)):
            x, y = round(chance.uniform(0, 0.9), 4), round(chance.uniform(0, 0.9), 4)
            width, height = round(chance.uniform(0, 1 - x), 4), round(chance.uniform(0, 1 - y), 4)
            boxes.append(Box(x, y, width, height))
            for row in range(places.ROWS):
                for column in range(places.COLUMNS):
                    right, bottom = x + width, y + height
                    is_at = column == int(x * places.COLUMNS), row == int(y * places.ROWS)
                    across = x < (column + 1) / places.COLUMNS and column / places.COLUMNS < right
                    down = y < (row + 1) / places.ROWS and row / places.ROWS < bottom
                    wanted[row][column] += (across or is_at[0]) and (down or is_at[1])
        tags = [tag("cat", box) for box in boxes] + [tag("dog", Box(0, 0, 1, 1)), tag("indoor")]
        items.append(picture("gate", TODAY * DAY, *tags))
    items.append(picture("yard", TODAY * DAY, tag("cat", Box(0, 0, 1, 1))))
    store.commit(items, {})
    found = reader.ask(lambda db, _: places.places(db, ["cat"], "gate"))
    assert found.cells.tolist() == wanted
    assert found.boxes == sum(word.name == "cat" for one in items[:-1] for word in one.tags)
    edge = [tag("eel", Box(1.0, 1.0, 0.0, 0.0)), tag("eel", Box(0, 0, 1, 1))]
    store.commit([picture("gate", TODAY * DAY, *edge)], {})
    assert reader.ask(lambda db, _: places.places(db, ["eel"], "gate")).cells.min() == 1
    assert reader.ask(lambda db, _: places.places(db, ["nothing"], "gate")).counted == 0
    assert reader.ask(lambda db, _: places.places(db, ["cat"], "nowhere")).boxes == 0


def test_a_trend_keeps_a_point_a_minute_while_something_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Trend()
    kept.note({"objects": 0.0})
    kept.note({"objects": 12.0})
    kept.note({"objects": 13.0})  # within the same minute
    assert [values for _, values in kept.points()] == [{"objects": 12.0}]
    monkeypatch.setattr(trend, "_EVERY", 0.0)
    kept = Trend()
    for number in range(2000):
        kept.note({"objects": float(number)})
        kept.note({"objects": float(number)})
    assert len(kept.points()) == 1440
    assert kept.points()[-1][1] == {"objects": 1999.0}
