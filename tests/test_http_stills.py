"""Still pictures polled over HTTP: what is unchanged, and a picture at once."""

from __future__ import annotations

import itertools
import socket
import threading
import time

import pytest
from camera_http import (
    Request,
    answer,
    camera,
    opened,
)
from daemon_rig import jpeg
from makers import spawn, until

from device.errors import SourceError
from device.types import Frame


class Slides:
    """A still picture that changes when it is told to."""

    def __init__(self) -> None:
        self.number = 0
        self.tags = True

    def __call__(self, request: Request, client: socket.socket) -> None:
        tag = f'"{self.number}"'
        if self.tags and request.headers.get("if-none-match") == tag:
            client.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            more = {"ETag": tag} if self.tags else {}
            client.sendall(answer(jpeg(self.number), **more))


def test_a_still_is_polled_and_not_repeated() -> None:
    slides = Slides()
    with camera(slides) as box, opened(box.url("/snap?chan=1&every=200ms&x=%20")) as source:
        assert not source.stream
        frames = iter(source)
        assert next(frames).data == jpeg(0)
        got: list[Frame] = []
        taker = spawn(lambda: got.extend(itertools.islice(frames, 1)))
        until(lambda: len(box.asked) >= 3)
        assert not got
        slides.number = 1
        taker.join(5)
        assert [frame.data for frame in got] == [jpeg(1)]
        assert got[0].moment is None
        assert got[0].sha256 is not None
        assert {request.target for request in box.asked} == {"/snap?chan=1&x=%20"}
        assert box.asked[0].headers.get("if-none-match") is None
        assert box.asked[1].headers["if-none-match"] == '"0"'
        assert source.status()["unchanged"] >= 2
        source.close()


def test_equal_bytes_are_one_picture_where_the_camera_knows_no_tags() -> None:
    slides = Slides()
    slides.tags = False
    with camera(slides) as box, opened(box.url("/?every=200ms")) as source:
        frames = iter(source)
        next(frames)
        threading.Timer(0.5, lambda: setattr(slides, "number", 7)).start()
        assert next(frames).data == jpeg(7)
        assert source.status()["unchanged"] >= 1
        source.close()


def test_asking_takes_a_picture_now_also_the_same() -> None:
    with camera(Slides()) as box, opened(box.url("/?every=1h")) as source:
        frames = iter(source)
        next(frames)
        start = time.monotonic()
        source.ask()
        frame = next(frames)
        assert time.monotonic() - start < 1
        assert frame.data == jpeg(0)
        assert frame.sha256 is None, "the ledger must not take it for the one before"
        assert box.asked[-1].headers.get("if-none-match") is None
        source.close()


def test_after_an_error_the_same_picture_says_that_all_is_well_again() -> None:
    slides = Slides()
    broken = threading.Event()

    def show(request: Request, client: socket.socket) -> None:
        if broken.is_set():
            client.sendall(answer(b"", "503 Busy"))
        else:
            slides(request, client)

    with camera(show) as box, opened(box.url("/?every=200ms")) as source:
        frames = iter(source)
        before = next(frames)
        broken.set()
        with pytest.raises(SourceError, match="answers 503 Service Unavailable"):
            next(frames)
        broken.clear()
        after = next(iter(source))
        assert after.sha256 == before.sha256, "by which the ledger knows it"
        source.close()
