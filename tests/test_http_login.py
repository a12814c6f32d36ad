"""Who asks and whom: passwords, redirects and certificates of HTTP cameras."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from camera_http import (
    STILL,
    STREAM,
    Camera,
    Guard,
    Request,
    answer,
    camera,
    first,
    pictures,
    refused,
)
from daemon_rig import jpeg

from device.errors import SourceRefused
from device.mailbox import Mailbox
from device.sources.http import from_url
from device.stages.capture import capture
from device.types import Frame
from device.workers import Worker

LOGIN = f"viewer:{quote('geh eim#1', safe='')}"


@pytest.mark.parametrize("algorithm", [None, "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
@pytest.mark.parametrize("qop", [None, "auth", "auth,auth-int"])
def test_digest(algorithm: str | None, qop: str | None) -> None:
    guard = Guard(STILL, algorithm=algorithm, qop=qop)
    with camera(guard) as box:
        assert first(box.url("/a%20b?x=1&y", LOGIN)).data == jpeg(1)
        assert guard.refused == 1


def _polls(box: Camera, count: int, login: str = LOGIN) -> None:
    source = from_url("yard", urlsplit(box.url("/?every=1h", login)))
    frames = iter(source)
    for _ in range(count):
        next(frames)
        source.ask()
    source.close()
    frames.close()  # type: ignore[attr-defined]


def test_a_nonce_serves_until_it_is_old() -> None:
    guard = Guard(STILL)
    with camera(guard) as box:
        _polls(box, 6)
        assert guard.refused == 1
    for says in (True, False):
        guard = Guard(STILL, uses=2)
        guard.says_stale = says
        with camera(guard) as box:
            _polls(box, 6)
            assert 2 <= guard.refused <= 4


def test_basic_is_sent_only_once_it_is_asked_for() -> None:
    def show(request: Request, client: socket.socket) -> None:
        if request.headers.get("authorization") == "Basic dmlld2VyOmdlaCBlaW0jMQ==":
            STILL(request, client)
        else:
            client.sendall(answer(b"", "401 x", WWW_Authenticate='Basic realm="x"'))

    with camera(show) as box:
        _polls(box, 3)
        assert "authorization" not in box.asked[0].headers
        assert sum("authorization" not in request.headers for request in box.asked) == 1


def test_a_wrong_password_is_named_and_not_tried_often() -> None:
    guard = Guard(STILL)
    with camera(guard) as box:
        error = refused(box.url("/", "viewer:wr0ngpass"))
        assert "refuses the user or the password of its URL (401)" in str(error)
        assert "wr0ng" not in str(error)
        assert isinstance(error, SourceRefused), "which is not tried again for half a minute"
        assert guard.refused == 2, "once for the challenge, once for the password"
        source = from_url("yard", urlsplit(box.url("/", "viewer:wr0ngpass")))
        mailbox = Mailbox()
        mailbox.add_lane("yard", live=True)
        worker = Worker("capture-yard", lambda worker: capture(worker, source, mailbox))
        worker.start()
        time.sleep(1.5)
        worker.stopping.set()
        worker.join(2)
        assert worker.failed == 1
        assert guard.refused == 4


def test_a_camera_that_finds_every_nonce_stale_is_not_asked_for_ever() -> None:
    guard = Guard(STILL, uses=0)
    with camera(guard) as box:
        assert isinstance(refused(box.url("/", LOGIN)), SourceRefused)
        assert guard.refused == 4


def test_the_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with camera(STILL) as box:
        first(box.url())


def led(target: str) -> Callable[[Request, socket.socket], None]:
    def show(request: Request, client: socket.socket) -> None:
        if request.target == "/there":
            STILL(request, client)
        else:
            client.sendall(answer(b"", "302 x", Location=target))

    return show


def test_redirects_stay_at_the_camera() -> None:
    with camera(STILL) as other:
        for target in ("/there", "there", "//127.0.0.1:PORT/there", "http://127.0.0.1:PORT/there"):
            with camera(STILL) as box:
                box.show = led(target.replace("PORT", str(box.port)))
                assert first(box.url("/here")).data == jpeg(1)
        for target, told in (
            (other.url("/x"), f"redirects to http://127.0.0.1:{other.port}, which is not followed"),
            ("http://example.org/x", "redirects to http://example.org, which is not followed"),
            ("file:///etc/passwd", "redirects to what is no address"),
            ("http://h:pw/", "redirects to what is no address"),
            ("", "redirects without end"),
        ):
            with camera(led(target)) as box:
                error = str(refused(box.url("/here", LOGIN)))
                assert told in error
        assert other.asked == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=camera", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]  # fmt: skip
    try:
        subprocess.run(words, cwd=place, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return place


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


def test_a_certificate_is_verified(certificate: Path, tls: ssl.SSLContext) -> None:
    with camera(STILL, tls) as box:
        error = str(refused(box.url()))
        assert "has a certificate that is refused (self-signed certificate)" in error
        assert "ca_file" in error
        known = f"/?ca_file={certificate}/cert.pem"
        assert first(box.url(known)).data == jpeg(1)
        elsewhere = box.url(known).replace("127.0.0.1", "localhost")
        assert "Hostname mismatch" in str(refused(elsewhere))
        plain = box.url().replace("https", "http")
        assert "broke off" in str(refused(plain)) or "not HTTP" in str(refused(plain))
    with camera(STILL) as box:
        assert "fails in TLS" in str(refused(box.url().replace("http", "https")))


def test_a_redirect_may_lead_into_tls_and_never_out_of_it(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    with camera(STILL, tls) as safe:
        known = f"/?ca_file={certificate}/cert.pem"
        with camera(led(safe.url("/there"))) as plain:
            assert first(plain.url(known)).data == jpeg(1)
            safe.show = led(plain.url("/there"))
            assert "which is not followed" in str(refused(safe.url(known)))


@pytest.mark.alone
def test_a_stream_over_tls_ends_at_once_when_closed(certificate: Path, tls: ssl.SSLContext) -> None:
    def show(_: Request, client: socket.socket) -> None:
        client.sendall(STREAM % b"frame")
        for picture in pictures():
            client.sendall(b"--frame\r\n\r\n" + picture + b"\r\n")
            time.sleep(0.005)

    with camera(show, tls) as box:
        for _ in range(10):
            source = from_url("yard", urlsplit(box.url(f"/?ca_file={certificate}/cert.pem")))
            frames: Iterator[Frame] = iter(source)
            for _ in range(5):
                next(frames)
            start = time.monotonic()
            source.close()
            assert list(frames) == []
            assert time.monotonic() - start < 0.5
