"""Uploads over bare connections: too large, too slow, cut off, and wrong about their length."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest
from web_helpers import (
    LIMIT,
    MEGABYTE,
    PICTURES,
    Site,
    cut_off,
    form,
    png,
    problem,
    read_head,
    read_problem,
    request,
    until,
)

from device.web import receive
from device.web.connection import Connection

FILE = 'form-data; name="file"; filename="a.png"'


def post(*headers: str, kind: str = "image/png") -> bytes:
    return request(PICTURES, f"Content-Type: {kind}", *headers, method="POST")


def still_works(site: Site) -> None:
    """The next ones are taken, once it is noticed that the last went away; no place is lost."""
    with site.client() as client:
        files = {"file": ("first.png", png(99))}
        assert until(lambda: client.post(PICTURES, files=files).status_code in (200, 201), 10)
    for number in range(100, 106):
        site.upload(number)


def hung_up(connection: socket.socket) -> bool:
    """Whether the server has closed the connection, read to its end."""
    connection.settimeout(5)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


# -- too large


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 100_000, 2 * 1024 * MEGABYTE, 10**19])
def test_too_large_as_announced(site: Site, size: int) -> None:
    with site.connect() as connection:
        connection.sendall(post(f"Content-Length: {size}"))
        if size == LIMIT + 1:  # with a form around it, this might be just small enough
            connection.sendall(bytes(size))
        told = read_problem(connection, 413)["detail"]
    assert "2 MB" in told
    assert "web.max_upload_mb" in told
    still_works(site)


def test_too_large_before_the_client_sends_anything(site: Site) -> None:
    """A careful client asks first, and is not told to go on."""
    with site.connect() as connection:
        connection.sendall(post("Content-Length: 99999999", "Expect: 100-continue"))
        assert read_head(connection)[0] == 413


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=limit"])
def test_too_large_without_a_length(site: Site, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks without an end: refused at the limit, and not read for ever after."""
    monkeypatch.setattr(Connection, "patience", 0.5)
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    with site.connect() as connection:
        connection.sendall(post("Transfer-Encoding: chunked", kind=kind))
        if kind != "image/png":
            start = form((FILE, b""))[:-11]
            connection.sendall(f"{len(start):x}\r\n".encode() + start + b"\r\n")
        for _ in range(LIMIT // 65536 + 2):
            connection.sendall(chunk)
        read_problem(connection, 413)
        assert cut_off(connection, chunk)
    still_works(site)


def test_exactly_the_limit_is_taken(site: Site) -> None:
    data = png(1) + bytes(LIMIT - len(png(1)))
    with site.client() as client:
        for size, status in ((LIMIT, 201), (LIMIT + 1, 413)):
            body = data + bytes(size - LIMIT)
            sent = client.post(PICTURES, files={"file": body})
            raw = client.post(PICTURES, content=body, headers={"Content-Type": "image/png"})
            assert (sent.status_code, raw.status_code) == (status, 200 if status == 201 else 413)
        problem(sent, 413)


# -- cut off, or wrong about the length


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=limit"])
def test_a_client_that_goes_away(site: Site, kind: str) -> None:
    for _ in range(6):  # more than are received at the same time
        with site.connect() as connection:
            connection.sendall(post("Content-Length: 100000", kind=kind) + form((FILE, png(1))))
    still_works(site)


def test_a_client_that_goes_away_before_its_answer(site: Site) -> None:
    """What was sent whole is tagged and kept: asking again finds it."""
    with site.connect() as connection:
        connection.sendall(post(f"Content-Length: {len(png(1))}") + png(1))
    assert until(lambda: site.reader.totals()["pictures"] == 1)
    with site.client() as client:
        assert client.post(PICTURES, files={"file": png(1)}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: -1",),
        ("Content-Length: 12x",),
        ("Content-Length: \u00b2",),
        ("Content-Length: 10", "Content-Length: 20"),
        ("Content-Length: 10", "Transfer-Encoding: gzip"),
    ],
)
def test_lengths_that_are_none(site: Site, headers: tuple[str, ...]) -> None:
    with site.connect() as connection:
        connection.sendall(post(*headers) + b"0123456789")
        assert read_head(connection)[0] in (400, 501)
        assert hung_up(connection)
    still_works(site)


def test_more_than_was_announced(site: Site) -> None:
    """The rest is no second request."""
    with site.connect() as connection:
        connection.sendall(post(f"Content-Length: {len(png(1))}") + png(1) + b"and more\r\n\r\n")
        status, headers = read_head(connection)
        assert (status, headers["content-type"]) == (201, "application/json")
        assert hung_up(connection)
    still_works(site)


def test_nonsense_after_the_answer(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A broken chunk of a body that nobody wanted: no answer is left to give, nor a traceback."""
    with site.connect() as connection:
        connection.sendall(post("Transfer-Encoding: chunked", kind="text/plain"))
        assert read_head(connection)[0] == 415
        connection.sendall(b"no chunk\r\n\r\n")
        assert hung_up(connection)
    still_works(site)
    assert not [record for record in caplog.records if record.exc_info]


# -- too slow


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=limit"])
def test_slow_uploads_give_their_places_up(
    site: Site, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four of them would keep everybody else out."""
    monkeypatch.setattr(receive, "_PATIENCE", 0.5)
    slow = [site.connect() for _ in range(4)]
    try:
        for connection in slow:
            connection.sendall(post("Content-Length: 100000", kind=kind) + form((FILE, b"")))
        time.sleep(0.2)  # they are being received
        with site.client() as client:
            problem(client.post(PICTURES, files={"file": png(1)}), 503)
            for connection in slow:
                with suppress(OSError):
                    connection.sendall(b"x")  # a sign of life is not enough
            for connection in slow:
                assert "too slowly" in read_problem(connection, 408)["detail"]
            assert client.post(PICTURES, files={"file": png(1)}).status_code == 201
    finally:
        for connection in slow:
            connection.close()
