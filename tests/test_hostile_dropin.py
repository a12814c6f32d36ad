"""The drop-in APIs against floods and waits that one small request could cause."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from imagekit_rig import FILES, UPLOAD, details, library, program, uploaded
from starlette.exceptions import HTTPException
from vendors_rig import everything
from web_helpers import Site, png

from device import http_public
from device.web.compat import vendors
from device.web.compat.vendor import taker
from device.web.compat.vision import wanted


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with everything(tmp_path_factory.mktemp("hostile") / "data") as opened:
        yield opened


@pytest.mark.parametrize("part", ["operations/", "images:", "files:", "projects/", "files/", "v1/"])
@pytest.mark.parametrize("end", ["", "\n", "\nx", "x"])
def test_no_path_takes_long_to_be_told_apart(site: Site, part: str, end: str) -> None:
    """Nobody has shown a key yet, and all others wait meanwhile."""
    dropped_in = vendors.enabled(site.services)
    path = f"/v1/{part * (60_000 // len(part))}{end}"
    start = time.process_time()
    taker(dropped_in, {"type": "http", "method": "POST", "path": path, "headers": []})
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("where", ['{"requests": [%s]}', '{"requests": [{"features": [%s]}]}'])
def test_a_million_empty_objects_are_not_made(where: str) -> None:
    """A request of 10 MB that took 9 GB, or 15 s and 1.3 GB."""
    body = (where % ",".join(["{}"] * 1_000_000)).encode()
    start = time.process_time()
    with pytest.raises(HTTPException) as refused:
        wanted.batch(body)
    assert time.process_time() - start < 3.0
    assert refused.value.status_code == 400


def test_few_urls_are_fetched_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may be as large as an upload, and a slow server holds a thread that others need."""
    turn = threading.Lock()
    now = most = 0

    def slow(url: str, limit: int, **_: Any) -> bytes:
        nonlocal now, most
        with turn:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.3)
        with turn:
            now -= 1
        return png(int(url.rpartition("/")[2]))

    monkeypatch.setattr(http_public, "get", slow)
    with library(tmp_path / "data", urls=("pictures.example",)) as site, program(site) as client:

        def send(number: int) -> int:
            url = f"http://pictures.example/{number}"
            data = {"file": (None, url), "fileName": (None, "x.png")}
            return client.post(UPLOAD, files=data, timeout=60).status_code

        with ThreadPoolExecutor(10) as pool:
            assert list(pool.map(send, range(10))) == [200] * 10
    assert 1 <= most <= 2


def test_a_file_does_not_grow_edit_by_edit(tmp_path: Path) -> None:
    """Each list would carry all of it for ever."""
    with library(tmp_path / "data") as site, program(site) as shop:
        uid = uploaded(shop, 1)["fileId"]
        at = f"{FILES}/{uid}/details"
        for number in range(3):
            grown = {f"n{number}": "x" * 7000}
            answer = shop.patch(at, json={"customMetadata": grown})
            assert answer.status_code == (200 if number < 2 else 400), answer.text
        assert "customMetadata may have 16 kB in all" in answer.json()["message"]
        assert len(details(shop, uid)["customMetadata"]) == 2
        for number in range(6):
            many = [{"name": f"none-{number}-{one}"} for one in range(20)]
            answer = shop.patch(at, json={"extensions": many})
            assert answer.status_code == (200 if number < 5 else 400), answer.text
