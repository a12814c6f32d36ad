"""What systemd hears of a real daemon: ready, counts, a new start within the process, the end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_rig import Daemon, jpeg, wait_until
from systemd_rig import Heard

from device import patience
from device.notify import notify
from device.patience import Patience

ANY_PORT = {"listen": "127.0.0.1:0"}


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    heard = Heard(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(heard.path))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    yield heard
    heard.close()


def test_it_is_ready_counts_and_says_that_it_stops(tmp_path: Path, systemd: Heard) -> None:
    daemon = Daemon(tmp_path, json_lines={"path": str(tmp_path / "data/events.jsonl")})
    (daemon.inbox / "a.jpg").write_bytes(jpeg(1))
    daemon.start()
    wait_until(lambda: systemd.count("READY=1"), 30, daemon.said)
    counted = "1 pictures tagged since the start, 0 waiting; json_lines: 0 events to send"
    wait_until(lambda: systemd.status() == counted, 40, systemd.status)
    assert systemd.beats_on()
    assert daemon.stop() == 0
    assert systemd.count("STOPPING=1") == 1
    assert systemd.count("READY=1") == 1
    assert len([line for line in systemd.lines if line.startswith("STATUS=")]) <= 4


def test_what_is_wrong_is_told_without_its_secrets(tmp_path: Path, systemd: Heard) -> None:
    url = "http://viewer:giraffe@127.0.0.1:9/a.jpg?every=1s&pwd=zebra99"
    daemon = Daemon(tmp_path, sources=[{"name": "gate", "url": url}])
    daemon.start()
    wait_until(lambda: "wrong: source gate" in systemd.status(), 90, systemd.status)
    assert daemon.stop() == 0
    assert not any(word in "\n".join(systemd.lines) for word in ("giraffe", "zebra99"))


def test_a_database_that_is_repaired_while_running_is_no_stop(
    tmp_path: Path, systemd: Heard
) -> None:
    daemon = Daemon(tmp_path)
    daemon.start()
    (daemon.inbox / "a.jpg").write_bytes(jpeg(1))
    wait_until(lambda: daemon.count("picture") == 1, 30, daemon.said)
    assert systemd.beats_on()
    for name in ("tagd.db", "tagd.db-wal"):
        path = daemon.data / name
        path.write_bytes(b"\x55" * path.stat().st_size)
    (daemon.inbox / "b.jpg").write_bytes(jpeg(2))
    wait_until(lambda: systemd.count("READY=1") == 2, 60, daemon.said)
    assert systemd.count("RELOADING=1") == 1
    assert "READY=1" in systemd.lines[systemd.lines.index("RELOADING=1") :]
    assert systemd.beats_on()
    assert "STOPPING=1" not in systemd.lines
    assert daemon.stop() == 0


def test_a_stopped_process_feeds_no_watchdog(tmp_path: Path, systemd: Heard) -> None:
    daemon = Daemon(tmp_path)
    daemon.start()
    assert systemd.beats_on()
    subprocess.run(["kill", "-STOP", str(daemon.pid)], check=True)
    try:
        time.sleep(0.3)  # what it said just before
        assert not systemd.beats_on(1, 2.0)
    finally:
        subprocess.run(["kill", "-CONT", str(daemon.pid)], check=True)
    assert systemd.beats_on()
    assert daemon.stop() == 0


def test_the_watchdogs_signal_shows_where_each_thread_is(
    tmp_path: Path, systemd: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")  # as the unit does
    daemon = Daemon(tmp_path)
    daemon.start()
    assert systemd.beats_on()
    subprocess.run(["kill", "-ABRT", str(daemon.pid)], check=True)
    assert daemon.wait_exit() == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in daemon.said()
    assert "stages/infer.py" in daemon.said()


def work(seconds: float) -> None:
    deadline = time.process_time() + seconds
    while time.process_time() < deadline:
        pass


def asked(systemd: Heard) -> int:
    return systemd.count("EXTEND_TIMEOUT_USEC=60000000")


def test_who_works_gets_time_for_as_long_as_it_takes(systemd: Heard) -> None:
    with Patience(threading.Event(), every=0.05):
        while asked(systemd) < 5:
            work(0.1)
    before = asked(systemd)
    assert systemd.count("WATCHDOG=1") == before
    time.sleep(0.3)
    assert asked(systemd) == before


def test_who_hangs_gets_none(systemd: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_STUCK", 0.5)
    monkeypatch.setattr(patience, "_WORK", 10.0)  # the asking itself is no work
    with Patience(threading.Event(), every=0.05):
        wait_until(lambda: asked(systemd), 20)
        time.sleep(1.5)
        before = asked(systemd)
        time.sleep(0.5)
        assert asked(systemd) == before


def test_who_is_to_stop_asks_for_nothing(systemd: Heard) -> None:
    stopping = threading.Event()
    stopping.set()
    with Patience(stopping, every=0.05):
        work(0.4)
    assert not asked(systemd)


def test_a_text_from_outside_is_no_second_line(systemd: Heard) -> None:
    notify("STATUS=wrong: \nSTOPPING=1\r\u2028MAINPID=1\ud800", "WATCHDOG=1")
    wait_until(lambda: systemd.count("WATCHDOG=1"), 10)
    assert systemd.lines == ["STATUS=wrong:  STOPPING=1  MAINPID=1?", "WATCHDOG=1"]


@pytest.mark.timeout(60)
def test_a_systemd_that_does_not_listen_holds_up_nobody_for_long(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from socket import AF_UNIX, SOCK_DGRAM, socket

    with socket(AF_UNIX, SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "deaf"))
        most = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())
        for _ in range(min(most, 2000) + 2):
            notify("WATCHDOG=1")
            if caplog.text:
                break
    assert "systemd could not be told WATCHDOG=1" in caplog.text


def test_a_wrong_config_is_one_line_and_exit_code_2(tmp_path: Path, systemd: Heard) -> None:
    config = tmp_path / "tagd.yaml"
    config.write_text("devise: {}\n")
    command = [sys.executable, "-m", "device", "run", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2  # RestartPreventExitStatus in the unit
    assert done.stderr.splitlines() == [
        f"tagd: {config}:1: devise: there is no such key; did you mean `device`?"
    ]
    assert not systemd.lines


def test_a_coral_that_is_not_plugged_in_may_come(tmp_path: Path) -> None:
    config = tmp_path / "tagd.yaml"
    config.write_text(f"data_dir: {tmp_path}/data\ninference: {{accelerator: edgetpu}}\n")
    command = [sys.executable, "-m", "device", "run", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "tagd: inference: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1  # so that systemd tries again
