"""What a camera can do wrong: each is one clear sentence, none names a secret, all end in time."""

from __future__ import annotations

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
from rtsp_rig import RtspServer
from video_rig import number, watched

from device.errors import SourceError, SourceRefused
from device.sources import video_live

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
