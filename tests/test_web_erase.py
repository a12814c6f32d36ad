"""Erasing over the API: who may, what it says, what goes on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from makers import tag
from people_rig import as_program
from test_store_visits import ended, visit
from web_helpers import PICTURES, Site, problem, until
from web_helpers import stored as made

from device import wire
from device.results import VisitChange
from device.web import erase
from device.web.models import EventShape

ERASE = "/api/v1/erase"


@pytest.fixture
def client(site: Site) -> Any:
    with site.client() as opened:
        yield opened


def test_a_picture_is_gone_when_the_answer_comes(site: Site, client: httpx.Client) -> None:
    picture = site.upload(1)
    site.upload(2)
    answer = client.delete(f"{PICTURES}/{picture['id']}")
    assert answer.status_code == 200, answer.text
    told = erase.ErasedShape.model_validate(answer.json())
    assert (told.pictures, told.visits, told.erased) == (1, 0, True)
    assert told.bytes > 100
    for address in (f"{PICTURES}/{picture['id']}", picture["url"], picture["thumbnail_url"]):
        problem(client.get(address), 404)
    problem(client.delete(f"{PICTURES}/{picture['id']}"), 404)
    events = client.get("/api/v1/events").json()["events"]
    assert [event["type"] for event in events] == ["erased", "picture", "erased"]
    for event in events:
        EventShape.model_validate(event)
    # What a person uploads again is wanted.
    assert site.upload(1)["id"] != picture["id"]


def test_a_visit(site: Site, client: httpx.Client) -> None:
    one = ended(visit())
    site.pipeline.write.put(VisitChange(one, "visit_end", tags=(tag("car"),)))
    until(lambda: client.get(f"/api/v1/visits/{one.id}").status_code == 200)
    assert client.delete(f"/api/v1/visits/{one.id}").json()["visits"] == 1
    problem(client.delete(f"/api/v1/visits/{one.id}"), 404)


def test_a_dry_run_says_what_the_act_does(site: Site, client: httpx.Client) -> None:
    for number in range(4):
        site.upload(number)
    site.store.commit([made(n) for n in range(10)], {})
    order = {"q": "odd OR source:upload", "dry_run": True}
    size = client.post(ERASE, json=order).json()
    assert (size["pictures"], size["erased"], size["id"]) == (9, False, None)
    assert len(client.get(PICTURES, params={"limit": 100}).json()["pictures"]) == 14
    done = client.post(ERASE, json={**order, "dry_run": False}).json()
    assert (done["pictures"], done["bytes"]) == (size["pictures"], size["bytes"])
    assert len(client.get(PICTURES, params={"limit": 100}).json()["pictures"]) == 5
    state = erase.ErasingShape.model_validate(client.get(ERASE).json())
    assert [act.id for act in state.acts] == [done["id"]]
    until(lambda: client.get(ERASE).json()["acts"][0]["step"] == "done")
    assert "odd" not in client.get(ERASE).text


def test_a_large_act_goes_on(
    site: Site, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.upload(1)
    monkeypatch.setattr(erase, "_PATIENCE", 0.0)
    held = site.store.eraser.step
    site.store.eraser.step = lambda: False  # type: ignore[method-assign]
    answer = client.post(ERASE, json={"q": "source:upload"})
    assert answer.status_code == 202
    assert answer.json()["erased"] is False
    site.store.eraser.step = held  # type: ignore[method-assign]
    until(lambda: client.get(ERASE).json()["acts"][0]["done_at"] is not None)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 422, "dry_run"),
        (b'{"q": ""}', 422, "to erase everything"),
        (b'{"q": "  "}', 422, "to erase everything"),
        (b'{"q": 1}', 422, "dry_run"),
        (b'{"q": "cat", "dry-run": true}', 422, "dry_run"),
        (b'{"q": "cat", "dry_run": "yes"}', 422, "dry_run"),
        (b'{"q": "sorce:gate"}', 400, "source"),
        (b'{"q": "' + b"x" * 5000 + b'"}', 413, "bytes"),
    ],
)
def test_what_is_not_clear_erases_nothing(
    site: Site, client: httpx.Client, body: bytes, status: int, told: str
) -> None:
    site.upload(1)
    assert told in problem(client.post(ERASE, content=body), status)["detail"]
    assert client.get(ERASE).json() == {"acts": [], "copies": []}


@pytest.mark.parametrize("path", ["pictures/../../x", "pictures/' OR 1=1 --", "visits/%00"])
def test_ids_that_are_none(client: httpx.Client, path: str) -> None:
    assert client.delete(f"/api/v1/{path}").status_code in (404, 405)


def test_only_for_administrators_and_their_sources(site: Site, client: httpx.Client) -> None:
    picture = site.upload(1)
    site.store.commit([made(n) for n in range(4)], {})
    with as_program(site, "rev", "reviewer") as reviewer:
        for method, path, more in (
            ("DELETE", f"{PICTURES}/{picture['id']}", {}),
            ("POST", ERASE, {"json": {"q": "odd"}}),
            ("GET", ERASE, {}),
            ("DELETE", f"{ERASE}/copies", {}),
            ("GET", "/api/v1/export", {}),
            ("POST", "/api/v1/import", {"json": {"pictures": []}}),
        ):
            problem(reviewer.request(method, path, **more), 403)
    with as_program(site, "half", "administrator", ["gate"]) as guest:
        problem(guest.delete(f"{PICTURES}/{picture['id']}"), 404)
        done = guest.post(ERASE, json={"q": 'createdAt>="1970-01-01"'}).json()
    assert done["pictures"] == 4, "those of the gate"
    assert client.get(f"{PICTURES}/{picture['id']}").status_code == 200
    assert client.get(ERASE).json()["acts"][0]["by"] == "half"


def test_two_at_once(site: Site, client: httpx.Client) -> None:
    site.store.commit([made(n) for n in range(40)], {})
    answers: list[dict[str, Any]] = []
    from makers import spawn

    def order(q: str) -> None:
        with site.client() as mine:
            answers.append(mine.post(ERASE, json={"q": q}).json())

    threads = [spawn(order, q) for q in ("odd", "number", "even")]
    for thread in threads:
        thread.join(20)
    assert sum(one["pictures"] for one in answers) == 40
    assert all(one["erased"] for one in answers)
    assert client.get(PICTURES).json()["pictures"] == []


def test_the_order_is_durable_before_anything_goes(site: Site, client: httpx.Client) -> None:
    site.store.full = True
    try:
        answer = client.post(ERASE, json={"q": "odd"})
    finally:
        site.store.full = False
    assert answer.status_code == 503
    assert "try again" in json.loads(answer.text)["detail"]
    assert wire.dumps(answer.json())
