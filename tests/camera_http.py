"""A camera on loopback that speaks HTTP, well or badly: every byte of its answers is ours."""

from __future__ import annotations

import hashlib
import itertools
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from daemon_rig import jpeg

from device.errors import SourceError
from device.sources.http import HttpSource, from_url
from device.types import Frame


@dataclass
class Request:
    """What was asked: the line and the headers, their names in lower case."""

    target: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Camera:
    """Answers by `show`, which is called with the request and the socket of each connection."""

    show: Callable[[Request, socket.socket], None]
    port: int = 0
    scheme: str = "http"
    asked: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, target: str = "/", login: str = "") -> str:
        return f"{self.scheme}://{login and login + '@'}127.0.0.1:{self.port}{target}"


@contextmanager
def camera(
    show: Callable[[Request, socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[Camera]:
    made = Camera(show, scheme="https" if tls else "http")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    made.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(10)
            wrapped = tls.wrap_socket(client, server_side=True) if tls else client
            with wrapped:
                request = read_request(wrapped)
                made.asked.append(request)
                made.show(request, wrapped)

    def accept() -> None:
        while not made.closing.is_set():
            with suppress(TimeoutError):
                client, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=(client,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield made
    finally:
        made.closing.set()
        acceptor.join()
        listener.close()
        for thread in threads:
            thread.join(5)


def read_request(client: socket.socket) -> Request:
    text = b""
    while b"\r\n\r\n" not in text:
        more = client.recv(65536)
        if more.startswith(b"\x16"):  # TLS, where plain HTTP is spoken
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        if not more or more.startswith(b"\x16"):
            raise OSError("nothing was asked")
        text += more
    first, *lines = text.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Request(first.split(" ")[1], {key.lower(): value for key, value in headers.items()})


def answer(
    body: bytes = b"", status: str = "200 OK", type: str | None = "image/jpeg", **headers: str
) -> bytes:
    """A whole answer; headers by their name with `_` for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {type}"] if type else []
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def always(data: bytes) -> Callable[[Request, socket.socket], None]:
    """The same bytes to everybody."""
    return lambda _, client: client.sendall(data)


STREAM = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=%s\r\n\r\n"


def motion_jpeg(
    pictures: Iterator[bytes], every: float = 0.0, boundary: bytes = b"frame"
) -> Callable[[Request, socket.socket], None]:
    """A stream as most cameras send it, one picture every so many seconds."""

    def show(_: Request, client: socket.socket) -> None:
        client.sendall(STREAM % boundary)
        for picture in pictures:
            client.sendall(part(picture, boundary))
            time.sleep(every)

    return show


def part(picture: bytes, boundary: bytes = b"frame") -> bytes:
    head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    return head % (boundary, len(picture)) + picture + b"\r\n"


def pictures(count: int = 10_000) -> Iterator[bytes]:
    """One small picture after the other, each different."""
    yield from (jpeg(number) for number in range(count))


class Guard:
    """Lets in whoever knows the password, by Digest as RFC 7616 has it, checked on its own."""

    def __init__(
        self,
        inside: Callable[[Request, socket.socket], None],
        user: str = "viewer",
        password: str = "geh eim#1",
        algorithm: str | None = "MD5",
        qop: str | None = "auth",
        uses: int = 1000,
    ) -> None:
        self.inside = inside
        self.user, self.password = user, password
        self.algorithm, self.qop = algorithm, qop
        self.uses = uses  # of one nonce
        self.says_stale = True
        self.refused = 0
        self._nonces: dict[str, int] = {}  # the highest count seen

    def __call__(self, request: Request, client: socket.socket) -> None:
        given = request.headers.get("authorization")
        stale = False
        if given is not None:
            kind, said = given.split(" ", 1)
            assert kind == "Digest"
            found = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))', said)
            fields = {key: quoted or bare for key, quoted, bare in found}
            count = int(fields.get("nc", "0"), 16)
            seen = self._nonces.get(fields["nonce"], self.uses)
            stale = seen >= self.uses or (bool(self.qop) and count <= seen)
            if not stale and self._right(fields, request):
                self._nonces[fields["nonce"]] = count if self.qop else seen + 1
                self.inside(request, client)
                return
        self.refused += 1
        nonce = hashlib.sha256(str(len(self._nonces)).encode()).hexdigest()[:16]
        self._nonces[nonce] = 0
        said = f'realm="a \\"camera\\"", nonce="{nonce}", opaque="o,=x"'
        said += f", algorithm={self.algorithm}" if self.algorithm else ""
        said += f', qop="{self.qop}"' if self.qop else ""
        said += ", stale=TRUE" if stale and self.says_stale else ""
        offers = f'Basic realm="x", Digest {said}'
        client.sendall(answer(b"no", "401 Unauthorized", "text/plain", WWW_Authenticate=offers))

    def _right(self, fields: dict[str, str], request: Request) -> bool:
        name = (self.algorithm or "MD5").lower()
        make = hashlib.sha256 if name.startswith("sha-256") else hashlib.md5

        def digest(text: str) -> str:
            return make(text.encode()).hexdigest()

        assert fields["uri"] == request.target
        assert fields["opaque"] == "o,=x"
        first = digest(f'{self.user}:a "camera":{self.password}')
        if name.endswith("-sess"):
            first = digest(f"{first}:{fields['nonce']}:{fields['cnonce']}")
        second = digest(f"GET:{request.target}")
        middle = f"{fields['nc']}:{fields['cnonce']}:auth:" if self.qop else ""
        wanted = digest(f"{first}:{fields['nonce']}:{middle}{second}")
        return fields["username"] == self.user and fields["response"] == wanted


STILL = always(answer(jpeg(1)))
"""One and the same picture."""


@contextmanager
def opened(url: str, **more: Any) -> Iterator[HttpSource]:
    source = from_url("yard", urlsplit(url), **more)
    try:
        yield source
    finally:
        source.close()


def take(source: HttpSource, count: int) -> list[Frame]:
    frames = iter(source)
    try:
        return list(itertools.islice(frames, count))
    finally:
        frames.close()  # type: ignore[attr-defined]


def first(url: str) -> Frame:
    source = from_url("yard", urlsplit(url))
    frames = iter(source)
    try:
        return next(frames)
    finally:
        frames.close()  # type: ignore[attr-defined]
        source.close()


def refused(url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        first(url)
    assert str(caught.value).startswith("the camera at ")
    assert "\n" not in str(caught.value)
    return caught.value
