"""What the Insights view asks, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from people_rig import as_program
from test_insights import DAY, TODAY, picture, tag
from web_helpers import Site, problem, running

from device.learning import Lessons
from device.types import Box
from device.web import insight_models as shapes
from device.web.server import WebServer
from device.web.services import Services

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


def test_whoever_sees_one_source_is_told_of_that_one(site: Site) -> None:
    box = Box(0.0, 0.0, 1.0, 1.0)
    for source, words in (("garden", ["cat"]), ("hall", ["cat", "burglar"])):
        tags = [tag(word, box) for word in words]
        site.store.commit([picture(source, TODAY * DAY, *tags)], {})
    with as_program(site, "guest", "viewer", ["garden"]) as guest:

        def ask(path: str) -> httpx.Response:
            return guest.get(f"/api/v1/insights/{path}")

        days = ask("days?days=1&tag=cat&tag=burglar").json()
        tags, hours = ask("tags").json(), ask("hours").json()
        of_hall, boxes = ask("hours?q=source:hall").json(), ask("places?tag=cat&source=garden")
        hidden, missing = ask("places?tag=cat&source=hall"), ask("places?tag=cat&source=x")
    assert days["sources"] == [{"name": "garden", "counts": [1]}]
    assert days["tags"] == [{"name": "cat", "counts": [1]}, {"name": "burglar", "counts": [0]}]
    assert tags["top"] == [{"name": "cat", "count": 1}]
    assert (hours["counted"], of_hall["counted"]) == (1, 0)
    assert boxes.json()["boxes"] == 1
    told = problem(hidden, 404)["detail"]
    assert told == problem(missing, 404)["detail"].replace("'x'", "'hall'")


def test_what_people_said_is_told_to_those_who_see_everything(
    services: Services, site: Site
) -> None:
    counts = {"cat": (9, 1, 2), "dog": (1, 0, 0), "eel": (40, 2, 0)}
    points = [(TODAY * DAY, {"objects": 12.5}), (TODAY * DAY + 60, {"objects": 13.0, "scene": 4.0})]
    with_reviews = replace(services, lessons=Lessons(counts=lambda: counts), latency=lambda: points)
    server = WebServer(with_reviews, "127.0.0.1", 0)
    server.start()
    at: dict[str, Any] = {"base_url": server.url, "timeout": 20, "trust_env": False}
    try:
        with httpx.Client(**at) as owner, as_program(site, "guest", "viewer", ["garden"]) as guest:
            told = owner.get("/api/v1/insights/models").json()
            shown = guest.get(f"{server.url}/api/v1/insights/models").json()
    finally:
        server.close()
    assert [one["name"] for one in told["precision"]] == ["eel", "cat", "dog"]
    assert told["precision"][1] == {"name": "cat", "accepted": 9, "rejected": 1, "added": 2}
    assert [(one["name"], len(one["points"])) for one in told["latency"]] == [
        ("objects", 2),
        ("scene", 1),
    ]
    assert shown["precision"] == []
    assert shown["latency"] == told["latency"]
