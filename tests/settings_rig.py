"""A config with passwords behind a running server, and requests that change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from web_helpers import Site, running

CONFIG = "/api/v1/config"
FILE = """\
# The old gate: rtsp://me:lynx42@192.0.2.9/x, password: elephant
device: {id: test}
taggers: {fake: {model: fake}}
sources:
  - name: gate   # by the road
    url: "http://viewer:giraffe@127.0.0.1:9/pic.jpg?every=10s"
  - {name: yard, url: "http://127.0.0.1:9/snap.jpg?every=10s&pwd=zebra99"}
mqtt:
  url: mqtt://127.0.0.1:9
  username: tagd
  password: hippo77   # ours
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tagd.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def site(tmp_path: Path, file: Path) -> Iterator[Site]:
    with running(tmp_path / "data", settings=file) as opened:
        yield opened


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def change(*place: str | int, **value: Any) -> dict[str, Any]:
    return {"changes": [{"place": place, **value}]}


def check(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{CONFIG}/check", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def put(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    etag = client.get(CONFIG).headers["ETag"]
    return client.put(CONFIG, json=body, headers={"If-Match": etag})
