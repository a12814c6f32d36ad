"""Certificates for tests, made with Debian's openssl, and the server's side seen by a client."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
from pathlib import Path

import pytest


def make_pair(folder: Path, name: str, days: int = 2, *more: str) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key, in files of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", str(days), "-subj", f"/CN={name}", "-keyout", str(key)]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", str(certificate)]
    try:
        subprocess.run([*command, *more], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return certificate, key


def make_ended(folder: Path) -> tuple[Path, Path]:
    """A pair that ended in 2021."""
    _, key = make_pair(folder, "ended")
    (folder / "request").write_text(
        "[req]\ndistinguished_name=n\nprompt=no\n[n]\nCN=ended\n"
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\n"
        "default_md=sha256\nrand_serial=yes\n[p]\ncommonName=supplied\n"
        "[e]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n",
        encoding="ascii",
    )
    (folder / "index").touch()
    request = "req -new -key ended.key -config request -out ended.csr"
    sign = "ca -batch -selfsign -config request -keyfile ended.key -in ended.csr -out ended.pem"
    sign += " -extensions e -startdate 200101000000Z -enddate 210101000000Z -notext"
    for command in (request, sign):
        done = subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stderr
    return folder / "ended.pem", key


def digest(certificate: Path) -> str:
    """SHA-256 of the first certificate in a file, as browsers show it."""
    text = certificate.read_text()
    return _spelt(ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") :]))


def shown_at(port: int, **options: ssl.TLSVersion) -> str:
    """The fingerprint of what the server shows; `maximum` and `minimum` name versions of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, version in options.items():
        setattr(context, f"{name}_version", version)
    with (
        socket.create_connection(("127.0.0.1", port), 10) as connection,
        context.wrap_socket(connection) as secured,
    ):
        return _spelt(secured.getpeercert(binary_form=True) or b"")


def _spelt(der: bytes) -> str:
    text = hashlib.sha256(der).hexdigest().upper()
    return ":".join(text[at : at + 2] for at in range(0, 64, 2))
