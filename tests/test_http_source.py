"""Pictures from a camera over HTTP: streams, stills, what is unchanged, and who is too slow."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from camera_http import (
    STREAM,
    Request,
    always,
    answer,
    camera,
    motion_jpeg,
    part,
    pictures,
)
from daemon_rig import jpeg
from makers import spawn, until

from device.config import Source as Wanted
from device.errors import ConfigError, SourceError
from device.seams import OnDemand, Reporting, Source
from device.sources.http import HttpSource, from_url
from device.types import Frame


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


def test_it_is_what_the_seams_ask_for() -> None:
    source = from_url("yard", urlsplit("http://127.0.0.1:9/"))
    assert isinstance(source, OnDemand)
    assert isinstance(source, Reporting)
    seam: Source = source
    assert seam.live


def test_a_stream_hands_its_pictures_on_as_they_came() -> None:
    with camera(motion_jpeg(pictures(), 0.01)) as box, opened(box.url("/mjpg/video.cgi")) as source:
        before = time.time(), time.monotonic()
        frames = take(source, 5)
        assert source.stream
        numbers = [int(frame.data.split(b"\xff\xfe")[1][2:].split(b"\xff")[0]) for frame in frames]
        assert numbers == sorted(numbers)
        assert all(frame.data == jpeg(n) for frame, n in zip(frames, numbers, strict=True))
        assert all(before[0] <= frame.taken_at <= time.time() for frame in frames)
        moments = [frame.moment or 0 for frame in frames]
        assert before[1] <= moments[0] < moments[-1] <= time.monotonic()
        assert {frame.sha256 for frame in frames} == {None}
        status = source.status()
        assert status["kind"] == "stream"
        assert 10 < status["fps"] < 200
        assert status["frames"] >= 5
        assert box.asked[0].target == "/mjpg/video.cgi"


def test_who_takes_slowly_gets_the_newest() -> None:
    with camera(motion_jpeg(pictures(), 0.02)) as box, opened(box.url()) as source:
        frames = iter(source)
        next(frames)
        time.sleep(0.5)
        next(frames)  # lay ready, and is the newest
        frame = next(frames)
        assert time.monotonic() - (frame.moment or 0) < 0.1
        assert source.status()["dropped"] > 10
        frames.close()  # type: ignore[attr-defined]


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


def test_a_retry_after_an_error_does_not_bring_the_same_picture_again() -> None:
    slides = Slides()
    broken = threading.Event()

    def show(request: Request, client: socket.socket) -> None:
        if broken.is_set():
            client.sendall(answer(b"", "503 Busy"))
        else:
            slides(request, client)

    with camera(show) as box, opened(box.url("/?every=200ms")) as source:
        frames = iter(source)
        next(frames)
        broken.set()
        with pytest.raises(SourceError, match="answers 503 Service Unavailable"):
            next(frames)
        broken.clear()
        threading.Timer(0.5, lambda: setattr(slides, "number", 1)).start()
        assert next(iter(source)).data == jpeg(1)
        source.close()


def test_the_answer_says_which_of_the_two_it_is() -> None:
    with camera(always(answer(jpeg(1)))) as box, opened(box.url("/video.mjpg")) as source:
        assert source.stream
        take(source, 1)
        assert not source.stream
        assert source.status()["every_s"] == 10
    with camera(motion_jpeg(pictures())) as box, opened(box.url("/image.jpg")) as source:
        take(source, 1)
        assert source.stream
    with camera(motion_jpeg(pictures())) as box, opened(box.url("/?every=200ms")) as source:
        take(source, 2)
        assert not source.stream
        assert len(box.asked) == 2, "one picture of the stream each time"
    watched = Wanted(name="yard", url="http://x/?every=1s", mode="visits")
    with (
        camera(always(answer(jpeg(1)))) as box,
        opened(box.url("/?every=1s"), camera=watched) as source,
    ):
        assert take(source, 1)[0].moment is not None
        assert source.stream, "who wants visits wants things followed through the stills"


@pytest.mark.parametrize("type", [None, "application/octet-stream", "text/plain", "image/jpeg"])
def test_a_type_that_is_missing_or_wrong(type: str | None) -> None:
    with camera(always(answer(jpeg(1), type=type))) as box, opened(box.url()) as source:
        assert take(source, 1)[0].data == jpeg(1)
    head = b"HTTP/1.0 200 OK\r\n" + (f"Content-Type: {type}\r\n" if type else "").encode() + b"\r\n"
    both = head + part(jpeg(2)) + part(jpeg(3))
    with camera(always(both)) as box, opened(box.url()) as source:
        assert take(source, 1)[0].data in (jpeg(2), jpeg(3))
        assert source.stream


def test_a_stream_in_chunks() -> None:
    def show(_: Request, client: socket.socket) -> None:
        client.sendall(
            (STREAM % b"frame")
            .replace(b"1.0", b"1.1")
            .replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        )
        for picture in pictures():
            data = part(picture)
            for at in range(0, len(data), 100):
                piece = data[at : at + 100]
                client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.01)

    with camera(show) as box, opened(box.url()) as source:
        assert len(take(source, 3)) == 3


def test_closing_wakes_who_waits_and_leaves_nothing_open() -> None:
    def silent(_: Request, client: socket.socket) -> None:
        client.sendall(STREAM % b"frame")
        client.recv(1)

    with camera(silent) as box:
        handles = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            source = from_url("yard", urlsplit(box.url()))
            got: list[list[Frame]] = []
            taker = spawn(lambda: got.append(list(source)))  # noqa: B023 - joined below
            asked = len(box.asked)
            until(lambda: len(box.asked) > asked)  # noqa: B023
            start = time.monotonic()
            source.close()
            source.close()
            taker.join(2)
            assert time.monotonic() - start < 0.5
            assert got == [[]]
        assert list(source) == []
        until(lambda: len(os.listdir("/proc/self/fd")) <= handles + 1)
        assert not [t for t in threading.enumerate() if t.name.startswith("read-")]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http:///snap.jpg", "it names no host"),
        ("http://viewer:pa#ss@h/", "its port is no number"),
        ("http://h:99999/", "its port is no number"),
        ("http://a%0Ab:c@h/", "cannot be printed"),
        ("http://h/?every=soon", "option every: write a span of time"),
        ("http://h/?every=0", "option every: write 0.2s or more"),
        ("https://h/?ca_file=/nowhere.pem", "option ca_file: /nowhere.pem is no file"),
        ("https://h/?ca_file=/etc/hostname", "option ca_file: /etc/hostname is no file"),
    ],
)
def test_urls_that_cannot_be_right(url: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_url("yard", urlsplit(url))
    assert told in str(caught.value)
    assert str(caught.value).startswith("source yard: ")
    assert "pa" not in str(caught.value).replace("path", "").replace("span", "").replace("pass", "")
