"""Parts of a config tried out before they are saved: a source, a broker, a retention, backups."""

from __future__ import annotations

import base64
import io
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber, until
from PIL import Image
from web_helpers import Site, problem, running, stored

from device import clock
from device.broker import PrivateBroker

API = "/api/v1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tagd.yaml"
    path.write_text(
        f"device: {{id: gate}}\ndata_dir: {tmp_path / 'data'}\n"
        "mqtt: {url: mqtt://127.0.0.1:9, username: tagd, password: hippo77}\n"
        "sources:\n  - {name: in, url: 'http://viewer:giraffe@127.0.0.1:9/x.jpg?every=5s'}\n"
    )
    return path


@pytest.fixture
def site(tmp_path: Path, file: Path) -> Iterator[Site]:
    with running(tmp_path / "data", settings=file) as opened:
        opened.settings.begin()
        yield opened


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def test_a_source_is_opened_and_shown_without_what_is_private(client: httpx.Client) -> None:
    masks = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]
    answer = client.post(f"{API}/sources/test", json={"url": "demo://?fps=5", "privacy": masks})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["width"], found["height"], found["format"]) == (640, 360, "RAW")
    assert found["fps"] == pytest.approx(5, abs=2)
    kind, _, data = found["picture"].partition(",")
    assert kind == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    assert max(picture.getpixel((picture.width // 4, picture.height // 2))) < 12  # type: ignore[arg-type]
    assert max(picture.getpixel((picture.width * 3 // 4, picture.height // 4))) > 90  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ({"url": "rstp://x"}, 422, "did you mean rtsp://"),
        ({"url": "file:///etc/passwd"}, 422, "save it first"),
        ({"url": "folder:///etc"}, 422, "save it first"),
        ({"url": "mqtt-ingest://x"}, 422, "save it first"),
        ({"url": "http://127.0.0.1:9/${HOME}"}, 422, "${HOME} is not in the config"),
        ({"url": "http://viewer:***@192.0.2.66/x.jpg"}, 422, "write the password again"),
        ({"url": "http://me:giraffe@127.0.0.1:9/x.jpg?every=5s"}, 502, "127.0.0.1:9"),
        ({"url": "demo://", "wrong": 1}, 422, "there is no such key"),
        ({"url": "fake://?count=0"}, 502, "it ended without a picture"),
        ({}, 422, "is missing"),
        ({"url": "demo://", "name": "x" * 70_000}, 413, "at most"),
    ],
)
def test_a_source_that_cannot_be_tried(
    client: httpx.Client, given: dict[str, object], status: int, told: str
) -> None:
    said = problem(client.post(f"{API}/sources/test", json=given), status)["detail"]
    assert told in said
    assert "giraffe" not in said


def test_one_source_at_a_time(client: httpx.Client) -> None:
    statuses: list[int] = []

    def test() -> None:
        answer = client.post(f"{API}/sources/test", json={"url": "demo://"})
        statuses.append(answer.status_code)

    people = [threading.Thread(target=test) for _ in range(3)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(statuses) == [200, 503, 503]


class TestBroker:
    pytestmark = NEEDS_MOSQUITTO

    def test_a_message_comes_back_and_nothing_stays(
        self, client: httpx.Client, tmp_path: Path
    ) -> None:
        with PrivateBroker(tmp_path) as broker, Subscriber(broker.port, "#") as everything:
            given = {"url": broker.url, "prefix": "home"}
            answer = client.post(f"{API}/mqtt/test", json=given)
            assert answer.status_code == 200, answer.text
            assert answer.json()["protocol"] == "5.0"
            until(lambda: len(everything.got) == 1)
            topic, _, _ = everything.got[0]
            assert topic.startswith("home/gate/test/")
            retained = Subscriber(broker.port, "#")
            retained._client._client_id = b"late"
            with retained:
                client.post(f"{API}/mqtt/test", json=given)
                until(lambda: len(retained.got) == 1)
            assert [kept for _, _, kept in retained.got] == [False]

    def test_the_password_of_the_file_goes_to_its_own_broker_alone(
        self, client: httpx.Client, site: Site, file: Path, tmp_path: Path
    ) -> None:
        with PrivateBroker(tmp_path, users={"tagd": "hippo77"}) as broker:
            given = {"url": broker.url, "username": "tagd", "password": "***"}
            said = problem(client.post(f"{API}/mqtt/test", json=given), 422)["detail"]
            assert "write the password again" in said
            file.write_text(file.read_text().replace("mqtt://127.0.0.1:9", broker.url))
            site.settings.begin()
            assert client.post(f"{API}/mqtt/test", json=given).status_code == 200
            wrong = {**given, "password": "leopard"}
            said = problem(client.post(f"{API}/mqtt/test", json=wrong), 502)["detail"]
            assert "check mqtt.username, mqtt.password" in said
            assert "leopard" not in said


def test_what_a_retention_would_delete(client: httpx.Client, site: Site) -> None:
    now = clock.now()
    for n in range(20):
        one = stored(n)
        site.store.commit([replace(one, tagged_at=now - (20 - n) * 86_400)], {})
    ask = lambda **rules: client.post(f"{API}/retention/preview", json=rules).json()  # noqa: E731
    assert ask()["pictures"] == 0
    found = ask(days=10.5)
    assert (found["pictures"], found["by_age"], found["complete"]) == (10, 10, True)
    assert found["oldest_kept"] == clock.iso(round((now - 10 * 86_400) * 1000) / 1000)
    assert ask(days=10.5, by_tag={"even": 100})["pictures"] == 5
    assert ask(days=0.001)["oldest_kept"] is None
    assert site.reader.totals()["pictures"] == 20
    problem(client.post(f"{API}/retention/preview", json={"days": -1}), 422)
    problem(client.post(f"{API}/retention/preview", json={"min_free": "lots"}), 422)


def test_room_takes_the_least_useful_first(client: httpx.Client, site: Site) -> None:
    for n in range(30):
        site.upload(n)
    site.chores._upkeep.counted(30 * 2000)
    found = client.post(f"{API}/retention/preview", json={"max_gb": 0.00001}).json()
    assert found["by_age"] == 0
    assert found["for_room"] == 30
    assert found["bytes"] > 30 * 300


def test_a_backup_is_made_looked_through_and_taken_away(
    client: httpx.Client, site: Site, tmp_path: Path
) -> None:
    site.upload(1)
    made = client.post(f"{API}/backups")
    assert made.status_code == 201, made.text
    name = made.json()["name"]
    assert made.json()["pictures"] == 1
    [row] = client.get(f"{API}/backups").json()["backups"]
    assert row["name"] == name
    assert client.post(f"{API}/backups/{name}/verify").json()["pictures"] == 1
    copy = tmp_path / "copy.db"
    answer = client.get(f"{API}/backups/{name}")
    assert "attachment" in answer.headers["content-disposition"]
    copy.write_bytes(answer.content)
    with sqlite3.connect(copy) as db:
        assert db.execute("SELECT count(*) FROM picture").fetchone() == (1,)
    db.close()
    path = site.data / "backups" / name
    path.write_bytes(path.read_bytes()[:5000])
    assert "take another one" in str(
        problem(client.post(f"{API}/backups/{name}/verify"), 409)["detail"]
    )


@pytest.mark.parametrize(
    "name", ["tagd.db", "..%2ftagd.db", "tagd-000000000099.db", "tagd-1.db", "%00"]
)
def test_no_other_file_is_a_backup(client: httpx.Client, site: Site, name: str) -> None:
    problem(client.get(f"{API}/backups/{name}"), 404)
    (site.data / "backups").mkdir(exist_ok=True)
    (site.data / "backups/tagd-000000000077.db").symlink_to("/etc/passwd")
    problem(client.get(f"{API}/backups/tagd-000000000077.db"), 404)
    (site.data / "backups/tagd-000000000077.db").unlink()
