"""The same picture gives the same tags, twice, through the command, the folder and the upload."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from daemon_rig import Daemon, wait_until

from device import shipped

MODELS = {"objects": {"model": "objects"}, "scene": {"model": "scene", "max_tags": 5}}
PICTURES = ("chelsea.jpg", "coffee.jpg", "rocket.jpg")
_SAID = ("name", "confidence", "kind", "tagger", "model", "box")


def bare(tags: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What was said of a picture, in its order."""
    return [tuple(json.dumps(tag.get(key)) for key in _SAID) for tag in tags]


def by_command(config: Path) -> dict[str, list[tuple[Any, ...]]]:
    paths = [str(shipped.SAMPLES / name) for name in PICTURES]
    done = subprocess.run(
        [sys.executable, "-m", "device", "tag", "--json", "--config", str(config), *paths],
        capture_output=True,
        timeout=60,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(answer["picture"]).name: bare(answer["tags"]) for answer in answers}


def by_upload(daemon: Daemon, name: str) -> list[tuple[Any, ...]]:
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port(), timeout=20)
    try:
        data = (shipped.SAMPLES / name).read_bytes()
        connection.request("POST", "/api/v1/pictures", data, {"Content-Type": "image/jpeg"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status in (200, 201), answer
        return bare(answer["tags"])
    finally:
        connection.close()


def by_folder(daemon: Daemon) -> dict[str, list[tuple[Any, ...]]]:
    _, answer = daemon.get("/api/v1/pictures")
    inbox = [one for one in answer["pictures"] if one["source"] == "inbox"]
    return {one["name"]: bare(one["tags"]) for one in inbox}


def test_the_same_picture_gives_the_same_tags(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, taggers=MODELS, web={"listen": "127.0.0.1:0"})
    for name in PICTURES:
        shutil.copy(shipped.SAMPLES / name, daemon.inbox / name)
    daemon.start()
    try:
        wait_until(lambda: len(by_folder(daemon)) == len(PICTURES), 30, daemon.said)
        first = by_folder(daemon)
        assert all(first.values()), "every one of them has tags"
        assert {name: by_upload(daemon, name) for name in PICTURES} == first
    finally:
        daemon.stop()
    assert by_command(daemon.config) == first
    assert by_command(daemon.config) == first
