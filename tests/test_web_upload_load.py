"""Uploads when it is tight: many at once, a busy tagger, a full disk, and none of it on one."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from web_helpers import LIMIT, PICTURES, HeldTagger, Site, png, problem, running, until


def test_twenty_at_once_are_taken_or_asked_to_come_back(site: Site) -> None:
    def send(number: int) -> httpx.Response:
        with site.client() as client:
            return client.post(PICTURES, files={"file": (f"{number}.png", png(number))})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    taken = [answer for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 503)
            assert answer.headers["retry-after"] == "1"
    assert len(taken) >= 4
    assert site.reader.totals()["pictures"] == len(taken) == len({a.json()["id"] for a in taken})


def test_when_many_wait_the_next_one_is_asked_to_come_back(tmp_path: Path) -> None:
    tagger = HeldTagger()
    with running(tmp_path / "data", tagger=lambda: tagger) as site, ThreadPoolExecutor(9) as pool:
        sent = []
        for number in range(9):  # one is being tagged, eight wait
            sent.append(pool.submit(site.upload, number))
            assert until(partial(one_is_tagged, site, tagger, number))
        with site.client() as client:
            answer = client.post(PICTURES, files={"file": png(10)})
            told = problem(answer, 503)["detail"]
        tagger.gate.set()
        assert "come back soon" in told
        assert answer.headers["retry-after"] == "1"
        assert len({one.result()["id"] for one in sent}) == 9


def one_is_tagged(site: Site, tagger: HeldTagger, waiting: int) -> bool:
    return tagger.waiting and site.pipeline.mailbox.depth("upload") == waiting


def test_nothing_is_written_to_a_temporary_folder(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no such folder: whatever wants one fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError):
        tempfile.mkstemp()
    large = png(1) + bytes(LIMIT - 100_000)  # what follows the picture is ignored
    with site.client() as client:
        sent = client.post(PICTURES, files={"file": ("large.png", large)})
        assert sent.json()["size"] == len(large)
        raw = client.post(PICTURES, content=large + b"0", headers={"Content-Type": "image/png"})
        assert raw.status_code == 201
    assert large[-1000:] not in b"".join(p.read_bytes() for p in site.data.rglob("*.jpg"))


def test_a_full_disk_is_said(site: Site) -> None:
    site.store.full = True
    with site.client() as client:
        first = client.post(PICTURES, files={"file": png(1)})
        for answer in (first, client.post(PICTURES, files={"file": png(2)})):
            assert "make room" in problem(answer, 507)["detail"]
            assert answer.headers["retry-after"] == "30"
        assert client.get("/api/v1/health").json()["status"] == "degraded"
        site.store.full = False
        assert until(lambda: site.pipeline.write.problem is None)
        again = client.post(PICTURES, files={"file": png(1)})
    assert again.status_code in (200, 201)  # the first one waited, and was stored after all
    assert site.reader.totals()["pictures"] == 1
