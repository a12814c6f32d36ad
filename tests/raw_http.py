"""HTTP by hand, for clients that do not behave."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def request(path: str, *headers: str, method: str = "GET", host: str = "localhost") -> bytes:
    """The head of a request."""
    lines = (f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1")


def read_head(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """Status and headers (lower case) of the next answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        got = connection.recv(1)
        assert got, f"the server hung up after {data!r}"
        data += got
    first, *lines = data.decode("latin-1").strip().split("\r\n")
    return int(first.split()[1]), {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
    }


def read_problem(connection: socket.socket, status: int) -> dict[str, Any]:
    """The next answer, which must be a problem of that status."""
    got, headers = read_head(connection)
    assert (got, headers["content-type"]) == (status, "application/problem+json")
    with connection.makefile("rb") as file:
        return dict(json.loads(file.read(int(headers["content-length"]))))


def cut_off(connection: socket.socket, data: bytes) -> bool:
    """Whether the server ends the connection within 3 s although we go on sending."""
    deadline = time.monotonic() + 3
    try:
        while time.monotonic() < deadline:
            connection.sendall(data)
            time.sleep(0.002)
    except OSError:
        return True
    return False


@contextmanager
def lazy_reader(site: Any, path: str = "/api/v1/events") -> Iterator[None]:
    """Somebody who asks for much, and then takes nothing of it."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", site.server.port))
        asked = request(path, "Accept: text/event-stream", "Last-Event-ID: 0")
        connection.sendall(asked * 50)
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield
