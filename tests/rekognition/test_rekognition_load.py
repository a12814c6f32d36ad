"""AWS Rekognition's API when many call at once, when bodies break off, when answers get lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from aws_rig import Rekognition, Signer, encoded, refused, serving, signer
from web_helpers import Site, png, running, until

from device.web.compat import rekognition

NEWEST = "/api/v1/pictures?q=source:rekognition&limit=1"
PICTURE = png(300, (640, 480))


@pytest.mark.timeout(120)
def test_thirty_two_at_once_all_get_their_answer(site: Site, signed: Signer) -> None:
    def call(number: int) -> str:
        with Rekognition(site.server.url, signed) as aws:
            told = [aws.labels(png(number * 4 + n, (320, 240))) for n in range(4)]
            return ",".join(one["Labels"][0]["Name"] for one in told if one["Labels"])

    with ThreadPoolExecutor(32) as pool:
        assert len(list(pool.map(call, range(32)))) == 32
    assert site.pipeline.silence() is None


def test_the_same_picture_sent_by_many_at_once_is_stored_once(site: Site, signed: Signer) -> None:
    before = site.reader.totals()["pictures"]
    with serving(site, store=True) as url:

        def call(_: int) -> str:
            with Rekognition(url, signed) as aws:
                return json.dumps(aws.labels(PICTURE), sort_keys=True)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(call, range(8)))) == 1
    assert site.reader.totals()["pictures"] == before + 1


def test_what_is_rejected_is_no_label_when_it_comes_again(site: Site, signed: Signer) -> None:
    picture = png(200, (200, 100))
    with serving(site, store=True) as url, Rekognition(url, signed) as aws:
        [label] = aws.labels(picture)["Labels"]
        token = site.access.tokens.add("critic", "reviewer", None, "test")[1]
        with site.client(headers={"Authorization": f"Bearer {token}"}) as native:
            [stored] = native.get("/api/v1/pictures?q=source:rekognition&limit=1").json()[
                "pictures"
            ]
            name = stored["tags"][0]["name"]
            said = {"verdicts": [{"tag": name, "verdict": "reject"}]}
            answer = native.post(f"/api/v1/pictures/{stored['id']}/review", json=said)
            assert answer.status_code == 200, answer.text
        assert label["Name"] not in {one["Name"] for one in aws.labels(picture)["Labels"]}


def test_a_body_without_a_length(
    site: Site, signed: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Rekognition(site.server.url, signed) as aws:
        whole = aws.request(json.dumps({"Image": encoded(PICTURE)}).encode())
        headers = {**whole.headers, "transfer-encoding": "chunked"}
        del headers["content-length"]

        def parts() -> Iterator[bytes]:
            for start in range(0, len(whole.content), 7000):
                yield whole.content[start : start + 7000]

        sent = httpx.Request("POST", whole.url, headers=headers, content=parts())
        assert aws.send(sent).status_code == 200
    monkeypatch.setattr(rekognition, "_MOST", 1000)
    with serving(site) as url, Rekognition(url, signed) as aws:
        refused(aws.call(Image=encoded(PICTURE)), "ImageTooLargeException")


def test_a_body_that_breaks_off_leaves_nothing(site: Site, signed: Signer) -> None:
    with Rekognition(site.server.url, signed) as aws:
        whole = aws.request(json.dumps({"Image": encoded(PICTURE)}).encode())
    lines = "".join(f"{name}: {value}\r\n" for name, value in whole.headers.items())
    for _ in range(5):
        with site.connect() as connection:
            connection.sendall(f"POST / HTTP/1.1\r\n{lines}\r\n".encode())
            connection.sendall(whole.content[:200])
    assert until(lambda: site.server.connections == 0, 20)
    with Rekognition(site.server.url, replace(signed)) as aws:
        assert aws.labels(PICTURE)["Labels"]


def test_the_end_of_the_program_is_worth_a_retry(tmp_path: Path) -> None:
    with running(tmp_path, trust_loopback=False) as site:
        pair = signer(site)
        with Rekognition(site.server.url, pair) as aws:
            site.pipeline.mailbox.close()
            refused(aws.call(Image=encoded(PICTURE)), "ThrottlingException")
