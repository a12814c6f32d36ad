"""The daemon with an HTTP camera that asks for a password, goes away and comes back."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from camera_http import STREAM, Guard, Request, answer, camera, part
from daemon_rig import Daemon, jpeg, wait_until

from device.errors import SourceError
from device.sources.http import from_url


def test_pictures_come_and_the_password_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YARD_PASSWORD", "geh%20eim%231")
    numbers = itertools.count()
    away = threading.Event()

    def show(_: Request, client: socket.socket) -> None:
        broken = answer(b"geh eim#1", "503 geh eim#1")
        client.sendall(broken if away.is_set() else answer(jpeg(next(numbers))))

    with camera(Guard(show)) as box:
        daemon = Daemon(tmp_path)
        url = box.url("/snap?every=200ms", "viewer:${YARD_PASSWORD}")
        daemon.sections["sources"] = [{"name": "yard", "url": url}]
        daemon.start()
        wait_until(lambda: daemon.count("picture") >= 3, 20, daemon.said)
        away.set()
        wait_until(lambda: "answers 503 Service Unavailable" in daemon.said(), 10, daemon.said)
        away.clear()
        before = daemon.count("picture")
        wait_until(lambda: daemon.count("picture") >= before + 3, 20, daemon.said)
        assert daemon.stop() == 0
    assert "geh" not in daemon.said()
    assert "Traceback" not in daemon.said()


def _rss() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_hundreds_of_reconnects_leave_nothing_behind() -> None:
    picture = jpeg(1, (640, 480))

    def show(_: Request, client: socket.socket) -> None:
        client.sendall(STREAM % b"frame" + part(picture) * 3)

    with camera(show) as box:
        source = from_url("yard", urlsplit(box.url()))

        def reconnect(times: int) -> None:
            for _ in range(times):
                with pytest.raises(SourceError, match="ended its stream"):
                    list(source)

        reconnect(50)
        memory, handles, threads = (
            _rss(),
            len(os.listdir("/proc/self/fd")),
            threading.active_count(),
        )
        reconnect(300)
        time.sleep(0.2)
        assert _rss() - memory < 3 * 2**20
        assert len(os.listdir("/proc/self/fd")) <= handles + 1
        assert threading.active_count() <= threads + 1
        assert source.status()["reconnects"] == 349
        source.close()
