"""Broken cameras beside a good one, and what is never told of any of them: the password."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("av")
from camera_http import always, answer
from camera_http import camera as http_camera
from daemon_rig import wait_until
from mqtt_helpers import NEEDS_MOSQUITTO
from rtsp_rig import RtspServer
from street_rig import Box, film, standing

pytestmark = [*NEEDS_MOSQUITTO, pytest.mark.timeout(120)]

PASSWORD, WRONG = "geh/eim#1:7", "fal-sch&2@x"
TOLD = {
    "nowhere": "the name is unknown",
    "locked": "refuses this user or password (401)",
    "zeros": "sends no video within 10 s",
    "page": "sends a web page instead of a picture",
    "missing": "is not there",
    "text": "is no video",
}
"""What is said of each, in part."""


@contextmanager
def sender_of_zeros() -> Iterator[int]:
    """Whoever connects gets zeros for as long as they listen."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pour(client: socket.socket) -> None:
            with client, suppress(OSError):
                while True:
                    client.sendall(bytes(4096))

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client = listener.accept()[0]
                    threading.Thread(target=pour, args=(client,), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def everything(box: Box) -> str:
    """All that the appliance lets anybody see."""
    paths = ["/", "/api/v1/openapi.json", "/api/v1/health", "/api/v1/sources", "/api/v1/pictures"]
    seen = [box.fetch(path).decode() for path in [*paths, "/api/v1/events", "/api/v1/visits"]]
    seen += [f"{topic} {body!r}" for topic, body in box.heard.log]
    database = sqlite3.connect(box.daemon.data / "tagd.db")
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
    )
    for (table,) in tables.fetchall():
        seen += map(repr, database.execute(f'SELECT * FROM "{table}"'))
    database.close()
    return "\n".join([*seen, box.daemon.said()])


@pytest.mark.slow
def test_none_of_them_touches_the_good_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_PASSWORD", PASSWORD.replace("/", "%2F").replace("#", "%23"))
    monkeypatch.setenv("OLD_PASSWORD", WRONG.replace("@", "%40"))
    street = film(tmp_path / "street.mp4", 60, standing)
    (tmp_path / "cut.mp4").write_bytes(street.read_bytes()[:-20_000])
    (tmp_path / "text.mp4").write_text("this is no film\n" * 100, encoding="utf-8")
    html = answer(b"<html>the page that shows the picture</html>", type="text/html")
    with (
        RtspServer({"/sub": street}, user="viewer", password=PASSWORD) as server,
        http_camera(always(html)) as web,
        sender_of_zeros() as port,
    ):
        place = f"127.0.0.1:{server.port}/sub"
        urls = {
            "gate": f"rtsp://viewer:${{GATE_PASSWORD}}@{place}",
            "nowhere": f"rtsp://viewer:{WRONG.replace('@', '%40')}@camera.invalid/sub",
            "locked": f"rtsp://viewer:${{OLD_PASSWORD}}@{place}",
            "zeros": f"rtsp://127.0.0.1:{port}/x",
            "page": web.url("/snap.jpg?every=1s&password=geheim-2"),
            "missing": f"file://{tmp_path}/none.mp4",
            "text": f"file://{tmp_path}/text.mp4",
            "cut": f"file://{tmp_path}/cut.mp4?pace=fast",
        }
        sources = [{"name": name, "url": url, "fps": 5} for name, url in urls.items()]
        with Box(tmp_path / "box", sources, mqtt={"pictures": True}) as box:
            box.daemon.start()
            wait_until(lambda: box.events("visit_start", "gate"), 30, box.daemon.said)
            for name, what in TOLD.items():
                said = box.wait_source(name, lambda one: one["error"], 30)
                assert what in said["error"], f"{name}: {said['error']}"
                assert said["state"] == "error"
            gate = box.source("gate")
            assert gate["error"] is None
            assert gate["last_frame_age_s"] < 2.0
            assert gate["reconnects"] == gate["decode_errors"] == 0
            assert len(box.events("visit_start", "gate")) == 1
            problems = json.loads(box.fetch("/api/v1/health"))["problems"]
            named = {problem.split(":")[0].removeprefix("source ") for problem in problems}
            assert set(TOLD) <= named
            assert "gate" not in named
            shown = everything(box)
            for secret in (PASSWORD, WRONG, "geheim-2", "geh%2Feim", "fal-sch"):
                assert secret not in shown
            assert box.daemon.stop() == 0
            assert "Traceback" not in box.daemon.said()
            lines = [line for line in box.daemon.said().splitlines() if "source locked" in line]
            assert len(lines) == 1  # a refused login is not hurried
