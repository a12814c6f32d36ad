"""What to review next: the order, pages that stay right while others review, and for whom."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import tag, tagged
from people_rig import add, entered, locked
from review_rig import put, reject, review, undo
from web_helpers import problem

from device import hearing, ids
from device.errors import QueryError
from device.hearing import Alternative, Rule
from device.results import Tagged
from device.review import LONGEST, MOST_TAGS
from device.reviewing import Reviewing
from device.search_query import parse
from device.store import queue
from device.store.reader import Reader
from device.store.writer import Store
from device.vocabulary import Vocabulary, Word
from device.web.review_models import MOST_PICTURES
from device.web.services import Services

ORDERS = ("uncertain", "newest", "rare")


def shown(reader: Reader, order: queue.Order, q: str = "", **more: Any) -> list[str]:
    """All of the queue, page by page."""
    found: list[str] = []
    after: str | None = None
    while True:
        texts, after = reader.queue(parse(q), order, after, **{"limit": 3, **more})
        found += [json.loads(text)["id"] for text in texts]
        if after is None:
            return found
        assert texts or order != "newest"


def test_uncertain_first(store: Store, reader: Reader) -> None:
    def floor(name: str, _: str) -> float:
        return {"dog": 0.8}.get(name, 0.5)

    sure = put(store, tags=(tag("cat", 0.95),))
    near = put(store, tags=(tag("cat", 0.95), tag("cup", 0.52)))
    nothing = put(store)
    other = put(store, tags=(tag("dog", 0.81),))
    item = replace(tagged(), alternatives=(Alternative("dog", 0.795, "objects"),))
    store.commit([item], {})
    wanted = [item.frame_id, other, near, sure, nothing]
    assert shown(reader, "uncertain", floor=floor) == wanted
    review(store, near, reject("cup"))
    assert shown(reader, "uncertain", floor=floor) == [*wanted[:2], *wanted[3:]]
    texts, _ = reader.queue(parse(""), "uncertain")
    assert json.loads(texts[-1])["alternatives"] == []


def test_what_is_taken_back_waits_again(store: Store, reader: Reader) -> None:
    one = put(store, tags=(tag("cat", 0.51), tag("dog", 0.9)))
    other = put(store, tags=(tag("cat", 0.6),))
    assert shown(reader, "uncertain") == [one, other]
    done = review(store, one, reject("cat"))
    assert shown(reader, "uncertain") == [other]
    undo(store, done)
    assert shown(reader, "uncertain") == [one, other]


def test_rare_first(store: Store, reader: Reader) -> None:
    cats = [put(store, "cat") for _ in range(4)]
    dogs = [put(store, "cat", "dog") for _ in range(2)]
    cow = put(store, "cow", "cat")
    assert shown(reader, "rare") == [cow, *dogs[::-1], *cats[::-1]]
    assert shown(reader, "rare", "-cow") == [*dogs[::-1], *cats[::-1]]
    assert shown(reader, "newest") == [cow, *dogs[::-1], *cats[::-1]]


def one_thing(name: str, confidence: float) -> Tagged:
    """A picture of one thing, of which no file is kept."""
    return tagged(None, tags=(tag(name, confidence),), thumbnail=None)


@pytest.mark.timeout(300)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.sampled_from(ORDERS),
    window=st.sampled_from((3, 5, 100)),
    taken=st.lists(st.integers(0, 19), max_size=12),
    limit=st.integers(1, 4),
)
def test_nothing_twice_and_nothing_left_out_while_others_review(
    tmp_path_factory: pytest.TempPathFactory,
    order: queue.Order,
    window: int,
    taken: list[int],
    limit: int,
) -> None:
    folder = tmp_path_factory.mktemp("queue")
    store, reader = Store(folder, "d"), Reader(folder)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queue, "WINDOW", window)
            store.db.execute("PRAGMA synchronous = OFF")
            items = [one_thing(f"t{n % 4}", 0.5 + n * 7 % 20 / 50) for n in range(20)]
            store.commit(items, {})
            known = [item.frame_id for item in items]
            found: list[str] = []
            reviewed: set[str] = set()
            after: str | None = None
            while True:
                texts, after = reader.queue(parse(""), order, after, limit)
                page = [json.loads(text)["id"] for text in texts]
                assert not reviewed & set(page)
                found += page
                if after is None:
                    break
                if taken:
                    review(store, uid := known[taken.pop()])
                    reviewed.add(uid)
                store.commit([one_thing("late", 0.5)], {})
            assert len(found) == len(set(found))
            assert set(known) - reviewed <= set(found) <= set(known)
    finally:
        reader.close()
        store.close()


@pytest.mark.parametrize(
    "cursor", ["", "x", "-1", "1-2", "1-2-3-4-5", "9" * 19, "1-1-1-" + "9" * 19]
)
def test_a_cursor_that_is_none(store: Store, reader: Reader, cursor: str) -> None:
    put(store, "cat")
    with pytest.raises(ValueError, match="is no cursor"):
        reader.queue(parse(""), "newest", cursor)


def test_a_cursor_of_another_order_or_of_long_ago(store: Store, reader: Reader) -> None:
    put(store, "cat")
    for order in ORDERS:
        for cursor in ("0", "5", "9" * 18, "9-1-999999999-1", "1-9-0-0", "0-0-0-0"):
            reader.queue(parse(""), order, cursor)
    with pytest.raises(QueryError):
        parse("reviewed>no")


def test_the_floor_is_the_one_that_holds(services: Services) -> None:
    words = Vocabulary([Word("cat", floor=0.7)])
    rules = {"objects": Rule(floor=0.4, by_word={"dog": 0.6})}
    reviewing = Reviewing(services.control._pipeline, lambda: (words, rules))
    floor = reviewing.floor()
    said = [floor(name, tagger) for name, tagger in (("cat", "objects"), ("dog", "objects+scene"))]
    assert [*said, floor("cup", "objects"), floor("cup", "x")] == [0.7, 0.6, 0.4, 0.5]
    assert hearing.floor_of(words, "cat", rules["objects"]) == 0.7


def test_who_may_what(tmp_path: Path) -> None:
    gate, yard = (tagged(None, "cat", source=name) for name in ("gate", "yard"))
    said: dict[str, Any] = {"verdicts": []}
    with locked(tmp_path / "data") as site, ExitStack() as parts:
        site.store.commit([gate, yard], {})
        people = (
            ("Guest", "reviewer", ["yard"]),
            ("Otto", "reviewer", []),
            ("Eve", "viewer", None),
            ("Ann", "reviewer", None),
        )
        for name, role, sources in people:
            add(site, name, role, sources)
        guest, nobody, viewer, ann = (
            parts.enter_context(entered(site, name)) for name, _, _ in people
        )
        for uid in (gate.frame_id, ids.new_id()):
            told = problem(guest.post(f"/api/v1/pictures/{uid}/review", json=said), 404)
            assert told["detail"] == f"there is no picture {uid}"
            problem(guest.get(f"/api/v1/pictures/{uid}/reviews"), 404)
        path = f"/api/v1/pictures/{gate.frame_id}"
        done = ann.post(f"{path}/review", json=said).json()
        hidden = f"/api/v1/reviews/{done['review']['id']}"
        problem(guest.delete(hidden), 404)
        page = guest.get("/api/v1/review/queue").json()
        assert [one["id"] for one in page["pictures"]] == [yard.frame_id]
        both = {"pictures": [gate.frame_id, yard.frame_id], "verdicts": []}
        told = guest.post("/api/v1/reviews", json=both).json()
        assert [one["picture"] for one in told["reviews"]] == [yard.frame_id]
        assert [one["picture"] for one in told["failed"]] == [gate.frame_id]
        mine = [{"name": "Guest", "reviewed": 1, "today": 1}]
        assert guest.get("/api/v1/review/progress").json() == {
            "waiting": 0,
            "reviewed": 1,
            "people": mine,
        }
        assert nobody.get("/api/v1/review/queue").json() == {"pictures": [], "next": None}
        assert nobody.get("/api/v1/review/progress?q=cat").json() == {
            "waiting": 0,
            "reviewed": 0,
            "people": [],
        }
        for where in (f"{path}/review", "/api/v1/reviews"):
            problem(viewer.post(where, json=said), 403)
        problem(viewer.delete(hidden), 403)
        assert viewer.get(f"{path}/reviews").status_code == 200


def test_numbers_in_the_docs() -> None:
    docs = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    assert f"A tag has 1 to {LONGEST} characters" in docs
    assert f"at most {MOST_TAGS} tags" in docs
    assert f"up to {MOST_PICTURES} pictures" in docs
    assert f"the newest {queue.WINDOW} that" in docs
