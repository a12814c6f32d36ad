"""Cameras that refuse, lie, hang, never end, or lead elsewhere: one sentence for each."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from camera_http import STREAM, Camera, Guard, Request, always, answer, camera, pictures
from daemon_rig import jpeg

from device import http_fetch, http_picture
from device.errors import SourceError
from device.http_trouble import REFUSED
from device.mailbox import Mailbox
from device.redact import redact
from device.sources.http import from_url
from device.stages.capture import capture
from device.types import Frame
from device.workers import Worker

STILL = always(answer(jpeg(1)))


def first(url: str) -> Frame:
    source = from_url("yard", urlsplit(url))
    frames = iter(source)
    try:
        return next(frames)
    finally:
        frames.close()  # type: ignore[attr-defined]
        source.close()


def refused(url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        first(url)
    assert str(caught.value).startswith("the camera at ")
    assert "\n" not in str(caught.value)
    return caught.value


def drip(data: bytes, every: float) -> Callable[[Request, socket.socket], None]:
    def show(_: Request, client: socket.socket) -> None:
        for at in range(len(data)):
            client.sendall(data[at : at + 1])
            time.sleep(every)

    return show


def endless(head: bytes, more: bytes) -> Callable[[Request, socket.socket], None]:
    def show(_: Request, client: socket.socket) -> None:
        client.sendall(head)
        while True:
            client.sendall(more)

    return show


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
START = jpeg(1)[:200]
ANSWERS = {
    "a web page": (answer(b"<html>" * 99, type="text/html"), "sends a web page instead of a pict"),
    "a playlist": (answer(b"#EXTM3U\n" * 9, type="application/x-mpegurl"), "end in .m3u8"),
    "a film": (answer(bytes(99), type="video/mp4"), "sends video/mp4 instead of a picture"),
    "a type to be afraid of": (answer(bytes(99), type="a/\x1b[2Jx"), "sends a/\\x1b[2jx instead"),
    "nothing": (answer(b""), "answers with nothing"),
    "no content": (answer(b"", "204 No Content"), "answers 204 No Content"),
    "zeros": (answer(bytes(5000)), "instead of a picture"),
    "half a picture": (answer(START), "sends a picture that ends too early"),
    "less than it says": (
        HEAD + b"Content-Length: 9000\r\n\r\n" + START,
        "broke off in the middle of its answer",
    ),
    "2 GB": (HEAD + b"Content-Length: 2147483648\r\n\r\n" + START, "of more than 32 MiB"),
    "a bomb": (
        answer(gzip.compress(bytes(10**6)), Content_Encoding="gzip"),
        "compresses its answer",
    ),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "something that is not HTTP"),
    "nothing at all": (b"", "broke off the connection"),
    "too many headers": (HEAD + b"X-Y: z\r\n" * 200 + b"\r\n", "something that is not HTTP"),
    "a long header": (HEAD + b"X-Y: " + b"z" * 70_000 + b"\r\n\r\n", "not HTTP"),
    "an error": (answer(b"oh", "500 <script>"), "answers 500 Internal Server Error"),
    "a strange error": (answer(b"oh", "799 x"), "answers 799"),
    "not found": (answer(b"", "404 x"), "has nothing at this path (404)"),
    "forbidden": (answer(b"", "403 x"), "forbids this path (403)"),
    "a login": (answer(b"", "401 x"), "wants a user and a password (401)"),
    "a stream of zeros": (STREAM % b"b" + bytes(10**6), "no picture where one should begin"),
    "a stream of text": (
        STREAM % b"b" + b"--b\r\n\r\nhello\r\n" * 60,
        "a stream in which there are no pictures",
    ),
    "a stream that ends": (STREAM % b"b" + b"--b--\r\n", "ended its stream"),
    "a stream that breaks off": (STREAM % b"b" + b"--b\r\n", "ended its stream"),
    "half a part": (STREAM % b"b" + b"--b\r\nContent-Length: 99999999\r\n\r\n", "more than 32 MiB"),
    "bad chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "broke off the connection"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_one_sentence_for_each(kind: str) -> None:
    data, told = ANSWERS[kind]
    with camera(always(data)) as box:
        assert told in str(refused(box.url()))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_fetch, "HEAD", 0.3)
    monkeypatch.setattr(http_picture, "WHOLE", 0.6)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "show",
    [
        lambda _, client: client.recv(1),
        drip(HEAD * 100, 0.1),
        drip(HEAD + b"\r\n" + jpeg(1) * 100, 0.02),
        drip(STREAM % b"frame" + b"--frame\r\n\r\n" + jpeg(1), 0.02),
        lambda _, client: (client.sendall(STREAM % b"frame"), client.recv(1)),
    ],
    ids=["silence", "a slow head", "a slow picture", "a slow stream", "a silent stream"],
)
def test_whoever_is_too_slow(show: Callable[[Request, socket.socket], None]) -> None:
    with camera(show) as box:
        start = time.monotonic()
        assert "does not answer in time" in str(refused(box.url()))
        assert time.monotonic() - start < 2.5


@pytest.mark.parametrize(
    "head", [HEAD + b"\r\n" + START, STREAM % b"frame" + b"--frame\r\n\r\n" + START]
)
def test_a_picture_without_end(head: bytes) -> None:
    with camera(endless(head, bytes(2**20))) as box:
        assert "picture of more than 32 MiB" in str(refused(box.url()))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "refuses the connection" in str(refused(f"http://127.0.0.1:{port}/"))
    assert "name that cannot be found" in str(refused("http://no-such-camera.invalid/"))
    assert "name that cannot be found" in str(refused(f"http://{'a' * 70}.invalid/"))


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
        assert error.retry_after == REFUSED
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


def test_secrets_in_a_query_are_hidden_as_well() -> None:
    shown = redact("http://h/snap.cgi?user=me&pwd=s3same&x=1 and http://h/?token=abc&y=2")
    assert shown == "http://h/snap.cgi?user=me&pwd=***&x=1 and http://h/?token=***&y=2"
