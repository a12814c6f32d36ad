"""Whatever a guest asks, nothing of a hidden source is in the answer: every route that reads."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from makers import tagged
from people_rig import as_program, locked, routes
from test_store_visits import ended, visit
from web_helpers import EVENTS, PICTURES, Site, until

from device import clock, ids
from device.results import VisitChange

MORE: dict[str, str | int] = {
    "tag": "cat",
    "source": "garden",
    "month": clock.iso(clock.now())[:7],
    "limit": 100,
}


class House:
    """Pictures of the garden, and of the hall what only the owner knows."""

    def __init__(self, site: Site) -> None:
        self.site = site
        seen, hidden, gone = (
            tagged(None, *words, source=source)
            for source, words in (("garden", ["cat"]), ("hall", ["cat", "burglar"]), ("hall", []))
        )
        stay = visit(id=ids.new_id(), source="hall", tag="burglar")
        site.store.commit([seen, hidden, gone, VisitChange(ended(stay), "visit_end")], {})
        self.picture, self.visit, self.gone = hidden.frame_id, stay.id, gone.frame_id
        self.before = site.reader.last_seq()
        with site.client() as owner:
            said = {"verdicts": [{"verdict": "add", "tag": "jewels"}]}
            done = owner.post(f"{PICTURES}/{self.picture}/review", json=said)
            assert done.status_code == 200, done.text
            self.review = done.json()["review"]["id"]
            assert owner.delete(f"{PICTURES}/{self.gone}").status_code in (200, 202)
            assert until(lambda: not owner.get(f"{PICTURES}/{self.gone}").is_success, 20)

    def secrets(self) -> list[str]:
        """What no answer to a guest may have in it."""
        ids_ = [self.picture, self.visit, self.gone, self.review]
        return ['"hall"', '"burglar"', '"jewels"', *ids_]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with locked(tmp_path_factory.mktemp("house") / "data", cameras=True, owner=True) as site:
        yield House(site)


@pytest.fixture(scope="module", params=["viewer", "reviewer"])
def guest(house: House, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    with as_program(house.site, f"guest {request.param}", request.param, ["garden"]) as client:
        yield client


def test_nothing_of_the_hall_is_told(house: House, guest: httpx.Client) -> None:
    asked = 0
    for (method, path), role in sorted(routes(house.site).items()):
        if method != "GET" or role in (None, "administrator"):
            continue
        there = path.replace("{picture_id}", house.picture).replace("{visit_id}", house.visit)
        there = there.replace("{name}", "hall").replace("{tag:path}", "burglar")
        there = there.replace("{number}", "1")
        assert "{" not in there, f"{path}: give it something hidden"
        answer = guest.get(there, params=MORE)
        asked += 1
        if "{" in path:
            assert answer.status_code in (403, 404), (path, answer.text)
            continue
        assert answer.status_code == 200, (path, answer.text)
        found = [secret for secret in house.secrets() if secret in answer.text]
        assert not found, (path, answer.text[:2000])
    assert asked > 20


@pytest.mark.parametrize("q", ["burglar", "jewels", "source:hall", "source:garden OR cat"])
@pytest.mark.parametrize(
    "path", ["pictures", "facets", "review/queue", "review/progress", "insights/hours"]
)
def test_no_question_finds_it(house: House, guest: httpx.Client, path: str, q: str) -> None:
    answer = guest.get(f"/api/v1/{path}", params={"q": q})
    assert answer.status_code == 200
    assert not [secret for secret in house.secrets() if secret in answer.text], answer.text
    if path == "review/progress":
        assert answer.json()["people"] == []


def test_days_know_no_tag_of_the_hall(guest: httpx.Client) -> None:
    told = guest.get("/api/v1/insights/days", params={"tag": "burglar"}).json()
    assert not any(told["tags"][0]["counts"]), "the name is the one that was asked for"


def test_places_of_the_hall_are_as_those_of_nowhere(guest: httpx.Client) -> None:
    def ask(source: str) -> httpx.Response:
        where = {"tag": "burglar", "source": source}
        return guest.get("/api/v1/insights/places", params=where)

    assert ask("hall").status_code == ask("attic").status_code == 404
    assert ask("hall").text.replace("hall", "attic") == ask("attic").text


def test_the_live_stream_is_silent(house: House, guest: httpx.Client) -> None:
    """Reviews, their undoing, what was erased: only pictures of the garden come."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(house.before)}
    with guest.stream("GET", EVENTS, headers=headers) as stream:
        mine = tagged(None, "cat", source="garden")
        house.site.store.commit([mine], {})
        house.site.pipeline.commits.nudge()
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        for told in (json.loads(line.removeprefix("data: ")) for line in lines):
            assert told["source"] == "garden", told
            if told["picture"]["id"] == mine.frame_id:
                break
