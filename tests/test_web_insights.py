"""What the Insights view asks, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest
from test_insights import DAY, TODAY, picture, tag
from web_helpers import Site, problem, running

from device.types import Box
from device.web import insight_models as shapes
from device.web.app import create_app
from device.web.live import Live
from device.web.services import Services
from device.web.who import SCOPE
from device.who import Who

ROUTES = {
    "days?days=7&tag=cat&tag=Cat": shapes.DaysShape,
    "tags?days=365": shapes.WordsShape,
    "hours?q=cat&zone=America/St_Johns": shapes.HoursShape,
    "visits?zone=Europe/Berlin": shapes.StaysShape,
    "places?tag=cat&source=gate": shapes.PlacesShape,
    "models": shapes.ModelsShape,
}


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("insights")) as opened:
        at = TODAY * DAY + 60
        box = Box(0.1, 0.1, 0.2, 0.2)
        opened.store.commit([picture("gate", at, tag("cat", box)), picture("hall", at)], {})
        yield opened


@pytest.mark.parametrize("route", ROUTES)
def test_the_shapes_of_the_answers(running_site: Site, route: str) -> None:
    with running_site.client() as client:
        answer = client.get(f"/api/v1/insights/{route}")
    assert answer.status_code == 200, answer.text
    ROUTES[route].model_validate(answer.json())


@pytest.mark.parametrize(
    ("route", "status", "told"),
    [
        ("days?days=0", 422, "days"),
        ("days?days=367", 422, "days"),
        ("days?" + "&".join(f"tag=t{n}" for n in range(9)), 422, "tag"),
        ("hours?zone=Mars/Olympus", 422, "no time zone is called 'Mars/Olympus' here"),
        ("hours?zone=../../etc/passwd", 422, "no time zone"),
        ("hours?zone=/etc/localtime", 422, "no time zone"),
        ("hours?zone=", 422, "no time zone"),
        ("hours?zone=Europe", 422, "no time zone"),
        ("visits?zone=%00", 422, "no time zone"),
        ("hours?q=(", 400, "column"),
        ("places?tag=cat", 422, "source"),
        ("places?tag=&source=gate", 422, "tag"),
        ("nothing", 404, "there is nothing at"),
    ],
)
def test_bad_questions(running_site: Site, route: str, status: int, told: str) -> None:
    with running_site.client() as client:
        assert told in problem(client.get(f"/api/v1/insights/{route}"), status)["detail"]


def seen_by_guest(services: Services, path: str) -> httpx.Response:
    """As somebody who may see the garden only."""
    live = Live(services.reader, services.commits)
    app = create_app(services, live)
    guest = Who("guest", "viewer", frozenset({"garden"}))

    async def as_guest(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, SCOPE: guest}, receive, send)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(as_guest)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(f"/api/v1/insights/{path}")

    try:
        return anyio.run(ask)
    finally:
        live.close()


def test_whoever_sees_one_source_is_told_of_that_one(services: Services, site: Site) -> None:
    box = Box(0.0, 0.0, 1.0, 1.0)
    for source, words in (("garden", ["cat"]), ("hall", ["cat", "burglar"])):
        tags = [tag(word, box) for word in words]
        site.store.commit([picture(source, TODAY * DAY, *tags)], {})
    days = seen_by_guest(services, "days?days=1&tag=cat&tag=burglar").json()
    assert days["sources"] == [{"name": "garden", "counts": [1]}]
    assert days["tags"] == [{"name": "cat", "counts": [1]}, {"name": "burglar", "counts": [0]}]
    assert seen_by_guest(services, "tags").json()["top"] == [{"name": "cat", "count": 1}]
    assert seen_by_guest(services, "hours").json()["counted"] == 1
    assert seen_by_guest(services, "hours?q=source:hall").json()["counted"] == 0
    assert seen_by_guest(services, "places?tag=cat&source=garden").json()["boxes"] == 1
    told = problem(seen_by_guest(services, "places?tag=cat&source=hall"), 404)["detail"]
    assert told == problem(seen_by_guest(services, "places?tag=cat&source=x"), 404)[
        "detail"
    ].replace("'x'", "'hall'")


def test_what_people_said_is_told_to_those_who_see_everything(services: Services) -> None:
    counts = {"cat": (9, 1, 2), "dog": (1, 0, 0), "eel": (40, 2, 0)}
    points = [(TODAY * DAY, {"objects": 12.5}), (TODAY * DAY + 60, {"objects": 13.0, "scene": 4.0})]
    with_reviews = replace(services, review_counts=lambda: counts, latency=lambda: points)
    live = Live(services.reader, services.commits)
    transport = httpx.ASGITransport(create_app(with_reviews, live))

    async def ask() -> Any:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/api/v1/insights/models")).json()

    told = anyio.run(ask)
    live.close()
    assert [one["name"] for one in told["precision"]] == ["eel", "cat", "dog"]
    assert told["precision"][1] == {"name": "cat", "accepted": 9, "rejected": 1, "added": 2}
    assert [(one["name"], len(one["points"])) for one in told["latency"]] == [
        ("objects", 2),
        ("scene", 1),
    ]
    assert seen_by_guest(with_reviews, "models").json()["precision"] == []
