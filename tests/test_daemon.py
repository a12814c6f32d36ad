"""The real daemon with the real models on real pictures, from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from daemon_rig import Daemon, jpeg, wait_until
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber

from device import shipped
from device.broker import PrivateBroker

SHARED = Path(__file__).parents[2] / "shared" / "data"
WANTED = {
    "chelsea.jpg": {"cat"},
    "coffee.jpg": {"coffee cup", "espresso"},
    "astronaut.jpg": {"person"},
}
ANY_PORT = {"listen": "127.0.0.1:0"}


def real(root: Path, **sections: object) -> Daemon:
    daemon = Daemon(root, **sections)
    del daemon.sections["taggers"]
    return daemon


@pytest.mark.parametrize("_", [pytest.param(0, marks=NEEDS_MOSQUITTO)])
def test_samples_are_tagged_stored_published_and_shown(tmp_path: Path, _: int) -> None:
    with PrivateBroker(tmp_path) as broker, Subscriber(broker.port, "tagd/test/#") as subscriber:
        daemon = real(tmp_path / "tagd", mqtt={"url": broker.url}, web=ANY_PORT)
        for sample in shipped.sample_pictures():
            shutil.copy(sample, daemon.inbox)
        blank = daemon.inbox / "blank.png"
        blank.write_bytes(jpeg(1, (300, 300)))  # a plain colour: nothing is on it
        daemon.start()
        expected = len(shipped.sample_pictures()) + 1
        wait_until(lambda: len(subscriber.first_seqs()) == expected, 30, daemon.said)
        status, answer = daemon.get("/api/v1/pictures?limit=50")
        assert status == 200
        pictures = {picture["name"]: picture for picture in answer["pictures"]}
        for name, wanted in WANTED.items():
            said = {t["name"]: t["confidence"] for t in pictures[name]["tags"]}
            assert any(said.get(word, 0) >= 0.4 for word in wanted), (name, said)
        objects = [t for t in pictures["blank.png"]["tags"] if t["tagger"] == "objects"]
        assert objects == []
        published = {event["picture"]["id"]: event for event in map(json.loads, bodies(subscriber))}
        for picture in pictures.values():
            assert published[picture["id"]]["tags"] == picture["tags"]
        assert daemon.stop() == 0
        wait_until(lambda: subscriber.statuses()[-1:] == [b"offline"], 5)


def bodies(subscriber: Subscriber) -> list[bytes]:
    return [body for topic, body, _ in subscriber.got if topic.endswith("/events")]


def test_a_restart_and_a_copy_do_not_tag_twice(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    for number in range(5):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 5, 20, daemon.said)
    shutil.copy(daemon.inbox / "1.jpg", daemon.inbox / "copy.jpg")
    wait_until(lambda: daemon.count("file") == 6, 20, daemon.said)
    assert daemon.stop() == 0
    (daemon.inbox / "5.jpg").write_bytes(jpeg(5))
    os.utime(daemon.inbox / "2.jpg")
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 6, 20, daemon.said)
    assert daemon.stop() == 0
    assert daemon.count("event") == 6
    assert sorted(p.name for p in daemon.inbox.iterdir()) == sorted(
        [*(f"{n}.jpg" for n in range(6)), "copy.jpg"]
    )


def test_broken_pictures_are_one_line_each_and_the_rest_goes_on(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web=ANY_PORT)
    (daemon.inbox / "text.jpg").write_text("<html>not a picture</html>")
    (daemon.inbox / "half.jpg").write_bytes(jpeg(1)[:400])
    (daemon.inbox / "new\nline.jpg").write_text("x")
    Path(os.fsdecode(os.fsencode(daemon.inbox) + b"/\xff\xfe.jpg")).write_text("x")
    daemon.start()
    (daemon.inbox / "good.jpg").write_bytes(jpeg(2))
    wait_until(lambda: daemon.count("picture") == 1, 20, daemon.said)
    wait_until(lambda: daemon.count("refusal") == 4, 60, daemon.said)
    lines = [line for line in daemon.said().splitlines() if "refused" in line]
    assert len(lines) == 4, daemon.said()
    assert "Traceback" not in daemon.said()
    _, health = daemon.get("/api/v1/health")
    assert health["sources"][0]["failed"] == 4
    assert daemon.stop() == 0
    daemon.start()
    (daemon.inbox / "again.jpg").write_bytes(jpeg(3))
    wait_until(lambda: daemon.count("picture") == 2, 20, daemon.said)
    assert daemon.count("refusal") == 4, "refused once, not at every start"
    assert daemon.stop() == 0


def test_it_stops_in_time_on_sigint_as_well(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web=ANY_PORT)
    daemon.start()
    daemon.port()
    os.kill(daemon.pid, signal.SIGINT)
    assert daemon.wait_exit(10) == 0


def test_it_imports_only_what_its_config_uses(tmp_path: Path) -> None:
    code = (
        "import sys; from device.app import App; from device.config_file import load_config;"
        "from pathlib import Path; app = App(load_config(Path(sys.argv[1]))); app.close();"
        "print(' '.join(m for m in ('fastapi', 'uvicorn', 'paho', 'ai_edge_litert', 'av')"
        " if m in sys.modules))"
    )
    daemon = Daemon(tmp_path)
    daemon.config.write_text(json.dumps(daemon.sections), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", code, str(daemon.config)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
