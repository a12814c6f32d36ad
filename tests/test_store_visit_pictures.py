"""The pictures of visits on the disk: shared, found, forgotten."""

from __future__ import annotations

import json

from makers import tag, tagged
from test_store_visits import change, ended, kept, told, visit

from device.search_query import parse
from device.store import index
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Box


def test_a_picture_that_is_gone_leaves_the_visit(store: Store, reader: Reader) -> None:
    picture = tagged(None, "car", source="gate")
    one = visit(best_picture=picture.frame_id)
    lost = visit(best_picture="01K00000000000000000000000")
    store.commit([change(one, picture=picture), change(lost)], {})
    assert [shown["picture"] is None for shown in kept(reader)] == [True, False]
    events = reader.events_after(0, 9)
    gone = store.forget([store.db.execute("SELECT max(id) FROM picture").fetchone()[0]])
    assert [path.stem for path in gone] == [picture.frame_id]
    assert all(shown["picture"] is None for shown in kept(reader))
    assert reader.events_after(0, 9) == events, "told is told"
    store.commit([change(ended(one), "visit_end")], {})
    assert told(reader)[-1]["picture"] is None


def test_whose_picture_is_forgotten_is_found_without_a_search(store: Store) -> None:
    """A forgotten picture's visits: else each of a thousand would read all visits."""
    sql = "EXPLAIN QUERY PLAN UPDATE visit SET best_id = NULL WHERE best_id = ?"
    assert "visit_best" in str(store.db.execute(sql, (1,)).fetchall())


def test_visits_may_share_a_picture_also_an_old_one(store: Store, reader: Reader) -> None:
    """One look may be the best of several, in one commit and after the index has it."""
    picture = tagged(None, "car", source="gate")
    first, second = (visit(best_picture=picture.frame_id) for _ in range(2))
    store.commit([change(first, picture=picture), change(second)], {})
    store.commit([tagged(None, "cat", thumbnail=None) for _ in range(index.SLICE)], {})
    assert index.counter(store.db, index.FOLDED) > 0
    store.commit([change(ended(first), "visit_end"), change(ended(second), "visit_end")], {})
    assert {shown["picture"]["id"] for shown in kept(reader)} == {picture.frame_id}
    [row] = store.db.execute("SELECT count(*) FROM picture WHERE seq IS NULL").fetchall()
    assert row == (1,)


def test_a_picture_of_a_visit_is_found_by_its_words_and_tells_its_zones(
    store: Store, reader: Reader
) -> None:
    said = (tag("car", 0.91, zones=("drive", "street"), box=Box(0.1, 0.2, 0.3, 0.4)),
            tag("car", 0.8), tag("dog", 0.7, zones=("drive",)))  # fmt: skip
    picture = tagged(None, source="gate", tags=said)
    store.commit([change(visit(best_picture=picture.frame_id), picture=picture)], {})
    store.commit([tagged(None, source="gate", tags=said)], {})
    still, of_visit = reader.find(parse("car dog source:gate"))
    assert still.tags == of_visit.tags == said
    zones = [one.get("zones") for one in json.loads(reader.picture(picture.frame_id) or "")["tags"]]
    assert zones == [["drive", "street"], None, ["drive"]]
    event = told(reader)[-1]
    assert event["tags"] == json.loads(reader.picture(still.id) or "")["tags"]
    assert dict(reader.tags()) == {"car": 2, "dog": 2}, "of pictures, not of places"
    assert len(reader.find(parse("car confidence>=0.9"))) == 2
    assert reader.find(parse("-car")) == []


def test_the_newest_kept_picture_of_a_source(store: Store, reader: Reader) -> None:
    picture = tagged(None, "car", source="gate")
    store.commit([change(visit(best_picture=picture.frame_id), picture=picture)], {})
    store.commit([tagged(None, source="gate", thumbnail=None), tagged(None, source="yard")], {})
    newest = reader.newest_image("gate")
    assert newest is not None
    assert newest[0] == newest[1].stem == picture.frame_id
    assert newest[1].is_file()
    assert reader.newest_image("nowhere") is None
