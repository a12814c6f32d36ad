"""Pictures from a camera over HTTP: streams, which of the two it is, and closing."""

from __future__ import annotations

import os
import socket
import threading
import time
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
    opened,
    part,
    pictures,
    take,
)
from daemon_rig import jpeg
from makers import spawn, until

from device.config import Source as Wanted
from device.errors import ConfigError
from device.mailbox import Mailbox
from device.seams import OnDemand, Reporting, Source
from device.sources.http import from_url
from device.stages.capture import capture
from device.types import Frame, HealthChange
from device.workers import Worker


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


class Blind:
    """A gate that lets nothing pass."""

    alert = False

    def __init__(self) -> None:
        self.considered = 0

    def consider(self, _: Frame) -> None:
        self.considered += 1

    def heed(self, open_visits: int, moving: bool) -> None: ...

    def ask(self) -> None: ...

    def changes(self) -> list[HealthChange]:
        return []

    def status(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("still", [True, False])
def test_a_gate_made_for_a_stream_does_not_swallow_stills(still: bool) -> None:
    show = always(answer(jpeg(1))) if still else motion_jpeg(pictures(), 0.01)
    mailbox, gate = Mailbox(), Blind()
    mailbox.add_lane("yard", live=True)
    with camera(show) as box, opened(box.url()) as source:
        worker = Worker("capture-yard", lambda worker: capture(worker, source, mailbox, gate))
        worker.start()
        until(lambda: worker.done)
        source.close()
        worker.join(2)
        got = mailbox.take(0.0)
    assert (got is not None) == still
    assert (gate.considered == 0) == still


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
            asked = len(box.asked)
            taker = spawn(lambda: got.append(list(source)))  # noqa: B023 - joined below
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
