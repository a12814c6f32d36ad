"""The server itself: hostile and idle connections, and its end."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from web_helpers import (
    EVENTS,
    PICTURES,
    HeldTagger,
    Site,
    cut_off,
    lazy_reader,
    png,
    read_head,
    request,
    running,
    until,
)

from device.web.connection import Connection
from device.web.server import WebServer
from device.web.services import Services

# -- connections that stay


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def sockets(site: Site, stack: ExitStack, count: int) -> list[socket.socket]:
    return [stack.enter_context(site.connect()) for _ in range(count)]


@pytest.mark.alone
def test_half_open_requests_do_not_stop_others(site: Site) -> None:
    with ExitStack() as stack, site.client() as client:
        for connection in sockets(site, stack, 100):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        begin = time.monotonic()
        assert client.get(PICTURES).status_code == 200
        assert time.monotonic() - begin < 1


def test_half_open_requests_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when another byte comes now and then, and after a first whole request."""
    monkeypatch.setattr(Connection, "patience", 0.6)
    with ExitStack() as stack:
        silent, trickling, second = sockets(site, stack, 3)
        second.sendall(request("/nowhere"))
        assert read_head(second)[0] == 404
        assert cut_off(trickling, b"G")
        assert cut_off(second, b"G")
        silent.settimeout(5)
        assert silent.recv(1) == b""
        assert site.server.connections == 0


def test_many_idle_connections_do_not_stop_others(site: Site) -> None:
    with ExitStack() as stack, site.client() as client:
        idle = sockets(site, stack, 300)
        assert client.get(PICTURES).status_code == 200
        assert until(lambda: site.server.connections <= Connection.most)
        idle[-1].sendall(request("/nowhere"))  # who came last is still there
        assert read_head(idle[-1])[0] == 404


def test_a_busy_connection_is_not_given_up_for_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "most", 3)
    tagger = HeldTagger()
    with running(tmp_path / "data", tagger=lambda: tagger) as site, ExitStack() as stack:
        (busy,) = sockets(site, stack, 1)
        head = request(
            PICTURES, "Content-Type: image/png", f"Content-Length: {len(png(1))}", method="POST"
        )
        busy.sendall(head + png(1))
        assert until(lambda: site.pipeline.mailbox.depth("upload") == 0 and tagger.waiting)
        sockets(site, stack, 20)
        tagger.gate.set()
        assert read_head(busy)[0] == 201


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n\r\n", b"\x00" * 1000,
     b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100_000,
     b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_http(site: Site, garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with site.connect() as connection:
        connection.sendall(garbage)
        assert connection.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 421")
    site.upload(1)
    assert not [record for record in caplog.records if record.exc_info]


def test_an_upgrade_is_not_made(site: Site) -> None:
    with site.connect() as connection:
        connection.sendall(
            request("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        )
        assert read_head(connection)[0] == 200


# -- the end


@pytest.mark.alone
def test_the_end_does_not_wait_for_anybody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Streams, idle and half-open connections, an upload under way, a reader that is stuck."""
    before = open_files()
    tagger = HeldTagger()
    with running(tmp_path / "data", tagger=lambda: tagger, pictures=500) as site:
        with ExitStack() as stack:
            stream, _, half, upload = sockets(site, stack, 4)
            stack.enter_context(lazy_reader(site, f"{PICTURES}?limit=500"))
            stream.sendall(request(EVENTS, "Accept: text/event-stream"))
            assert read_head(stream)[0] == 200
            half.sendall(b"GET / HT")
            upload.sendall(
                request(PICTURES, "Content-Type: image/png", "Content-Length: 99", method="POST")
            )
            time.sleep(0.2)
            begin = time.monotonic()
            site.server.close()
            assert time.monotonic() - begin < 1.9
            assert site.server.silence() == "the web thread has ended"
            site.server.close()  # twice does no harm
            with pytest.raises(ConnectionRefusedError):
                site.connect()
        tagger.gate.set()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert until(lambda: open_files() <= before)
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("web", "AnyIO"))]


@pytest.mark.alone
def test_the_end_does_not_wait_for_an_upload_to_come(site: Site) -> None:
    with site.connect() as upload:
        head = ("Content-Type: image/png", "Content-Length: 99")
        upload.sendall(request(PICTURES, *head, method="POST"))
        assert until(lambda: site.server.connections == 1)
        begin = time.monotonic()
        site.server.close()
        assert time.monotonic() - begin < 0.8


def test_closing_without_or_right_after_the_start(services: Services) -> None:
    for start in (False, True):
        server = WebServer(services, "127.0.0.1", 0)
        if start:
            server.start()
        server.close()
        assert server.silence() == "the web thread has ended"


def test_an_answer_under_way_is_finished(tmp_path: Path) -> None:
    tagger = HeldTagger()
    with running(tmp_path / "data", tagger=lambda: tagger) as site:
        sent: list[str] = []
        sender = threading.Thread(target=lambda: sent.append(site.upload(1)["id"]))
        sender.start()
        assert until(lambda: tagger.waiting)
        threading.Timer(0.3, tagger.gate.set).start()
        site.server.close()
        sender.join(5)
        assert len(sent) == 1
