"""Several pictures in one request, words said with them, and how much of it is in memory."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from daemon_rig import Daemon
from web_helpers import (
    LIMIT,
    MEGABYTE,
    PICTURES,
    Site,
    form,
    png,
    problem,
    read_problem,
    request,
    running,
    until,
)

from device.web.form import MOST_FILES
from device.web.upload_models import UploadsShape

FRESH = itertools.count(5000)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=limit"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("many")) as opened:
        yield opened


def send(site: Site, *files: tuple[str, bytes], **parameters: str) -> httpx.Response:
    with site.client() as client:
        parts = [("file", one) for one in files]
        return client.post(PICTURES, files=parts, params=parameters)


def told(answer: httpx.Response, status: int) -> UploadsShape:
    assert answer.status_code == status, answer.text
    return UploadsShape.model_validate_json(answer.content, strict=True)


def part(name: str, field: str = "file") -> str:
    return f'form-data; name="{field}"; filename="{name}"'


def test_several_are_taken_in_their_order(shared: Site) -> None:
    numbers = [next(FRESH) for _ in range(5)]
    files = [(f"{number}.png", png(number)) for number in numbers]
    answer = told(send(shared, *files), 200)
    assert [picture.name for picture in answer.pictures] == [name for name, _ in files]
    assert answer.failed == []
    for picture in answer.pictures:
        assert shared.reader.picture(picture.id), "durable when it was answered"
    again = told(send(shared, *files), 200)
    assert [one.id for one in again.pictures] == [one.id for one in answer.pictures]


def test_what_cannot_be_read_is_told_and_the_rest_is_taken(shared: Site) -> None:
    files = [("a.png", png(next(FRESH))), ("no.png", b"hello" * 50), ("c.png", png(next(FRESH)))]
    answer = told(send(shared, *files), 207)
    assert [picture.name for picture in answer.pictures] == ["a.png", "c.png"]
    assert [(one.name, one.status) for one in answer.failed] == [("no.png", 422)]
    assert "picture" in answer.failed[0].detail


def test_none_of_several(shared: Site) -> None:
    answer = told(send(shared, ("a", b"x" * 200), ("b", b"")), 207)
    assert answer.pictures == []
    assert [one.name for one in answer.failed] == ["a", "b"]


@pytest.mark.parametrize(
    ("bad", "status", "words"),
    [
        ((part("c.png", "other"), b"x"), 422, "in the field file"),
        ((part("c.png"), bytes(LIMIT + 1)), 413, "c.png: a picture may have 2 MB"),
    ],
    ids=["another field", "too large"],
)
def test_what_breaks_off_says_what_was_stored(
    shared: Site, bad: tuple[str, bytes], status: int, words: str
) -> None:
    good = [(part(f"{n}.png"), png(next(FRESH))) for n in range(2)]
    last = (part("last.png"), png(next(FRESH)))
    with shared.client() as client:
        answer = client.post(PICTURES, content=form(*good, bad, last), headers=MULTIPART)
    said = told(answer, 207)
    assert [picture.name for picture in said.pictures] == ["0.png", "1.png"]
    [failed] = said.failed
    assert (failed.name, failed.status) == (None, status)
    assert words in failed.detail
    assert failed.detail.endswith("what came after it was not looked at")


def test_a_cut_form_says_what_was_stored(shared: Site) -> None:
    body = form((part("a.png"), png(next(FRESH))), (part("b.png"), png(next(FRESH))))
    with shared.client() as client:
        said = told(client.post(PICTURES, content=body[:-60], headers=MULTIPART), 207)
    assert [picture.name for picture in said.pictures] == ["a.png"]
    assert "ends too early" in said.failed[0].detail


@pytest.mark.parametrize("first", [b"x" * (LIMIT + 1), png(1)], ids=["too large", "another field"])
def test_a_first_one_that_is_wrong_leaves_nothing(shared: Site, first: bytes) -> None:
    before = shared.reader.totals()
    field = "file" if len(first) > LIMIT else "other"
    body = form((part("a.png", field), first), (part("b.png"), png(next(FRESH))))
    with shared.client() as client:
        problem(
            client.post(PICTURES, content=body, headers=MULTIPART),
            413 if len(first) > LIMIT else 422,
        )
    assert shared.reader.totals() == before


def test_ten_thousand_files(shared: Site) -> None:
    """The first hundred are looked at, and it says so."""
    body = form(*[(part(f"{n}.png"), b"x") for n in range(10_000)])
    with shared.client() as client:
        said = told(client.post(PICTURES, content=body, headers=MULTIPART), 207)
    assert len(said.failed) == MOST_FILES + 1
    assert "a form may have 100 files" in said.failed[-1].detail
    assert send(shared, ("a.png", png(next(FRESH)))).status_code == 201


def test_two_hundred_megabytes_are_refused_before_they_are_sent(shared: Site) -> None:
    kind = "Content-Type: multipart/form-data; boundary=limit"
    with shared.connect() as connection:
        length = f"Content-Length: {200 * MEGABYTE}"
        connection.sendall(request(PICTURES, kind, length, "Expect: 100-continue", method="POST"))
        detail = read_problem(connection, 413)["detail"]
    assert "128 MB together" in detail


def test_a_full_disk_ends_it(site: Site) -> None:
    site.store.full = True
    said = told(send(site, ("a.png", png(1)), ("b.png", png(2)), ("c.png", png(3))), 207)
    assert [(one.name, one.status) for one in said.failed] == [(None, 507)]
    assert "make room" in said.failed[0].detail
    site.store.full = False
    assert until(lambda: site.pipeline.write.problem is None)
    assert len(told(send(site, ("a.png", png(1)), ("b.png", png(2))), 200).pictures) == 2


def test_they_wait_for_a_place_behind_others(site: Site) -> None:
    """Ten in a row, while twenty single ones come: none of the ten is sent away."""
    with ThreadPoolExecutor(4) as pool:
        many = pool.submit(send, site, *[(f"{n}.png", png(n)) for n in range(10)])
        single = [pool.submit(send, site, ("x.png", png(100 + n))) for n in range(20)]
        assert len(told(many.result(), 200).pictures) == 10
        assert {one.result().status_code for one in single} <= {201, 503}


def peak(pid: int) -> int:
    """Bytes: the most that the process ever had in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.timeout(120)
def test_however_many_there_are_one_is_in_memory(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "max_upload_mb": 2})
    daemon.start()
    url = f"http://127.0.0.1:{daemon.port()}{PICTURES}"
    rest = os.urandom(MEGABYTE * 3 // 2)

    def body(first: int, count: int) -> bytes:
        return form(*[(part("a.png"), png(n) + rest) for n in range(first, first + count)])

    with httpx.Client(timeout=60, trust_env=False) as client:
        assert client.post(url, content=body(0, 2), headers=MULTIPART).status_code == 200
        before = peak(daemon.pid)
        answer = client.post(url, content=body(10, 60), headers=MULTIPART)
        assert len(told(answer, 200).pictures) == 60
    assert peak(daemon.pid) - before < 16 * MEGABYTE, "90 MB were sent"
    assert daemon.stop() == 0, daemon.said()


# -- words


def words(answer: Any) -> list[tuple[str, float, str, str]]:
    return [(t["name"], t["confidence"], t["state"], t["tagger"]) for t in answer["tags"]]


def test_words_said_by_hand(site: Site) -> None:
    answer = send(site, ("a.png", png(1)), tags=" Garden  Party,cat ,cat,").json()
    by_hand = [("garden party", 1.0, "manual", "upload"), ("cat", 1.0, "manual", "upload")]
    assert words(answer) == [
        *by_hand,
        ("black", answer["tags"][2]["confidence"], "proposed", "fake"),
    ]
    with site.client() as client:
        whole = client.get(f"{PICTURES}/{answer['id']}").json()
        assert words(whole) == words(answer)
        event = client.get("/api/v1/events").json()["events"][-1]
        assert words(event) == words(answer)
        for query in ('"garden party"', "cat state:manual", "tagger:upload"):
            found = client.get(PICTURES, params={"q": query}).json()["pictures"]
            assert [one["id"] for one in found] == [answer["id"]], query
        assert client.get(PICTURES, params={"q": "black state:manual"}).json()["pictures"] == []


def test_a_word_that_the_model_says_too_is_the_persons(site: Site) -> None:
    answer = send(site, ("a.png", png(1)), tags="black").json()
    assert words(answer) == [("black", 1.0, "manual", "upload")]


def test_words_are_for_all_of_several(site: Site) -> None:
    said = send(site, ("a.png", png(1)), ("b.png", png(2)), tags="holiday").json()
    assert [words(one)[0][0] for one in said["pictures"]] == ["holiday", "holiday"]


def test_what_is_known_keeps_its_tags(site: Site) -> None:
    first = send(site, ("a.png", png(1)), tags="one")
    again = send(site, ("a.png", png(1)), tags="two")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (",".join(map(str, range(21))), "at most 20 words"),
        ("x" * 65, "at most 64 letters"),
        ("a\x00b", "is no word"),
        ("a\u202eb", "is no word"),
    ],
)
def test_what_is_no_word(shared: Site, said: str, detail: str) -> None:
    answer = send(shared, ("a.png", png(next(FRESH))), tags=said)
    assert detail in problem(answer, 422)["detail"]
