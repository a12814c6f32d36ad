"""The page over TLS: real handshakes, changes while it runs, the daemon."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from daemon_rig import Daemon, wait_until
from tls_rig import digest, make_ended, make_pair, shown_at
from web_helpers import PICTURES, png, until

from device import certificate
from device.__main__ import cli
from device.config_web import Tls
from device.web.server import WebServer
from device.web.services import Services
from device.web.tls import TlsKeeper

SELF_SIGNED = Tls.model_validate("self-signed")
NAMES = ["gate", "gate.local", "localhost"]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return make_pair(tmp_path / "own", "first")


def own(pair: tuple[Path, Path]) -> Tls:
    return Tls(certificate=pair[0], key=pair[1])


@pytest.fixture
def secured(services: Services, tmp_path: Path) -> Iterator[WebServer]:
    keeper = TlsKeeper(SELF_SIGNED, tmp_path, [*NAMES, "127.0.0.1"])
    server = WebServer(services, "127.0.0.1", 0, keeper)
    server.start()
    yield server
    server.close()


# -- served


def test_a_client_that_pinned_it(secured: WebServer, tmp_path: Path) -> None:
    assert secured.url == f"https://127.0.0.1:{secured.port}"
    trust = ssl.create_default_context(cadata=secured_pem(tmp_path))
    for host in ("127.0.0.1", "localhost"):
        url = f"https://{host}:{secured.port}{PICTURES}"
        with httpx.Client(verify=trust, trust_env=False, timeout=20) as client:
            assert client.get(url).json() == {"pictures": [], "next": None}
    with (
        httpx.Client(trust_env=False, timeout=20) as stranger,
        pytest.raises(httpx.ConnectError, match="self-signed certificate"),
    ):
        stranger.get(f"{secured.url}{PICTURES}")


def secured_pem(folder: Path) -> str:
    there = folder / certificate.FILE_NAME
    return certificate.read(certificate.context(there, None), there).pem


def test_openssl_agrees(secured: WebServer, tmp_path: Path) -> None:
    (tmp_path / "pinned.pem").write_text(secured_pem(tmp_path))
    command = f"openssl s_client -connect 127.0.0.1:{secured.port} -servername gate.local"
    command += f" -CAfile {tmp_path}/pinned.pem -verify_hostname gate.local -verify_return_error"
    done = subprocess.run(command.split(), input=b"", capture_output=True, timeout=20)
    assert b"Verify return code: 0 (ok)" in done.stdout, done.stderr
    assert b"TLSv1.3" in done.stdout


def test_old_versions_are_refused(secured: WebServer) -> None:
    assert shown_at(secured.port, maximum=ssl.TLSVersion.TLSv1_2)
    with (
        pytest.warns(DeprecationWarning, match="deprecated"),
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        shown_at(secured.port, minimum=ssl.TLSVersion.TLSv1, maximum=ssl.TLSVersion.TLSv1_1)


def test_plain_http_and_nonsense_on_the_same_port(secured: WebServer) -> None:
    for sent in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\xff\xff", b"\0" * 99):
        with socket.create_connection(("127.0.0.1", secured.port), 10) as connection:
            connection.settimeout(20)
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda c=connection: c.recv(4096), b""))  # type: ignore[misc]
        assert b"HTTP/1.1 2" not in answer
    assert shown_at(secured.port)


def test_who_never_finishes_the_handshake_is_hung_up_on(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from device.web import loop

    monkeypatch.setattr(loop, "_HANDSHAKE", 0.5)
    server = WebServer(services, "127.0.0.1", 0, TlsKeeper(SELF_SIGNED, tmp_path, NAMES))
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.settimeout(20)
            assert connection.recv(1) == b""
    finally:
        server.close()


def test_stopping_waits_for_no_open_connection(secured: WebServer) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    bare = socket.create_connection(("127.0.0.1", secured.port), 10)
    with bare, context.wrap_socket(bare) as open_one:
        assert until(lambda: secured.connections == 1)
        begin = time.monotonic()
        secured.close()
        assert time.monotonic() - begin < 6
        assert secured.silence() == "the web thread has ended"
        assert open_one.recv(1) == b""


# -- files of one's own


def test_a_changed_certificate_is_taken_over(
    services: Services, tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    second = make_pair(tmp_path / "own", "second")
    keeper = TlsKeeper(own(pair), tmp_path, [])
    server = WebServer(services, "127.0.0.1", 0, keeper)
    server.start()
    try:
        assert shown_at(server.port) == digest(pair[0])
        os.replace(second[0], pair[0])
        server.reach.look()  # between the two: the old pair goes on
        assert "belongs to another certificate" in (server.reach.problem or "")
        assert "keeps the certificate that it has" in (server.reach.problem or "")
        assert shown_at(server.port) != digest(pair[0])
        os.replace(second[1], pair[1])
        server.reach.look()
        assert server.reach.problem is None
        assert shown_at(server.port) == digest(pair[0])
        status = server.reach.status()
        assert status["certificate"]["fingerprint"] == digest(pair[0])
        assert status["certificate"]["self_signed"] is False
    finally:
        server.close()


def test_connections_while_it_changes_all_succeed(
    services: Services, tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    other = make_pair(tmp_path / "own", "other")
    both = [pair[0].read_text() + pair[1].read_text(), other[0].read_text() + other[1].read_text()]
    allowed = {digest(pair[0]), digest(other[0])}
    file = tmp_path / "both.pem"
    file.write_text(both[0])
    keeper = TlsKeeper(Tls(certificate=file), tmp_path, [])
    server = WebServer(services, "127.0.0.1", 0, keeper)
    server.start()
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.wait(0.005):
            number += 1
            (tmp_path / "new.pem").write_text(both[number % 2])
            os.replace(tmp_path / "new.pem", file)
            keeper.look()

    changing = threading.Thread(target=change)
    changing.start()
    try:
        seen = {shown_at(server.port) for _ in range(60)}
        assert seen == allowed
        assert keeper.problem is None
    finally:
        stop.set()
        changing.join()
        server.close()


def test_an_ended_one_is_served_and_announced(
    services: Services, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = make_ended(tmp_path / "ended")
    server = WebServer(services, "127.0.0.1", 0, TlsKeeper(own(ended), tmp_path, []))
    server.start()
    try:
        assert shown_at(server.port) == digest(ended[0])
        assert "ended at 2021-01-01T00:00:00.000Z" in (server.reach.problem or "")
        assert "ended at 2021" in caplog.text
    finally:
        server.close()


# -- without TLS


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_plain_http_for_others_is_said(
    services: Services, host: str, said: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server = WebServer(services, host, 0)
    server.close()
    assert (server.reach.notice is not None) == said
    assert ("passwords travel readable" in caplog.text) == said
    assert server.reach.problem is None  # chosen, so nothing that needs attention


# -- the daemon


def test_the_daemon_serves_it_and_tells_its_fingerprint(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "tls": "self-signed"})
    daemon.start()
    wait_until(lambda: "the page is at https://" in daemon.said(), 30, daemon.said)
    port = int(daemon.said().split("the page is at https://127.0.0.1:")[1].split()[0])
    pinned = ssl.create_default_context(cadata=secured_pem(daemon.data))
    with httpx.Client(verify=pinned, trust_env=False, timeout=30) as client:
        base = f"https://localhost:{port}"
        assert client.post(f"{base}{PICTURES}", files={"file": png(1)}).status_code == 201
        told = client.get(f"{base}/api/v1/health").json()["web"]
    fingerprint = shown_at(port)
    assert told["certificate"]["fingerprint"] == fingerprint
    assert fingerprint in daemon.said()
    command = ["certificate", "--config", str(daemon.config)]
    said = CliRunner().invoke(cli, command)
    assert said.exit_code == 0
    assert fingerprint in said.output
    pem = CliRunner().invoke(cli, [*command, "--pem"])
    assert pem.output == secured_pem(daemon.data)
    assert daemon.stop() == 0, daemon.said()
