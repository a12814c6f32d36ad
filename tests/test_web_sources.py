"""Sources over HTTP: listed, switched, asked for a picture, shown; and what is refused."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from control_rig import Hanging, Still, camera
from makers import until
from PIL import Image
from web_helpers import Site, problem, running

from device import demand, snapshot
from device.images import jpeg_bytes
from device.snapshot import Snapshot
from device.sources.fake import FakeSource
from device.types import Frame
from device.web.source_models import SourceShape

SOURCES = "/api/v1/sources"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With a watched camera, one that is asked, and something like a folder."""
    with running(
        tmp_path_factory.mktemp("sources"),
        sources={
            "gate": (camera, True),
            "yard": Still,
            "inbox": lambda: FakeSource("inbox", count=10**9, every=3600),
        },
    ) as opened:
        until(lambda: opened.pipeline.captures["gate"].newest is not None)
        yield opened


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def test_they_are_listed_as_described(client: httpx.Client) -> None:
    listed = client.get(SOURCES).json()["sources"]
    assert [one["name"] for one in listed] == ["gate", "yard", "inbox"]
    for one in listed:
        SourceShape.model_validate(one)
    gate = listed[0]
    assert (gate["state"], gate["live"], gate["picture"], gate["mode"]) == (
        *("running", True, True),
        "visits",
    )
    in_health = client.get("/api/v1/health").json()["sources"]
    assert [one["name"] for one in in_health] == [*(s["name"] for s in listed), "upload"]


def test_one_is_switched_off_and_on(tmp_path: Path) -> None:
    gate = f"{SOURCES}/gate"
    with running(tmp_path, sources={"gate": camera}) as site, site.client() as client:
        off = client.patch(gate, json={"enabled": False}).json()
        assert (off["state"], off["enabled"], off["alive"]) == ("disabled", False, False)
        problem(client.get(f"{gate}/picture"), 404)
        told = problem(client.post(f"{gate}/capture"), 409)
        assert "switched off" in told["detail"]
        on = client.patch(gate, json={"enabled": True}).json()
        assert on["state"] in ("connecting", "running")
        until(lambda: client.get(f"{gate}/picture").status_code == 200)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"enabled": 1}', b'{"enabled": "yes"}', b'{"enabled": true, "url": "x"}',
     b"[]", b"\xff", b'{"enabled": null}'],
)  # fmt: skip
def test_a_wrong_switch_says_what_to_send(client: httpx.Client, body: bytes) -> None:
    told = problem(client.patch(f"{SOURCES}/gate", content=body), 422)
    assert told["detail"] == 'send {"enabled": true} or {"enabled": false}'


def test_a_huge_switch_is_not_read(client: httpx.Client) -> None:
    told = problem(client.patch(f"{SOURCES}/gate", content=b" " * 100_000), 413)
    assert "4096 bytes" in told["detail"]


@pytest.mark.parametrize("name", ["gata", "%2e%2e", "a" * 5000, "%00", "<b>"])
def test_names_that_are_none(client: httpx.Client, name: str) -> None:
    for answer in (
        client.patch(f"{SOURCES}/{name}", json={"enabled": True}),
        client.post(f"{SOURCES}/{name}/capture"),
        client.get(f"{SOURCES}/{name}/picture"),
    ):
        assert len(problem(answer, 404)["detail"]) < 400


def test_methods_that_do_nothing_are_told(client: httpx.Client) -> None:
    assert client.delete(f"{SOURCES}/gate").headers["allow"] == "PATCH"
    assert client.put(f"{SOURCES}/gate/picture").headers["allow"] == "GET, HEAD"
    assert client.get(f"{SOURCES}/gate/capture").headers["allow"] == "POST"


def test_another_site_switches_nothing(client: httpx.Client) -> None:
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    told = client.patch(f"{SOURCES}/gate", json={"enabled": False}, headers=foreign)
    problem(told, 403)
    problem(client.post(f"{SOURCES}/gate/capture", headers=foreign), 403)
    assert client.get(SOURCES).json()["sources"][0]["enabled"] is True


def test_a_picture_is_taken_now(client: httpx.Client) -> None:
    for name in ("gate", "yard"):
        answer = client.post(f"{SOURCES}/{name}/capture")
        assert answer.status_code == 201, answer.text
        assert answer.json()["source"] == name
        kept = client.get(answer.headers["Location"]).json()
        kept.pop("alternatives")
        assert kept == answer.json()
    told = problem(client.post(f"{SOURCES}/inbox/capture"), 409)
    assert "takes no pictures on demand" in told["detail"]


def test_a_camera_that_gives_none_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand, "PATIENCE", 0.1)
    let_go = threading.Event()
    with running(tmp_path, sources={"gate": lambda: Hanging(let_go)}) as site:
        until(lambda: site.pipeline.infer.tagged["gate"])
        with site.client() as client:
            answers: list[httpx.Response] = []
            asking = threading.Thread(
                target=lambda: answers.append(client.post(f"{SOURCES}/gate/capture"))
            )
            asking.start()
            until(lambda: site.pipeline.check() is None and bool(answers))
            asking.join()
            assert "gave no picture" in problem(answers[0], 504)["detail"]
        let_go.set()


def test_what_a_camera_sees_now(client: httpx.Client) -> None:
    first = client.get(f"{SOURCES}/gate/picture")
    assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
    assert first.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(first.content)).size == (64, 48)
    tag = first.headers["etag"]
    same = client.get(f"{SOURCES}/gate/picture", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    until(lambda: client.get(f"{SOURCES}/gate/picture").headers["etag"] != tag)
    problem(client.get(f"{SOURCES}/inbox/picture"), 404)
    head = client.head(f"{SOURCES}/gate/picture")
    assert (head.status_code, head.content) == (200, b"")


def frame(data: bytes | np.ndarray, id: str = "1") -> Frame:
    return Frame(id, "gate", 0.0, data)


def test_it_is_encoded_once_for_all_and_not_for_every_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    monkeypatch.setattr(snapshot.images, "jpeg_bytes", lambda _: made.append(1) or b"jpeg")
    shots = Snapshot()
    pixels = np.zeros((48, 64, 3), np.uint8)
    looking = [
        threading.Thread(target=lambda n=n: shots.of(frame(pixels, str(n % 5)))) for n in range(50)
    ]
    for one in looking:
        one.start()
    for one in looking:
        one.join()
    assert len(made) == 1


@pytest.mark.parametrize("encoded", [False, True])
def test_what_is_private_is_black_in_it(encoded: bool) -> None:
    white = np.full((1080, 1920, 3), 255, np.uint8)
    private = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    data = jpeg_bytes(white) if encoded else white
    shown = np.asarray(Image.open(io.BytesIO(Snapshot([private]).of(frame(data)).jpeg)))
    assert shown.shape == (540, 960, 3)
    assert shown[140:400, 245:715].max() <= 2
    assert shown[:124].min() >= 250


def test_a_picture_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    class Broken(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            for one in super().__iter__():
                yield Frame(one.id, one.source, one.taken_at, b"\xff\xd8 no picture")

    def make() -> FakeSource:
        return Broken("gate", count=10**9, every=0.05, live=True)

    with running(tmp_path, sources={"gate": make}) as site, site.client() as client:
        until(lambda: site.pipeline.captures["gate"].newest is not None)
        told = problem(client.get(f"{SOURCES}/gate/picture"), 404)
        assert "cannot be shown" in told["detail"]
