"""Switching and asking from outside: the real daemon, its commands, and a kill in between."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from daemon_rig import Daemon, jpeg, wait_until
from PIL import Image

SOURCES = [
    {"name": "gate", "url": "fake://?count=100000&every=0.2&live=yes"},
    {"name": "porch", "url": "fake://?count=100000&every=0.2&live=yes", "enabled": False},
]


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    made = Daemon(tmp_path, web={"listen": "127.0.0.1:0"})
    made.sections["sources"] += SOURCES
    return made


def tagd(*words: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-W", "error", "-m", "device", *words]
    return subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)


def url(daemon: Daemon) -> tuple[str, str]:
    return "--url", f"http://127.0.0.1:{daemon.port()}"


def states(daemon: Daemon) -> dict[str, str]:
    status, answer = daemon.get("/api/v1/sources")
    assert status == 200
    return {one["name"]: one["state"] for one in answer["sources"]}


def restart(daemon: Daemon) -> None:
    daemon.kill()
    daemon.log.unlink()
    daemon.start()
    daemon.port()


def test_a_choice_survives_a_kill_until_the_config_says_something_else(daemon: Daemon) -> None:
    daemon.start()
    wait_until(lambda: states(daemon)["gate"] == "running", 15, daemon.said)
    assert states(daemon) == {"inbox": "running", "gate": "running", "porch": "disabled"}
    for word, name in (("disable", "gate"), ("disable", "inbox"), ("enable", "porch")):
        done = tagd("sources", word, name, *url(daemon))
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{name} is {'on' if word == 'enable' else 'off'}\n"
    restart(daemon)  # at once after the answer
    wait_until(lambda: states(daemon)["porch"] == "running", 15, daemon.said)
    assert states(daemon) == {"inbox": "disabled", "gate": "disabled", "porch": "running"}
    assert "source gate stays switched off, as it was chosen" in daemon.said()
    (daemon.inbox / "a.jpg").write_bytes(jpeg(1))
    assert tagd("sources", "enable", "inbox", *url(daemon)).returncode == 0
    wait_until(lambda: daemon.count("file") == 1, 15, daemon.said)  # what came meanwhile
    daemon.sections["sources"][1]["enabled"] = False
    restart(daemon)
    daemon.sections["sources"][1]["enabled"] = True
    restart(daemon)
    wait_until(lambda: states(daemon)["gate"] == "running", 15, daemon.said)
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.said()


def test_a_picture_is_taken_from_a_terminal(daemon: Daemon, tmp_path: Path) -> None:
    daemon.start()
    wait_until(lambda: states(daemon)["gate"] == "running", 15, daemon.said)
    file = tmp_path / "now.jpg"
    done = tagd("sources", "capture", "gate", "--save", str(file), *url(daemon))
    assert done.returncode == 0, done.stderr
    assert any(colour in done.stdout for colour in ("red", "green", "blue", "yellow"))
    assert Image.open(io.BytesIO(file.read_bytes())).size == (64, 48)
    done = tagd("sources", "capture", "gate", "--json", *url(daemon))
    picture = json.loads(done.stdout)
    assert daemon.get(f"/api/v1/pictures/{picture['id']}")[0] == 200
    for name, told in (
        ("inbox", "inbox takes no pictures on demand"),
        ("porch", "porch is switched off; switch it on first"),
        ("gata", "no source is called 'gata'; there are inbox, gate, porch"),
    ):
        done = tagd("sources", "capture", name, *url(daemon))
        assert done.returncode == 1
        assert done.stderr.startswith(f"tagd: {told}"), done.stderr
        assert len(done.stderr.splitlines()) == 1
    done = tagd("sources", "capture", "gate", "--save", str(tmp_path), *url(daemon))
    assert done.returncode == 2  # a folder
    assert daemon.stop() == 0


def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    done = tagd("sources", "disable", "gate", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.startswith("tagd: no tagd answers at http://127.0.0.1:9")
    assert tagd("sources", "enable", "gate", "--url", "ftp://x").returncode == 2
