"""Odd names, wrong bodies and hostile values: refused in a sentence, or taken as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from web_helpers import Site, problem

WORDS = "/api/v1/vocabulary"
FILE = "/api/v1/vocabulary-file"


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def is_there(client: httpx.Client, name: str) -> bool:
    found = client.get(WORDS, params={"prefix": name}).json()["tags"]
    return name.lower() in [one["name"] for one in found]


ODD = ["a/b", "../../etc/passwd", "x/threshold", "merge", "suggestions", "'; DROP TABLE tag; --"]
ODD += ["<img src=x>", "%2e%2e", "猫", "no", "a: b", "# x", "?q=1", "100 %"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_names(client: httpx.Client, name: str) -> None:
    path = f"{WORDS}/{quote(name, safe='')}"
    assert client.patch(path, json={"threshold": 0.5}).status_code == 200
    assert is_there(client, name)
    assert client.patch(f"{WORDS}/cat", json={"rename": name}).status_code == 200
    assert is_there(client, name)
    assert not is_there(client, "cat")
    preview = client.get(f"{path}/threshold")
    assert preview.status_code == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": "high"}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"drop": "yes"}, "drop"),
        ({"rename": ""}, "a name has 1 to 100 characters"),
        ({"rename": "x" * 1000}, "a name has 1 to 100 characters"),
        ({"rename": "a\x00b"}, "a name has 1 to 100 characters"),
        ({"rename": "\u202etac"}, "a name has 1 to 100 characters"),
        ({"rename": "${HOME}"}, "cannot have ${"),
        ({"parents": ["${HOME}"]}, "cannot have ${"),
        ({"parents": ["x"] * 51}, "parents"),
        ({"parents": ["cat"]}, "circle"),
        ({"synonyms": "a"}, "synonyms"),
        ({"flor": 1}, "flor"),
        ([], "object"),
        ("x", "object"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    client: httpx.Client, body: Any, told: str
) -> None:
    assert told in problem(client.patch(f"{WORDS}/cat", json=body), 422)["detail"]
    assert client.get(FILE).text == ""


def test_bodies_that_are_none(client: httpx.Client) -> None:
    problem(client.patch(f"{WORDS}/cat", content=b"{"), 422)
    problem(client.patch(f"{WORDS}/cat", content=b"\xff"), 422)
    problem(client.patch(f"{WORDS}/cat", content=b" " * 5000), 413)
    nan = client.patch(f"{WORDS}/cat", content=b'{"threshold": NaN}')
    problem(nan, 422)
    problem(client.patch(f"{WORDS}/{'x' * 300}", json={"drop": True}), 422)
    problem(client.patch(f"{WORDS}/%00", json={"drop": True}), 422)
    problem(client.put(FILE, content="words: {}"), 428)
    anything = {"If-Match": "*"}
    assert "UTF-8" in problem(client.put(FILE, content=b"\xff", headers=anything), 422)["detail"]
    problem(client.put(FILE, content=b"#" * 200_000, headers=anything), 413)
    wrong = problem(client.put(FILE, content="\ndrop: [", headers=anything), 422)["detail"]
    assert "vocabulary.yaml:2: this is not YAML" in wrong
    allowed = client.delete(FILE)
    assert (allowed.status_code, allowed.headers["Allow"]) == (405, "GET, HEAD, PUT")


def test_an_environment_variable_does_not_become_a_word(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PASSWORD", "hunter2hunter2")
    body = {"If-Match": "*"}
    answer = client.put(FILE, content="\ndrop: ['${A_PASSWORD}']\n", headers=body)
    assert "vocabulary.yaml:2: a vocabulary takes nothing" in problem(answer, 422)["detail"]
    assert "hunter2" not in answer.text + client.get(WORDS).text
