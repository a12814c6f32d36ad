"""The page over TLS: own files, a self-made certificate, renewal, and what goes wrong."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import stat
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
from device.config import Web
from device.config_web import Tls
from device.errors import CertificateError
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


# -- a certificate of its own


def test_the_self_made_one_is_for_its_owner_only_and_lasts(tmp_path: Path) -> None:
    keeper = TlsKeeper(SELF_SIGNED, tmp_path, [*NAMES, "0.0.0.0", "192.0.2.7", "not a name"])
    file = tmp_path / certificate.FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    made = keeper.certificate
    assert 824 < made.days_left <= 825
    assert set(NAMES) | {"127.0.0.1", "::1", "192.0.2.7"} <= set(made.names)
    assert not {"0.0.0.0", "not a name"} & set(made.names)
    assert made.fingerprint == digest(file)
    assert "PRIVATE" not in made.pem
    text = subprocess.check_output(["openssl", "x509", "-in", file, "-noout", "-text"], text=True)
    for said in ("CA:FALSE", "TLS Web Server Authentication", "prime256v1", "Version: 3"):
        assert said in text


def test_the_same_is_served_after_a_restart(tmp_path: Path) -> None:
    first = TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate
    assert TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate == first
    fewer = TlsKeeper(SELF_SIGNED, tmp_path, ["gate", "198.51.100.9"]).certificate
    assert fewer == first  # addresses come and go: whoever pinned the certificate keeps it
    more = TlsKeeper(SELF_SIGNED, tmp_path, [*NAMES, "porch.example"]).certificate
    assert more.fingerprint != first.fingerprint
    assert "porch.example" in more.names


@pytest.mark.parametrize("harm", ["cut", "empty", "text", "no key"])
def test_a_damaged_one_is_made_anew(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate
    file = tmp_path / certificate.FILE_NAME
    text = file.read_text()
    file.write_text({"cut": text[:400], "empty": "", "text": "x" * 99, "no key": before.pem}[harm])
    assert TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate.fingerprint != before.fingerprint
    assert "a new one is made" in caplog.text


def test_it_is_renewed_before_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    short, key = make_pair(tmp_path / "short", "short", 20)
    both = short.read_text() + key.read_text()
    (tmp_path / certificate.FILE_NAME).write_text(both)
    at_start = TlsKeeper(SELF_SIGNED, tmp_path, ["localhost"])
    assert at_start.certificate.days_left > 800

    (tmp_path / certificate.FILE_NAME).write_text(both)  # time passes: it is due while we run
    before = at_start.certificate.fingerprint
    with caplog.at_level(logging.INFO):
        at_start.look()
    assert at_start.certificate.fingerprint not in (before, digest(short))
    assert at_start.certificate.days_left > 800
    assert at_start.certificate.fingerprint in caplog.text


def test_without_openssl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CertificateError, match=r"apt install openssl, or name files of your own"):
        TlsKeeper(SELF_SIGNED, tmp_path, NAMES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"certificate\.pem cannot be written: No such"):
        TlsKeeper(SELF_SIGNED, tmp_path / "absent", NAMES)


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
        pytest.warns(DeprecationWarning),
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
        assert not secured.alive
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


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("swapped", "no certificate and its key"),
        ("other key", "belongs to another certificate"),
        ("absent", "No such file or directory; the user that runs tagd must be able to read"),
        ("password", "without a password"),
        ("empty", "no certificate and its key"),
        ("client only", "cannot be used by a server: "),
    ],
)
def test_a_wrong_pair(tmp_path: Path, pair: tuple[Path, Path], harm: str, told: str) -> None:
    certificate_file, key = pair
    if harm == "swapped":
        certificate_file, key = key, certificate_file
    elif harm == "other key":
        key = make_pair(tmp_path / "own", "other")[1]
    elif harm == "absent":
        key.unlink()
    elif harm == "empty":
        certificate_file.write_text("")
    elif harm == "client only":
        more = ("-addext", "extendedKeyUsage=clientAuth")
        certificate_file, key = make_pair(tmp_path / "own", "client", 2, *more)
    else:
        locked = tmp_path / "locked.key"
        command = ["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", key, "-out"]
        subprocess.run([*command, locked], check=True, capture_output=True)
        key = locked
    with pytest.raises(CertificateError, match=told):
        TlsKeeper(Tls(certificate=certificate_file, key=key), tmp_path, [])


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


def test_the_words_of_the_config(tmp_path: Path) -> None:
    assert Web.model_validate({"tls": "self-signed"}).tls == SELF_SIGNED
    beside = Tls(certificate=Path("a.pem"), key=Path("/etc/b.key")).beside(tmp_path)
    assert beside == Tls(certificate=tmp_path / "a.pem", key=Path("/etc/b.key"))
    for wrong in ("yes", True, {}, {"key": "b.pem"}, {"certificate": ""}, 3, ["a"]):
        with pytest.raises(ValueError, match="write self-signed, or"):
            Web.model_validate({"tls": wrong})
