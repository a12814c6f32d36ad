"""Reviews over HTTP: said, sent again, refused, taken back, and by whom."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from web_helpers import EVENTS, PICTURES, Site, problem, running

from device import ids
from device.web.models import EventShape, PictureDetailShape
from device.web.review_models import (
    MOST_PICTURES,
    BulkShape,
    ProgressShape,
    QueueShape,
    ReviewedShape,
    ReviewsShape,
    UndoneShape,
)

REVIEWS = "/api/v1/reviews"
QUEUE = "/api/v1/review/queue"
PROGRESS = "/api/v1/review/progress"
ACCEPT = [{"verdict": "accept"}]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """With a dozen pictures."""
    with running(tmp_path / "data", pictures=12) as opened:
        yield opened


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


@pytest.fixture
def known(client: httpx.Client) -> list[str]:
    """Their ids, the newest first."""
    return [one["id"] for one in client.get(PICTURES).json()["pictures"]]


def post(
    client: httpx.Client, uid: str, verdicts: list[Any], key: str | None = None, **more: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    path = f"{PICTURES}/{uid}/review"
    return client.post(path, json={"verdicts": verdicts, **more}, headers=headers)


def test_a_review_is_answered_when_it_is_durable(
    site: Site, client: httpx.Client, known: list[str]
) -> None:
    box = {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}
    verdicts = [
        {"verdict": "accept", "tag": "odd", "tagger": "fake"},
        {"verdict": "rename", "tag": "number", "to": "digit"},
        {"verdict": "add", "tag": "cup", "box": box},
    ]
    answer = post(client, known[0], verdicts, version=0)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    ReviewedShape.model_validate(told)
    assert told["review"]["by"] == "this machine"
    assert [(t["name"], t["state"], t["box"]) for t in told["picture"]["tags"]] == [
        *(("odd", "accepted", None), ("number", "rejected", box)),
        *(("digit", "manual", box), ("cup", "manual", box)),
    ]
    assert told["picture"] == client.get(f"{PICTURES}/{known[0]}").json()
    assert (told["picture"]["version"], told["picture"]["reviewed_at"]) == (
        1,
        told["review"]["at"],
    )
    history = client.get(f"{PICTURES}/{known[0]}/reviews").json()
    ReviewsShape.model_validate(history)
    assert [one["verdict"] for one in history["reviews"][0]["verdicts"]] == [
        *("accept", "rename", "add")
    ]
    event = client.get(EVENTS, params={"after_seq": 12}).json()["events"][0]
    EventShape.model_validate(event)
    assert (event["type"], event["review"]["id"]) == ("review", told["review"]["id"])
    undone = client.delete(f"{REVIEWS}/{told['review']['id']}")
    assert undone.status_code == 200
    UndoneShape.model_validate(undone.json())
    assert [t["name"] for t in undone.json()["picture"]["tags"]] == ["odd", "number"]
    told = problem(client.delete(f"{REVIEWS}/{told['review']['id']}"), 409)
    PictureDetailShape.model_validate(told["picture"])


def test_two_people_at_once(client: httpx.Client, known: list[str]) -> None:
    assert post(client, known[0], ACCEPT, version=0).status_code == 200
    told = problem(post(client, known[0], [{"verdict": "reject"}], version=0), 409)
    PictureDetailShape.model_validate(told["picture"])
    assert (told["picture"]["version"], told["picture"]["tags"][0]["state"]) == (1, "accepted")


def test_of_many_at_the_same_time_one_wins(
    site: Site, client: httpx.Client, known: list[str]
) -> None:
    answers: list[int] = []

    def one() -> None:
        with site.client() as own:
            answers.append(post(own, known[0], ACCEPT, version=0).status_code)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [200, *[409] * 7]
    assert client.get(f"{PICTURES}/{known[0]}").json()["version"] == 1


def test_the_same_key_is_the_same_review(client: httpx.Client, known: list[str]) -> None:
    first = post(client, known[0], ACCEPT, "k-1", version=0)
    again = post(client, known[0], ACCEPT, "k-1", version=0)
    assert (again.status_code, again.json()) == (200, first.json())
    problem(post(client, known[0], [{"verdict": "reject"}], "k-1", version=0), 422)
    problem(post(client, known[0], ACCEPT, "k" * 65), 422)
    problem(post(client, known[0], ACCEPT, ""), 422)
    assert len(client.get(f"{PICTURES}/{known[0]}/reviews").json()["reviews"]) == 1


def test_many_at_once(client: httpx.Client, known: list[str]) -> None:
    nobody = ids.new_id()
    body = {
        "pictures": [*known, known[0], nobody],
        "verdicts": [{"verdict": "reject", "tag": "odd"}],
    }
    answer = client.post(REVIEWS, json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    BulkShape.model_validate(told)
    assert [one["picture"] for one in told["reviews"]] == known[::2]
    failed = {one["picture"]: one["detail"] for one in told["failed"]}
    assert set(failed) == {*known[1::2], nobody}
    assert "no tag 'odd'" in failed[known[1]]
    assert nobody in failed[nobody]
    assert client.post(REVIEWS, json=body, headers={"Idempotency-Key": "k"}).json() == told
    rejected = client.get(PICTURES, params={"q": "reviewed:yes state=rejected"}).json()["pictures"]
    assert [one["id"] for one in rejected] == known[::2]
    assert all(tag["name"] != "odd" for one in rejected for tag in one["tags"])
    too_many = [ids.new_id() for _ in range(MOST_PICTURES + 1)]
    problem(client.post(REVIEWS, json={"pictures": too_many, "verdicts": []}), 422)
    nothing = client.post(REVIEWS, json={"pictures": [], "verdicts": []})
    assert nothing.json() == {"reviews": [], "failed": []}


def test_the_queue_and_its_progress(client: httpx.Client, known: list[str]) -> None:
    for order in ("uncertain", "newest", "rare"):
        seen: list[str] = []
        after: str | None = None
        while True:
            params = {"order": order, "limit": 5, **({"after": after} if after else {})}
            page = client.get(QUEUE, params=params).json()
            QueueShape.model_validate(page)
            seen += [one["id"] for one in page["pictures"]]
            if (after := page["next"]) is None:
                break
        assert sorted(seen) == sorted(known)
        assert order != "newest" or seen == known
    client.post(REVIEWS, json={"pictures": known[:5], "verdicts": []})
    told = client.get(PROGRESS).json()
    ProgressShape.model_validate(told)
    by = [{"name": "this machine", "reviewed": 5, "today": 5}]
    assert told == {"waiting": 7, "reviewed": 5, "people": by}
    assert client.get(PROGRESS, params={"q": "odd"}).json() == {
        "waiting": 3,
        "reviewed": 3,
        "people": by,
    }
    assert len(client.get(QUEUE, params={"q": "odd"}).json()["pictures"]) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"verdicts": null}',
        b'{"verdicts": [{}]}',
        b'{"verdicts": [{"verdict": "burn"}]}',
        b'{"verdicts": [{"verdict": "accept", "to": "x"}]}',
        b'{"verdicts": [{"verdict": "accept", "tag": 5}]}',
        b'{"verdicts": [{"verdict": "add"}]}',
        b'{"verdicts": [{"verdict": "add", "tag": ""}]}',
        b'{"verdicts": [{"verdict": "add", "tag": "\\ud800"}]}',
        b'{"verdicts": [{"verdict": "add", "tag": "a\\u0000b"}]}',
        b'{"verdicts": [{"verdict": "add", "tag": "' + b"x" * 101 + b'"}]}',
        b'{"verdicts": [{"verdict": "add", "tag": "x", "box": {"x": 0, "y": 0}}]}',
        (
            b'{"verdicts": [{"verdict": "add", "tag": "x", "box":'
            b' {"x": 0.9, "y": 0, "width": 0.5, "height": 0.5}}]}'
        ),
        (
            b'{"verdicts": [{"verdict": "add", "tag": "x", "box":'
            b' {"x": NaN, "y": 0, "width": 0.5, "height": 0.5}}]}'
        ),
        (
            b'{"verdicts": [{"verdict": "add", "tag": "x", "box":'
            b' {"x": 1e999, "y": 0, "width": 0.5, "height": 0.5}}]}'
        ),
        b'{"verdicts": [{"verdict": "rename", "tag": "odd"}]}',
        b'{"verdicts": [], "version": -1}',
        b'{"verdicts": [], "version": 99999999999999999999}',
        b'{"verdicts": [], "version": "0"}',
        b'{"verdicts": [], "version": 0.5}',
        b'{"verdicts": [], "more": 1}',
        b'{"verdicts": [' + b"[" * 5000,
        b"\xff\xfe",
        json.dumps({"verdicts": [{"verdict": "accept"}] * 201}).encode(),
    ],
)
def test_hostile_bodies(client: httpx.Client, known: list[str], body: bytes) -> None:
    for path in (f"{PICTURES}/{known[0]}/review", REVIEWS):
        told = problem(client.post(path, content=body), 422)
        assert len(told["detail"]) < 1000
    assert client.get(f"{PICTURES}/{known[0]}").json()["version"] == 0


def test_what_is_not_there(client: httpx.Client, known: list[str]) -> None:
    for uid in (ids.new_id(), "x", "%00", "' OR 1=1 --", "x" * 500):
        problem(post(client, uid, ACCEPT), 404)
        problem(client.get(f"{PICTURES}/{uid}/reviews"), 404)
        problem(client.delete(f"{REVIEWS}/{uid}"), 404)
    problem(client.post(REVIEWS, content=b" " * 70_000), 413)
    problem(client.get(QUEUE, params={"after": "1-2-3"}), 422)
    problem(client.get(QUEUE, params={"after": "9" * 18 + "-1-1-1", "order": "burn"}), 422)
    problem(client.get(QUEUE, params={"q": "reviewed>yes"}), 400)
    assert client.get(QUEUE, params={"after": "9" * 18}).status_code == 200
    allowed = problem(client.put(f"{REVIEWS}/{ids.new_id()}"), 405)
    assert "DELETE" in allowed["detail"]
