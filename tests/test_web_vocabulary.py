"""The vocabulary over HTTP: seen, changed, previewed, put back, and by whom."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from makers import spawn
from people_rig import as_program
from web_helpers import Site, problem, running

from device.learning import Lessons
from device.web import vocabulary_models as models

WORDS = "/api/v1/vocabulary"
FILE = "/api/v1/vocabulary-file"
chance = random.Random(5)
JUDGED = [(round(chance.uniform(0.6, 1), 3), True) for _ in range(90)]
JUDGED += [(round(chance.uniform(0.4, 0.58), 3), False) for _ in range(52)]
BY_TAG = {"even": JUDGED, "odd": [(0.5, False)] * 30}
LESSONS = Lessons(
    judged=lambda tag: BY_TAG.get(tag, []),
    counts=lambda: {"even": (90, 52, 0), "odd": (0, 30, 0), "porch": (0, 0, 9)},
    nearly=lambda tag: [0.0] * 9 if tag == "porch" else [],
    renames=lambda: {("number", "digit"): 6},
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path / "data", pictures=20, lessons=LESSONS) as opened:
        yield opened


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def word(client: httpx.Client, name: str) -> dict[str, Any] | None:
    answer = client.get(WORDS, params={"prefix": name})
    models.WordsShape.model_validate(answer.json())
    found = [one for one in answer.json()["tags"] if one["name"] == name]
    return dict(found[0]) if found else None


def change(client: httpx.Client, name: str, **options: Any) -> httpx.Response:
    answer = client.patch(f"{WORDS}/{name}", **options)
    if answer.status_code == 200:
        models.ChangedShape.model_validate(answer.json())
    return answer


def test_every_word_there_is_or_could_be(client: httpx.Client) -> None:
    answer = client.get(WORDS)
    models.WordsShape.model_validate(answer.json())
    assert answer.headers["ETag"] == f'"{answer.json()["etag"]}"'
    names = [one["name"] for one in answer.json()["tags"]]
    assert names == sorted(names)
    assert {"cat", "macaw", "even", "number"} <= set(names)
    even = word(client, "even")
    assert even is not None
    assert (even["count"], even["kinds"], even["taggers"]) == (10, ["scene"], ["fake"])
    assert even["reviews"] == {"accepted": 90, "rejected": 52, "added": 0}
    counts = [one["count"] for one in client.get(WORDS, params={"sort": "count"}).json()["tags"]]
    assert counts == sorted(counts, reverse=True)
    rejected = client.get(WORDS, params={"sort": "rejected"}).json()["tags"]
    assert [one["name"] for one in rejected[:2]] == ["even", "odd"]
    problem(client.get(WORDS, params={"sort": "size"}), 422)


def test_a_rename_is_found_counted_and_put_back(site: Site, client: httpx.Client) -> None:
    seen = client.get(FILE)
    dry = change(client, "even", params={"dry_run": True}, json={"rename": "Level"})
    assert dry.json()["changed"] is False
    assert "+  even: level" in dry.json()["diff"]
    assert client.get(FILE).text == ""
    done = change(
        client, "even", json={"rename": "Level"}, headers={"If-Match": seen.headers["ETag"]}
    )
    assert done.json()["etag"] == dry.json()["etag"]
    assert done.headers["ETag"] == client.get(FILE).headers["ETag"]
    level = word(client, "level")
    assert level is not None
    assert (level["count"], level["renamed_from"], word(client, "even")) == (10, ["even"], None)
    assert level["reviews"]["accepted"] == 90, "learned under the old name"
    for query in ("level", "even"):
        assert len(client.get("/api/v1/pictures", params={"q": query}).json()["pictures"]) == 10
    late = change(client, "odd", json={"drop": True}, headers={"If-Match": seen.headers["ETag"]})
    assert "somebody changed the vocabulary meanwhile" in problem(late, 412)["detail"]
    back = client.put(FILE, content=seen.text, headers={"If-Match": done.headers["ETag"]})
    models.ChangedShape.model_validate(back.json())
    assert word(client, "level") is None
    assert site.lexicon.book.now.text == ""


def test_merge_and_drop(client: httpx.Client) -> None:
    merged = client.post(f"{WORDS}/merge", json={"from": ["even", "odd", "odd"], "into": "parity"})
    assert merged.status_code == 200
    parity = word(client, "parity")
    assert parity is not None
    assert parity["count"] == 20
    change(client, "parity", json={"drop": True})
    tags = client.get("/api/v1/tags").json()["tags"]
    assert [one["name"] for one in tags] == ["number"]
    pictures = client.get("/api/v1/pictures", params={"q": "parity"}).json()["pictures"]
    assert len(pictures) == 20, "found when it is asked by name"
    dropped = word(client, "parity")
    assert dropped is not None
    assert dropped["dropped"]
    for wrong in ({"from": [], "into": "x"}, {"from": ["even"]}, {"into": "x"}, [], None):
        problem(client.post(f"{WORDS}/merge", json=wrong), 422)


def test_the_threshold_of_a_word(client: httpx.Client) -> None:
    shown = client.get(f"{WORDS}/even/threshold", params={"at": 0.65}).json()
    models.PreviewShape.model_validate(shown)
    assert shown["accepted"]["kept"] == sum(c >= 0.65 for c, good in JUDGED if good)
    assert shown["rejected"] == {"kept": 0, "dropped": 52}
    assert 0.57 < shown["suggested"] < 0.62
    assert client.get(f"{WORDS}/cat/threshold").json()["suggested"] is None
    for at in ("-0.1", "1.01", "nan", "inf", "x"):
        problem(client.get(f"{WORDS}/even/threshold", params={"at": at}), 422)


def test_what_reviews_suggest_is_taken_over_with_one_change(client: httpx.Client) -> None:
    answer = client.get(f"{WORDS}/suggestions").json()
    models.SuggestionsShape.model_validate(answer)
    found = {one["tag"]: one["change"] for one in answer["suggestions"]}
    assert found["odd"] == {"drop": True}
    assert found["number"] == {"rename": "digit"}
    assert set(found["even"]) == {"threshold"}
    for tag, wanted in found.items():
        assert change(client, tag, json=wanted).json()["changed"], tag
    assert client.get(f"{WORDS}/suggestions").json()["suggestions"] == [], "all is done"


def test_one_of_two_people_at_once_is_told(client: httpx.Client, site: Site) -> None:
    tag = client.get(WORDS).headers["ETag"]
    statuses: list[int] = []

    def save(name: str) -> None:
        with site.client() as other:
            answer = other.patch(f"{WORDS}/even", json={"rename": name}, headers={"If-Match": tag})
            statuses.append(answer.status_code)

    for thread in [spawn(save, f"name {n}") for n in range(5)]:
        thread.join(30)
    assert sorted(statuses) == [200, 412, 412, 412, 412]


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_administrators_change_words(site: Site, role: str) -> None:
    with as_program(site, "Ann", role) as ann:
        assert ann.get(WORDS).status_code == 200
        assert ann.get(f"{WORDS}/cat/threshold").status_code == 200
        for method, path, body in (
            ("PATCH", f"{WORDS}/cat", {"drop": True}),
            ("PATCH", f"{WORDS}/cat?dry_run=1", {"drop": True}),
            ("POST", f"{WORDS}/merge", {"from": ["cat"], "into": "dog"}),
            ("GET", FILE, None),
            ("PUT", FILE, {}),
        ):
            told = problem(ann.request(method, path, json=body), 403)
            assert "needs the role administrator" in told["detail"]


def test_who_sees_some_sources_learns_nothing_of_the_others(site: Site) -> None:
    with as_program(site, "Bob", "viewer", ["yard"]) as bob:
        told = bob.get(WORDS).json()["tags"]
        names = {one["name"] for one in told}
        assert "cat" in names
        assert not {"even", "odd", "number"} & names
        assert all(one["count"] is None and one["reviews"] is None for one in told)
        assert bob.get(f"{WORDS}/suggestions").json() == {"suggestions": []}
        problem(bob.get(f"{WORDS}/even/threshold"), 403)
