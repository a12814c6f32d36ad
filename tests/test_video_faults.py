"""What a camera can do wrong: each is one clear sentence, none names a secret, all end in time."""

from __future__ import annotations

import logging
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")
from films import numbered, render
from rtsp_rig import RtspServer
from video_rig import camera, number, open_files, resident_mb, watched

from device.errors import SourceError, SourceRefused
from device.mailbox import Mailbox
from device.sources import video_live
from device.stages import capture as stage
from device.stages.capture import capture
from device.workers import Worker

PASSWORD = "s3cret-p@ss"


@contextmanager
def answering(data: bytes, *, endless: bool = False, hangs: bool = False) -> Iterator[int]:
    """The port of a server that says this to everybody."""
    server = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def serve() -> None:
        while True:
            client = None
            try:
                client, _ = server.accept()
                client.settimeout(0.5)
                client.sendall(data)
                while endless and not stopping.is_set():
                    client.sendall(data)
                while hangs and not stopping.wait(0.05):
                    pass
                client.recv(2000)
            except OSError:
                if stopping.is_set():
                    return
            finally:
                if client is not None:
                    client.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        stopping.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(2.0)


def trouble(url: str, **options: Any) -> SourceError:
    """How the source of that URL ends."""
    with watched(url, **options) as (_, frames), pytest.raises(SourceError) as caught:
        list(frames)
    assert PASSWORD not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


def test_a_wrong_password_is_a_refusal(street: Path) -> None:
    with RtspServer({"/sub": street}, user="viewer", password="another") as server:
        for url in (server.url("/sub", "viewer", PASSWORD), server.url("/sub")):
            error = trouble(url)
            assert isinstance(error, SourceRefused)
            assert "refuses this user or password (401)" in str(error)


def test_a_stream_that_is_not_there(street: Path) -> None:
    with RtspServer({"/sub": street}) as server:
        assert "no stream of that name (404)" in str(trouble(server.url("/other")))


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "rtmp"])
def test_nobody_listens(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = trouble(f"{scheme}://viewer:{PASSWORD.replace('@', '%40')}@127.0.0.1:{port}/x")
    assert "nothing listens there" in str(error)


def test_an_unknown_host() -> None:
    assert "the name is unknown" in str(trouble("rtsp://camera.invalid/x"))


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp"])
@pytest.mark.parametrize(
    "said", [b"\0" * 65536, b"HTTP/1.0 200 OK\r\n\r\n<html>", b"", b"RTSP/1.0 200 OK\r\n" * 9]
)
def test_what_is_no_camera(scheme: str, said: bytes) -> None:
    with answering(said, endless=False) as port:
        error = trouble(f"{scheme}://127.0.0.1:{port}/x")
        assert any(
            words in str(error)
            for words in ("not as a camera does", "broke the connection", "hung up", "no video")
        )


@pytest.mark.slow
def test_zeros_without_end_and_silence_are_given_up_in_time() -> None:
    for scheme, data, endless in (("rtsp", b"\0" * 65536, True), ("rtmp", b"", False)):
        with answering(data, endless=endless, hangs=True) as port:
            start = time.monotonic()
            said = str(trouble(f"{scheme}://127.0.0.1:{port}/x"))
            assert "within 10 s" in said or "not as a camera does" in said
            assert time.monotonic() - start < video_live._OPENING


def test_a_certificate_that_nobody_vouches_for(street: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=camera", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    both.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "cert.pem").read_text())
    with RtspServer({"/sub": street}, certificate=str(both)) as server:
        error = trouble(server.url("/sub"))
        assert "its certificate is refused" in str(error)
        for trusting in ("verify=no", f"ca_file={tmp_path}/cert.pem"):
            with watched(f"{server.url('/sub')}?{trusting}") as (_, frames):
                assert number(next(frames)) == 0
    with RtspServer({"/sub": street}) as plain:
        error = trouble(plain.url("/sub").replace("rtsp:", "rtsps:"))
        assert "does not speak TLS" in str(error)


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
    with RtspServer({"/sub": street}) as server:
        trouble(server.url("/no", "viewer", PASSWORD))
    assert PASSWORD not in caplog.text
    assert capfd.readouterr() == ("", "")
