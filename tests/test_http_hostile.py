"""Cameras that refuse, lie, hang or never end: one sentence for each."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from camera_http import (
    STREAM,
    Request,
    always,
    answer,
    camera,
    refused,
)
from daemon_rig import jpeg

from device import http_fetch, http_patience, http_picture
from device.errors import SourceError
from device.http_fetch import Fetch


def drip(data: bytes, every: float) -> Callable[[Request, socket.socket], None]:
    def show(_: Request, client: socket.socket) -> None:
        for at in range(len(data)):
            client.sendall(data[at : at + 1])
            time.sleep(every)

    return show


def endless(head: bytes, more: bytes) -> Callable[[Request, socket.socket], None]:
    def show(_: Request, client: socket.socket) -> None:
        client.sendall(head)
        while True:
            client.sendall(more)

    return show


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
START = jpeg(1)[:200]
ANSWERS = {
    "a web page": (answer(b"<html>" * 99, type="text/html"), "sends a web page instead of a pict"),
    "a playlist": (answer(b"#EXTM3U\n" * 9, type="application/x-mpegurl"), "end in .m3u8"),
    "a film": (answer(bytes(99), type="video/mp4"), "sends video/mp4 instead of a picture"),
    "a type without end": (answer(bytes(99), type="a/b" + ';"' * 30_000), "sends something else"),
    "a type to be afraid of": (answer(bytes(99), type="a/\x1b[2Jx"), "sends a/\\x1b[2jx instead"),
    "nothing": (answer(b""), "answers with nothing"),
    "no content": (answer(b"", "204 No Content"), "answers 204 No Content"),
    "zeros": (answer(bytes(5000)), "instead of a picture"),
    "half a picture": (answer(START), "sends a picture that ends too early"),
    "less than it says": (
        HEAD + b"Content-Length: 9000\r\n\r\n" + START,
        "broke off in the middle of its answer",
    ),
    "2 GB": (HEAD + b"Content-Length: 2147483648\r\n\r\n" + START, "of more than 32 MiB"),
    "a bomb": (
        answer(gzip.compress(bytes(10**6)), Content_Encoding="gzip"),
        "compresses its answer",
    ),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "something that is not HTTP"),
    "nothing at all": (b"", "broke off the connection"),
    "too many headers": (HEAD + b"X-Y: z\r\n" * 200 + b"\r\n", "something that is not HTTP"),
    "a long header": (HEAD + b"X-Y: " + b"z" * 70_000 + b"\r\n\r\n", "not HTTP"),
    "an error": (answer(b"oh", "500 <script>"), "answers 500 Internal Server Error"),
    "a strange error": (answer(b"oh", "799 x"), "answers 799"),
    "not found": (answer(b"", "404 x"), "has nothing at this path (404)"),
    "forbidden": (answer(b"", "403 x"), "forbids this path (403)"),
    "a login": (answer(b"", "401 x"), "wants a user and a password (401)"),
    "a stream of zeros": (STREAM % b"b" + bytes(10**6), "no picture where one should begin"),
    "a stream of text": (
        STREAM % b"b" + b"--b\r\n\r\nhello\r\n" * 60,
        "a stream in which there are no pictures",
    ),
    "a stream that ends": (STREAM % b"b" + b"--b--\r\n", "ended its stream"),
    "a stream that breaks off": (STREAM % b"b" + b"--b\r\n", "ended its stream"),
    "half a part": (STREAM % b"b" + b"--b\r\nContent-Length: 99999999\r\n\r\n", "more than 32 MiB"),
    "bad chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "broke off the connection"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_one_sentence_for_each(kind: str) -> None:
    data, told = ANSWERS[kind]
    with camera(always(data)) as box:
        assert told in str(refused(box.url()))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_fetch, "HEAD", 0.3)
    monkeypatch.setattr(http_picture, "WHOLE", 0.6)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "show",
    [
        lambda _, client: client.recv(1),
        drip(HEAD * 100, 0.1),
        drip(HEAD + b"\r\n" + jpeg(1) * 100, 0.02),
        drip(STREAM % b"frame" + b"--frame\r\n\r\n" + jpeg(1), 0.02),
        lambda _, client: (client.sendall(STREAM % b"frame"), client.recv(1)),
    ],
    ids=["silence", "a slow head", "a slow picture", "a slow stream", "a silent stream"],
)
def test_whoever_is_too_slow(show: Callable[[Request, socket.socket], None]) -> None:
    with camera(show) as box:
        start = time.monotonic()
        assert "does not answer in time" in str(refused(box.url()))
        assert time.monotonic() - start < 2.5


@pytest.mark.parametrize(
    "head", [HEAD + b"\r\n" + START, STREAM % b"frame" + b"--frame\r\n\r\n" + START]
)
def test_a_picture_without_end(head: bytes) -> None:
    with camera(endless(head, bytes(2**20))) as box:
        assert "picture of more than 32 MiB" in str(refused(box.url()))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "refuses the connection" in str(refused(f"http://127.0.0.1:{port}/"))
    assert "name that cannot be found" in str(refused("http://no-such-camera.invalid/"))
    assert "name that cannot be found" in str(refused(f"http://{'a' * 70}.invalid/"))


def test_a_handshake_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_patience, "CONNECT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "does not answer in time" in str(refused(f"https://127.0.0.1:{port}/"))


def test_who_is_closed_while_it_connects_asks_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(2)
        fetch = Fetch(urlsplit(f"http://127.0.0.1:{silent.getsockname()[1]}/"))
        fetch.abort()
        with pytest.raises(SourceError, match="broke off"):
            fetch.open({})
