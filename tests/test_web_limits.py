"""What a request may ask of an upload, and what is kept of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from daemon_rig import Daemon

from device import shipped

ASTRONAUT = (shipped.SAMPLES / "astronaut.jpg").read_bytes()


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The real daemon with the real models."""
    daemon = Daemon(tmp_path_factory.mktemp("limits"), web={"listen": "127.0.0.1:0"})
    del daemon.sections["taggers"]
    daemon.start()
    base = f"http://127.0.0.1:{daemon.port()}/api/v1/"
    with httpx.Client(base_url=base, timeout=30, trust_env=False) as client:
        yield client
    assert daemon.stop() == 0, daemon.said()


def post(client: httpx.Client, mark: int, **limits: Any) -> httpx.Response:
    """The astronaut, with bytes behind its end that make it another content."""
    content = ASTRONAUT + bytes([mark])
    headers = {"Content-Type": "image/jpeg"}
    return client.post("pictures", content=content, headers=headers, params=limits)


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [tag["name"] for tag in answer.json()["tags"]]


def test_the_request_decides(appliance: httpx.Client) -> None:
    assert "person" in names(post(appliance, 1))
    assert names(post(appliance, 2, min_confidence=0.99)) == []
    few = names(post(appliance, 3, min_confidence=0.16, max_tags=1))
    assert len(few) <= 2, "one of each tagger"
    tags = post(appliance, 4, taggers="objects", min_confidence=0.3).json()["tags"]
    assert {tag["tagger"] for tag in tags} == {"objects"}


def test_what_was_nearly_said_is_kept_and_not_published(appliance: httpx.Client) -> None:
    answer = post(appliance, 5, min_confidence=0.9)
    assert names(answer) == []
    one = appliance.get(f"pictures/{answer.json()['id']}").json()
    alternatives = {word["name"]: word["confidence"] for word in one["alternatives"]}
    assert alternatives["person"] > 0.5
    assert 1 <= len(alternatives) <= 5
    event = appliance.get("events", params={"limit": 1000}).json()["events"][-1]
    assert event["picture"]["id"] == one["id"]
    assert event["tags"] == []
    assert "alternatives" not in event


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"taggers": "object"}, "no tagger is called 'object'; there are objects, scene"),
        ({"taggers": ","}, "no tagger is called ''; there are objects, scene"),
        ({"min_confidence": "1.2"}, "min_confidence: "),
        ({"max_tags": "0"}, "max_tags: "),
        ({"min_confidence": "nan"}, "min_confidence: "),
    ],
)
def test_what_cannot_be_asked(
    appliance: httpx.Client, limits: dict[str, Any], told: str, tmp_path: Path
) -> None:
    answer = post(appliance, 6, **limits)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]
