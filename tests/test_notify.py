"""What systemd hears, over real datagram sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.notify import notify, watchdog_seconds


@pytest.fixture(params=["file", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """The other end of NOTIFY_SOCKET."""
    path = str(tmp_path / "notify")
    abstract = f"tagd-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", path if request.param == "file" else f"@{abstract}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(path if request.param == "file" else f"\0{abstract}")
        end.settimeout(1.0)
        yield end


def test_lines_arrive_as_one_datagram(systemd: socket.socket) -> None:
    notify("READY=1", "STATUS=device gate")
    notify("WATCHDOG=1")
    assert systemd.recv(1000) == b"READY=1\nSTATUS=device gate"
    assert systemd.recv(1000) == b"WATCHDOG=1"


def test_without_systemd_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    assert not caplog.text


def test_a_socket_that_is_gone_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("READY=1")
    assert "systemd could not be told READY=1" in caplog.text


@pytest.mark.parametrize(
    ("micros", "pid", "seconds"),
    [
        ("30000000", None, 30.0),
        ("30000000", "own", 30.0),
        ("30000000", "1", None),
        ("0", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_how_often_the_watchdog_wants_to_hear(
    monkeypatch: pytest.MonkeyPatch, micros: str | None, pid: str | None, seconds: float | None
) -> None:
    for name, value in (("WATCHDOG_USEC", micros), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, str(os.getpid()) if value == "own" else value)
    assert watchdog_seconds() == seconds
