"""What a camera does over months: it is killed, freezes, hangs, comes back, over and over."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")
from films import numbered, render
from rtsp_rig import RtspServer
from video_rig import camera, number, open_files, resident_mb, watched

from device.errors import SourceError
from device.mailbox import Mailbox
from device.sources import video_live
from device.stages import capture as stage
from device.stages.capture import capture
from device.workers import Worker

PASSWORD = "s3cret-p@ss"


def test_the_capture_thread_finds_a_killed_camera_again(street: Path) -> None:
    mailbox = Mailbox()
    with RtspServer({"/sub": street}) as server:
        source = camera(server.url("/sub"), decode="all", fps=15)
        mailbox.add_lane(source.name, live=True)
        worker = Worker("capture-gate", lambda me: capture(me, source, mailbox))
        worker.start()
        assert mailbox.take(3.0) is not None
        server.kill()
        while worker.error is None:
            worker.stopping.wait(0.02)
        server.start()
        mailbox.take(0.0)
        start = time.monotonic()
        assert mailbox.take(5.0) is not None
        assert time.monotonic() - start < 4.0
        assert source.status()["reconnects"] == 1
        mailbox.close()
        source.close()
        worker.join(3.0)


def test_a_refused_login_is_not_hurried(street: Path, caplog: pytest.LogCaptureFixture) -> None:
    with RtspServer({"/sub": street}, user="viewer", password="another") as server:
        source = camera(server.url("/sub", "viewer", PASSWORD))
        worker = Worker("capture-gate", lambda me: capture(me, source, Mailbox()))
        worker.start()
        while worker.error is None:
            worker.stopping.wait(0.02)
        worker.stopping.set()
        worker.join(3.0)
        source.close()
    told = [record.getMessage() for record in caplog.records if "next try" in record.getMessage()]
    assert len(told) == 1
    assert f"next try in {stage._REFUSED:.1f} s" in told[0]
    assert PASSWORD not in caplog.text


def test_a_frozen_camera_does_not_hold_up_the_end(street: Path) -> None:
    with RtspServer({"/sub": street}) as server:
        with watched(server.url("/sub")) as (source, frames):
            next(frames)
            server.freeze()
            start = time.monotonic()
            source.close()
            assert time.monotonic() - start < 2.0
        server.kill()  # or its reader would hang for 8 s


@pytest.mark.slow
def test_a_frozen_camera_is_noticed_and_found_again(street: Path) -> None:
    with (
        RtspServer({"/sub": street}) as server,
        watched(server.url("/sub"), decode="all") as (source, frames),
    ):
        next(frames)
        server.freeze()
        start = time.monotonic()
        with pytest.raises(SourceError, match="fell silent"):
            list(frames)
        assert 7 < time.monotonic() - start < 12
        server.resume()
        again = iter(source)
        assert number(next(again)) == 0
        again.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "times", [25, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(300)])]
)
def test_reconnecting_for_ever_costs_nothing(times: int, tmp_path: Path) -> None:
    film = render(tmp_path / "short.mp4", 640, 360, 30, 0.2, numbered(640, 360))
    with RtspServer({"/x": film}) as server, watched(server.url("/x"), fps=30) as (source, _):

        def once() -> None:
            with pytest.raises(SourceError, match="closed the connection"):
                list(source)

        for _ in range(times // 5):
            once()
        files, threads, memory = open_files(), threading.active_count(), resident_mb()
        for _ in range(times):
            once()
        assert open_files() <= files
        assert threading.active_count() <= threads
        assert resident_mb() - memory < 5
        assert source.status()["reconnects"] == times + times // 5 - 1


def test_readers_that_hang_are_not_piled_up(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_live, "_PATIENCE", 0.01)
    release = threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        release.wait(20.0)
        raise OSError("late")

    source = camera("rtsp://127.0.0.1:1/x")
    source._stream.opener = hang
    try:
        for _ in range(video_live._MOST_STUCK):
            frames = iter(source)
            thread = threading.Thread(target=source._closed.wait, args=(0.05,))
            thread.start()
            source._stream.stats.began_at = 0.0
            monkeypatch.setattr(video_live, "_OPENING", 0.0)
            monkeypatch.setattr(video_live, "_LOOK", 0.05)
            with pytest.raises(SourceError, match="nothing came"):
                next(frames)
            thread.join()
        with pytest.raises(SourceError, match="still hang"):
            next(iter(source))
    finally:
        release.set()
        source.close()


def test_nothing_is_printed_by_ffmpeg(
    street: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        RtspServer({"/sub": street}) as server,
        watched(server.url("/no", "viewer", PASSWORD)) as (_, frames),
        pytest.raises(SourceError),
    ):
        next(frames)
    assert PASSWORD not in caplog.text
    assert capfd.readouterr() == ("", "")
