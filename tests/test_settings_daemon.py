"""The config of a running daemon changed over HTTP: applied in the same process, or taken back."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from daemon_rig import Daemon, jpeg, wait_until

HISTORY = "config-history"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Site:
    """A daemon on a port that stays over restarts."""

    def __init__(self, root: Path) -> None:
        self.port = free_port()
        self.daemon = Daemon(root, web={"listen": f"127.0.0.1:{self.port}"})
        self.daemon.start()
        self.daemon.port()
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1/", timeout=20, trust_env=False
        )

    def config(self) -> dict[str, Any]:
        return dict(self.api.get("config").raise_for_status().json())

    def put(self, *changes: tuple[list[str | int], Any], etag: str = "") -> httpx.Response:
        body = {"changes": [{"place": place, "value": value} for place, value in changes]}
        return self.api.put(
            "config", json=body, headers={"If-Match": etag or self.config()["etag"]}
        )

    def settled(self) -> dict[str, Any]:
        """The config, once what was saved runs or was taken back."""
        found: dict[str, Any] = {}

        def is_so() -> bool:
            try:
                found.update(self.config())
            except httpx.HTTPError:
                return False
            return bool(found["applied"]["state"] != "restarting")

        wait_until(is_so, 60, self.daemon.said)
        return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = Site(tmp_path)
    yield opened
    opened.api.close()
    if opened.daemon.running:
        assert opened.daemon.stop() == 0, opened.daemon.said()


def test_a_change_is_applied_in_the_same_process(site: Site) -> None:
    process = site.daemon.pid
    before = site.daemon.config.read_bytes()
    answer = site.put((["device", "name"], "Front gate"), (["web", "max_upload_mb"], 7))
    assert answer.status_code == 200, answer.text
    assert answer.json()["restart"] is True
    now = site.settled()
    assert now["applied"] == {"state": "running", "problem": None}
    assert now["values"]["device"]["name"] == "Front gate"
    assert site.api.get("health").json()["device"]["name"] == "Front gate"
    assert site.daemon.pid == process
    [kept] = (site.daemon.data / HISTORY).iterdir()
    assert kept.read_bytes() == before
    assert kept.stat().st_mode & 0o777 == 0o600
    (site.daemon.inbox / "one.jpg").write_bytes(jpeg(1))
    wait_until(lambda: site.daemon.count("picture") == 1, 20, site.daemon.said)


def test_what_cannot_start_is_taken_back(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        before = site.daemon.config.read_bytes()
        answer = site.put((["web", "listen"], f"127.0.0.1:{taken.getsockname()[1]}"))
        assert answer.status_code == 200, answer.text
        assert "The page moves to" in answer.json()["follows"][0]
        now = site.settled()
    assert now["applied"]["state"] == "put_back"
    assert "another program uses it" in now["applied"]["problem"]
    assert site.daemon.config.read_bytes() == before
    assert site.put((["device", "name"], "Still here")).status_code == 200
    assert site.settled()["values"]["device"]["name"] == "Still here"


def test_two_who_save_at_once(site: Site) -> None:
    etag = site.config()["etag"]
    answers: list[int] = []

    def save(name: str) -> None:
        with httpx.Client(base_url=site.api.base_url, timeout=30, trust_env=False) as client:
            body = {"changes": [{"place": ["device", "name"], "value": name}]}
            answer = client.put("config", json=body, headers={"If-Match": etag})
            answers.append(answer.status_code)

    people = [threading.Thread(target=save, args=(f"P{n}",)) for n in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(answers) == [200, 412, 412, 412, 412, 412]
    assert site.settled()["applied"]["state"] == "running"
    assert site.put((["device", "name"], "x"), etag=etag).status_code == 412


@pytest.mark.slow
def test_killed_while_it_saves_the_old_or_the_new_file_is_there(site: Site) -> None:
    daemon, old = site.daemon, site.daemon.config.read_text()
    for number in range(4):
        name = f"Name {number} " + "x" * 2000
        threading.Timer(0.05 * number, daemon.kill).start()
        with contextlib.suppress(httpx.HTTPError):
            site.put((["device", "name"], name))
        wait_until(lambda: not daemon.running, 20)
        found = daemon.config.read_text()
        assert found == old or yaml.safe_load(found)["device"]["name"] == name
        old = found
        daemon.sections = yaml.safe_load(found)
        daemon.start()
        wait_until(lambda n=number: daemon.said().count("the page is at") >= n + 2, 30, daemon.said)
        old = daemon.config.read_text()


def test_a_folder_that_is_read_only(site: Site) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    site.daemon.config.parent.chmod(0o500)
    try:
        assert "may not replace" in site.config()["problem"]
        answer = site.put((["device", "name"], "x"))
        assert answer.status_code == 409
        assert "chown" in answer.json()["detail"]
    finally:
        site.daemon.config.parent.chmod(0o700)
