"""Erasing in the real daemon: killed midway, with a broker that retains, from its folder."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from daemon_rig import Daemon, jpeg, wait_until
from mqtt_helpers import Subscriber
from talk_rig import stranger
from test_erase import traces

from device.broker import PrivateBroker

SECRET = "quentins-birthday"
COUNT = 320  # more than are erased at once
EVERYTHING = {"q": 'createdAt>="1970-01-01"'}


def ask(daemon: Daemon, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port(), timeout=60)
    try:
        connection.request(method, f"/api/v1/{path}", body and json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def tagd(daemon: Daemon, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "device", *args]
    return subprocess.run(
        [*command, "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def filled(daemon: Daemon, count: int, name: str = SECRET) -> None:
    for number in range(count):
        (daemon.inbox / f"{name}-{number}.jpg").write_bytes(jpeg(number))


def steps(daemon: Daemon) -> list[str]:
    return [row[0] for row in daemon.rows("SELECT step FROM erasure ORDER BY id")]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_midway_it_goes_on(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"enabled": True, "listen": "127.0.0.1:0"})
    filled(daemon, COUNT)
    daemon.start()
    wait_until(lambda: daemon.count("picture") == COUNT, 120, daemon.said)
    for number in range(COUNT):  # else the next start finds them new
        (daemon.inbox / f"{SECRET}-{number}.jpg").rename(tmp_path / f"{number}.jpg")
    order = [sys.executable, "-m", "device", "erase", "--yes", "--config", str(daemon.config)]
    address = f"http://127.0.0.1:{daemon.port()}"
    asking = subprocess.Popen(
        [*order, "--url", address, EVERYTHING["q"]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: steps(daemon) != [], 60, daemon.said)
    daemon.kill()
    asking.wait(60)
    for _ in range(3):
        daemon.start()
        time.sleep(0.6)
        daemon.kill()
    daemon.start()
    # Killed between a tombstone's file and its row, it looks for what else was erased, too.
    wait_until(lambda: set(steps(daemon)) == {"done"}, 120, lambda: (steps(daemon), daemon.said()))
    assert daemon.count("picture") == 0
    assert daemon.stop() == 0
    assert not list((daemon.data / "thumbnails").rglob("*.jpg"))
    assert traces(daemon.data, SECRET) == []
    assert "this machine erased" in daemon.said()
    assert "Traceback" not in daemon.said()
    assert [r[0] for r in daemon.rows("SELECT seq FROM event ORDER BY seq")] == list(
        range(1, daemon.rows("SELECT max(seq) FROM event")[0][0] + 1)
    )


@pytest.mark.timeout(200)
def test_a_watched_folder_does_not_bring_it_again(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"enabled": True, "listen": "127.0.0.1:0"})
    filled(daemon, 3)
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 3, 60, daemon.said)
    found = ask(daemon, "GET", "pictures")[1]["pictures"]
    status, done = ask(daemon, "DELETE", f"pictures/{found[0]['id']}")
    assert (status, done["erased"]) == (200, True)
    name = found[0]["name"]
    shutil.copy(daemon.inbox / name, daemon.inbox / "again.jpg")  # the same content
    (daemon.inbox / "new.jpg").write_bytes(jpeg(77))
    wait_until(lambda: daemon.count("picture") == 3, 60, daemon.said)
    assert daemon.stop() == 0
    daemon.start()
    (daemon.inbox / "newer.jpg").write_bytes(jpeg(78))
    wait_until(lambda: daemon.count("picture") == 4, 60, daemon.said)
    here = {one["name"] for one in ask(daemon, "GET", "pictures")[1]["pictures"]}
    assert here == {"new.jpg", "newer.jpg"} | {one["name"] for one in found[1:]}
    wait_until(lambda: steps(daemon) == ["done"], 60, daemon.said)
    assert daemon.stop() == 0
    assert traces(daemon.data, name, "again.jpg") == []


@pytest.mark.timeout(200)
def test_the_command_beside_a_daemon_and_without_one(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"enabled": True, "listen": "127.0.0.1:0"})
    filled(daemon, 4)
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 4, 60, daemon.said)
    url = ("--url", f"http://127.0.0.1:{daemon.port()}")
    dry = tagd(daemon, "erase", "--dry-run", "--json", "source:inbox", *url)
    assert json.loads(dry.stdout)["pictures"] == 4, dry.stderr
    refused = subprocess.run(
        [sys.executable, "-m", "device", "erase", "source:inbox", *url],
        input="n\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "Erase 4 pictures" in refused.stderr
    assert daemon.count("picture") == 4
    name = f"name:{SECRET}-1"
    assert "erased: 1 pictures" in tagd(daemon, "erase", "--yes", name, *url).stdout
    assert daemon.stop() == 0
    done = tagd(daemon, "erase", "--yes", "--json", "source:inbox")
    assert json.loads(done.stdout)["pictures"] == 3, done.stderr
    assert traces(daemon.data, SECRET) == []
    assert "nothing matches" in tagd(daemon, "erase", "--yes", "source:inbox").stdout
    wrong = tagd(daemon, "erase", "sorce:inbox")
    assert (wrong.returncode, "did you mean source?" in wrong.stderr) == (2, True)


@pytest.mark.broker
@pytest.mark.timeout(300)
def test_what_the_broker_retains_is_taken_back(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path) as broker:
        daemon = Daemon(
            tmp_path / "tagd",
            web={"enabled": True, "listen": "127.0.0.1:0"},
            mqtt={"url": broker.url, "pictures": True},
        )
        topic = "tagd/test/sources/inbox/picture"
        filled(daemon, 1)
        daemon.start()
        wait_until(lambda: retained(broker, topic), 60, daemon.said)
        [picture] = ask(daemon, "GET", "pictures")[1]["pictures"]
        ask(daemon, "DELETE", f"pictures/{picture['id']}")
        wait_until(lambda: not retained(broker, topic), 60, daemon.said)
        # The same, while the broker is away, over a restart of the daemon.
        (daemon.inbox / "b.jpg").write_bytes(jpeg(5))
        wait_until(lambda: retained(broker, topic), 60, daemon.said)
        [picture] = ask(daemon, "GET", "pictures")[1]["pictures"]
        daemon.sections["mqtt"]["url"] = f"mqtt://127.0.0.1:{closed_port()}"
        assert daemon.stop() == 0
        daemon.start()
        wait_until(lambda: daemon.said().count("the page is at") == 2, 30, daemon.said)
        (daemon.inbox / "c.jpg").write_bytes(jpeg(6))  # told to nobody yet
        wait_until(lambda: daemon.count("picture") == 2, 60, daemon.said)
        assert ask(daemon, "POST", "erase", EVERYTHING)[1]["erased"]
        daemon.sections["mqtt"]["url"] = broker.url
        assert daemon.stop() == 0
        with Subscriber(broker.port, "tagd/test/events") as subscriber:
            daemon.start()
            newest = daemon.rows("SELECT max(seq) FROM event")[0][0]
            wait_until(lambda: newest in subscriber.first_seqs(), 60, daemon.said)
            wait_until(lambda: not retained(broker, topic), 60, daemon.said)
            bodies = [json.loads(body) for _, body, _ in subscriber.got]
        assert bodies
        assert {body["type"] for body in bodies} == {"erased"}
        assert all(body["tags"] == [] and body["picture"] is None for body in bodies)
        assert daemon.stop() == 0


def retained(broker: PrivateBroker, topic: str) -> bytes:
    """What whoever comes new hears there."""
    with stranger(broker.port) as other:
        time.sleep(0.3)
        return dict(other.last).get(topic, b"")


def closed_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
