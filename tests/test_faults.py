"""A disk that is full or read-only, a port that is taken: a clear message, and the rest goes on."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_rig import Daemon, jpeg, wait_until

ANY_PORT = {"listen": "127.0.0.1:0"}


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(ballast: Path) -> None:
    """To the last byte of the disk."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


@pytest.mark.timeout(120)
def test_a_full_disk_stops_storing_and_recovers_by_itself(tmp_path: Path, small_disk: Path) -> None:
    daemon = Daemon(tmp_path / "tagd", web=ANY_PORT, data_dir=str(small_disk / "data"))
    daemon.data = small_disk / "data"
    daemon.start()
    port = daemon.port()
    (daemon.inbox / "first.jpg").write_bytes(jpeg(0))
    wait_until(lambda: daemon.count("picture") == 1, 20, daemon.said)
    ballast = small_disk / "ballast"
    fill(ballast)
    for number in range(1, 11):  # there is a reserve for them: tags and events, no thumbnails
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
    wait_until(lambda: daemon.count("event") == 11, 20, daemon.said)
    assert daemon.rows("SELECT count(*) FROM picture WHERE kept = 'none'") == [(10,)]
    _, health = daemon.get("/api/v1/health")
    assert any("events go on in a small reserve" in problem for problem in health["problems"])
    fill(small_disk / "more")
    for number in range(11, 21):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number) + bytes(number))
    wait_until(lambda: "the disk is full; make room" in daemon.said(), 20, daemon.said)
    status, health = daemon.get("/api/v1/health")
    assert status == 200
    assert health["status"] == "degraded"
    assert any("the disk is full" in problem for problem in health["problems"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/api/v1/pictures", jpeg(99), {"Content-Type": "image/jpeg"})
    response = connection.getresponse()
    assert response.status == 507
    assert b"make room" in response.read()
    connection.close()
    assert daemon.running
    ballast.unlink()
    (small_disk / "more").unlink()
    wait_until(lambda: daemon.count("picture") == 21, 40, daemon.said)
    wait_until(lambda: daemon.get("/api/v1/health")[1]["status"] == "ok", 20, daemon.said)
    assert [r[0] for r in daemon.rows("SELECT seq FROM event ORDER BY seq")] == list(range(1, 22))
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.said()


def test_a_disk_that_is_full_from_the_start(tmp_path: Path, small_disk: Path) -> None:
    fill(small_disk / "ballast")
    daemon = Daemon(tmp_path / "tagd", data_dir=str(small_disk / "data"))
    daemon.start()
    assert daemon.wait_exit() != 0
    assert "the disk is full" in daemon.said()
    assert "Traceback" not in daemon.said()


def test_a_read_only_data_dir(tmp_path: Path, small_disk: Path) -> None:
    (small_disk / "data").mkdir()
    _mount("-o", "remount,ro", str(small_disk))
    daemon = Daemon(tmp_path / "tagd", data_dir=str(small_disk / "data"))
    daemon.start()
    assert daemon.wait_exit() != 0
    assert "read-only" in daemon.said()
    assert "Traceback" not in daemon.said()


def test_a_data_dir_without_permission(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    code = (
        "import os, sys; from pathlib import Path; from device.store.writer import Store\n"
        "if os.geteuid() == 0: os.setresuid(65534, 65534, 65534)\n"  # root may write anywhere
        "Store(Path(sys.argv[1]), 'test')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "locked/data")], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "may not write there" in done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        daemon = Daemon(tmp_path, web={"listen": f"127.0.0.1:{port}"})
        daemon.start()
        assert daemon.wait_exit() != 0
        assert f"127.0.0.1:{port}: another program uses it" in daemon.said()
        assert "Traceback" not in daemon.said()


def test_two_daemons_on_one_folder(tmp_path: Path) -> None:
    first = Daemon(tmp_path)
    first.start()
    wait_until(lambda: (first.data / "tagd.db").exists(), 15, first.said)
    second = Daemon(tmp_path)
    second.log = tmp_path / "second"
    second.start()
    assert second.wait_exit() == 1  # 2 would be for good: systemd would not try again
    assert "another tagd is using it" in second.said()
    assert first.running
    assert first.stop() == 0


def test_a_source_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web=ANY_PORT)
    daemon.inbox.rmdir()
    daemon.start()
    wait_until(lambda: "source inbox:" in daemon.said(), 15, daemon.said)
    _, health = daemon.get("/api/v1/health")
    assert health["sources"][0]["error"]
    daemon.inbox.mkdir()
    (daemon.inbox / "a.jpg").write_bytes(jpeg(1))
    wait_until(lambda: daemon.count("picture") == 1, 20, daemon.said)
    assert daemon.stop() == 0
