"""A real RTSP server on loopback: what is decoded, how soon, and what of a second stream."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
from films import numbered, render
from rtsp_rig import RtspServer
from video_rig import camera, number, open_files, take, watched

from device.seams import Attentive, Reporting

USER, PASSWORD = "front door", "p@ss/w:rd#%?"


@pytest.fixture
def server(street: Path) -> Iterator[RtspServer]:
    with RtspServer({"/sub": street, "/main": street}, user=USER, password=PASSWORD) as running:
        yield running


@pytest.mark.alone
def test_the_first_picture_comes_at_once_and_nothing_is_left(server: RtspServer) -> None:
    before = open_files()
    start, wall = time.monotonic(), time.time()
    with watched(server.url("/sub", USER, PASSWORD)) as (source, frames):
        first = next(frames)
        assert time.monotonic() - start < 1.0
        assert isinstance(source, Attentive)
        assert isinstance(source, Reporting)
        assert source.live
        assert source.stream
        assert number(first) == 0
        assert start < first.moment < time.monotonic()
        assert wall < first.taken_at < time.time()
        assert first.data.pixels().shape == (360, 640, 3)
    assert not [t for t in threading.enumerate() if t.name.startswith("read-")]
    assert open_files() <= before + 1  # a reader of /proc


def test_keyframes_until_something_happens_then_every_frame_from_the_next_on(
    server: RtspServer,
) -> None:
    with watched(server.url("/sub", USER, PASSWORD), fps=15) as (source, frames):
        numbers = (number(frame) for frame in frames)
        idle = list(itertools.islice(itertools.dropwhile(lambda n: n < 16, numbers), 2))
        assert idle == [30, 45]  # once the distance of two keyframes is known
        assert source.status()["mode"] == "adaptive, idle"
        assert source.status()["keyframe_interval_s"] == pytest.approx(1.0, abs=0.3)
        assert source.status()["fps"] == pytest.approx(15, abs=1)
        source.attend(True)
        alert = [n for _, n in take(frames, 1.5)]
        assert alert[0] <= idle[-1] + 2  # not at the next keyframe
        assert len(alert) >= 20
        assert np.diff(alert).max() <= 2
        source.attend(False)
        for frame in frames:
            if number(frame) > alert[-1] + 2:
                assert number(frame) % 15 == 0
                break


@pytest.mark.parametrize(("mode", "steps"), [("keyframes", {15}), ("all", {2, 3, 4})])
def test_modes(server: RtspServer, mode: str, steps: set[int]) -> None:
    with watched(server.url("/sub", USER, PASSWORD), decode=mode, fps=5) as (_, frames):
        numbers = [number(frame) for frame in itertools.islice(frames, 3)]
        assert set(np.diff(numbers)) <= steps


@pytest.mark.alone
def test_a_slow_consumer_gets_the_newest_picture(server: RtspServer) -> None:
    with watched(server.url("/sub", USER, PASSWORD), decode="all", fps=15) as (source, frames):
        start, behind = 0.0, []
        for frame in itertools.islice(frames, 10):
            start = start or time.monotonic()
            behind.append(time.monotonic() - start - number(frame) / 15)
            time.sleep(0.3)
        assert max(behind) < 0.4
        assert source.status()["dropped"] > 10


def test_the_main_stream_gives_the_better_picture_while_alert(street: Path, tmp_path: Path) -> None:
    main = render(tmp_path / "main.mp4", 1280, 720, 15, 20, numbered(1280, 720), gop=15)
    with RtspServer({"/sub": street, "/main": main}) as server:
        options = {"main": server.url("/main"), "decode": "all", "fps": 15}
        with watched(server.url("/sub"), **options) as (source, frames):
            first = next(frames)
            assert first.better is None
            assert not source.status()["main"]["open"]
            source.attend(True)
            better = next(f.better for f in frames if f.better is not None)
            assert (better.width, better.height) == (1280, 720)
            assert better.pixels().shape == (720, 1280, 3)
            assert source.status()["main"]["width"] == 1280
            source.attend(False)
            assert next(frames).better is None
            assert not source.status()["main"]["open"]


def test_a_broken_main_stream_is_told_and_harms_nobody(
    server: RtspServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url("/sub", USER, PASSWORD)
    main = server.url("/main", USER, "wrong-one")
    with watched(url, main=main, fps=15, decode="all") as (source, frames):
        source.attend(True)
        assert len(take(frames, 1.0)) > 10
        assert "401" in source.status()["main"]["error"]
    assert "no better pictures, its main stream" in caplog.text
    assert "wrong-one" not in caplog.text + str(source.status())


def test_a_stream_that_changes_its_size(tmp_path: Path) -> None:
    parts = [
        render(tmp_path / f"{w}.h264", w, h, 15, 1.5, numbered(w, h))
        for w, h in ((640, 360), (1280, 720), (322, 242))
    ]
    both = tmp_path / "both.h264"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    with (
        RtspServer({"/x": both}) as server,
        watched(server.url("/x"), decode="all", fps=30) as (source, frames),
    ):
        sizes = []
        for frame in frames:
            assert not isinstance(frame.data, bytes)
            sizes.append(frame.data.pixels().shape[1::-1])
            if sizes[-1] == (322, 242) and sizes.count((322, 242)) > 5:
                break
        assert list(dict.fromkeys(sizes)) == [(640, 360), (1280, 720), (322, 242)]
        assert source.status()["width"] == 322
        assert source.status()["decode_errors"] == 0


@pytest.mark.alone
def test_two_cameras_know_nothing_of_each_other(server: RtspServer, street: Path) -> None:
    with RtspServer({"/sub": street}) as other:
        options = {"decode": "all", "fps": 15}
        with (
            watched(server.url("/sub", USER, PASSWORD), **options) as (_, stays),
            watched(other.url("/sub"), name="yard", **options) as (_, goes),
        ):
            next(stays)
            next(goes)
            other.kill()
            with pytest.raises(OSError):
                list(goes)
            assert np.diff([at for at, _ in take(stays, 1.5)]).max() < 0.5


def test_by_udp(street: Path) -> None:
    with (
        RtspServer({"/sub": street}) as server,
        watched(server.url("/sub") + "?transport=udp", fps=15) as (_, frames),
    ):
        assert len(take(frames, 0.7)) >= 5


@pytest.mark.alone
def test_close_from_another_thread_ends_a_waiting_reader(server: RtspServer) -> None:
    source = camera(server.url("/sub", USER, PASSWORD), decode="keyframes")
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.extend(source))
    thread.start()
    time.sleep(0.5)
    start = time.monotonic()
    source.close()
    source.close()
    thread.join(2.0)
    assert time.monotonic() - start < 1.0
    assert not thread.is_alive()
    assert list(source) == []
