"""Certificates of the page: reading one, and making one with the `openssl` program.

The standard library can serve a certificate but neither make nor read one. What a certificate says
is learned by a handshake with ourselves in memory, which also proves that the pair can be served.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import ssl
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device import clock
from device.disk import flush_folder
from device.errors import CertificateError

FILE_NAME = "certificate.pem"
"""The self-made one in data_dir, with its key, for its owner only."""

DAYS = 825
"""That it holds: Apple's devices take none that holds longer."""

ANY_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, <openssl/x509_vfy.h>."""

_BEFORE_ITS_END = 30 * 86400.0  # seconds, from when on a new one is made
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9_])?")
_PATIENCE = 60.0  # seconds: a key takes a second on the slowest Pi
_REQUEST = """[req]
distinguished_name = name
x509_extensions = more
prompt = no
[name]
CN = {name}
[more]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is shown to whoever connects."""

    fingerprint: str  # SHA-256, AB:CD:..., as browsers show it
    names: tuple[str, ...]  # host names and addresses it is for
    begins: float  # UTC
    ends: float  # UTC
    pem: str  # itself, without a key: for clients that take no other

    @property
    def days_left(self) -> float:
        """Negative when it has ended."""
        return (self.ends - clock.now()) / 86400

    def is_due(self, names: Collection[str]) -> bool:
        """Whether a new one is to be made: it ends soon, or lacks one of these names."""
        return self.ends - clock.now() < _BEFORE_ITS_END or not set(names) <= set(self.names)


def context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """What serves this pair, TLS 1.2 and later. Raises `CertificateError`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    named = f"{certificate} and {key}" if key else str(certificate)
    try:
        # An empty password: a key that wants one is refused instead of asking the terminal for it.
        made.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        told = (
            "the key belongs to another certificate"
            if error.reason == "KEY_VALUES_MISMATCH"
            else "they are no certificate and its key, both in PEM form and without a password"
        )
        raise CertificateError(f"web.tls: {named} cannot be used: {told}") from None
    except OSError as error:
        told = f"{error.strerror}; the user that runs tagd must be able to read it"
        raise CertificateError(f"web.tls: {named} cannot be read: {told}") from None
    return made


def read(served: ssl.SSLContext, path: Path) -> Certificate:
    """What `served` shows. Raises `CertificateError` for one that no browser would take."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    try:
        der = _handshake(served, client).getpeercert(binary_form=True) or b""
        # Python tells what is in a certificate only if it was verified: by itself, that is.
        client.verify_mode = ssl.CERT_REQUIRED
        client.verify_flags |= ANY_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
        client.load_verify_locations(cadata=der)
        said: dict[str, Any] = _handshake(served, client).getpeercert() or {}
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", None) or error.reason
        raise CertificateError(f"web.tls: {path} cannot be used by a server: {reason}") from None
    digest = hashlib.sha256(der).hexdigest().upper()
    return Certificate(
        fingerprint=":".join(digest[at : at + 2] for at in range(0, len(digest), 2)),
        names=tuple(_plain(kind, name) for kind, name in said.get("subjectAltName", ())),
        begins=float(ssl.cert_time_to_seconds(said["notBefore"])),
        ends=float(ssl.cert_time_to_seconds(said["notAfter"])),
        pem=ssl.DER_cert_to_PEM_cert(der),
    )


def is_name(text: str) -> bool:
    """Whether a certificate can name this host."""
    return _HOST.fullmatch(text) is not None


def make(path: Path, names: Sequence[str], addresses: Sequence[str]) -> None:
    """A new self-signed certificate with its key at `path`, which only its owner may read.

    The first name is the one that it shows; each fulfils `is_name`. Raises `CertificateError`.
    """
    listed = [*(f"DNS:{name}" for name in names), *(f"IP:{one}" for one in addresses)]
    request = _REQUEST.format(name=names[0] if names else "tagd", names=",".join(listed))
    try:
        with tempfile.TemporaryDirectory(prefix=".certificate-", dir=path.parent) as name:
            folder = Path(name)  # for its owner only, as `tempfile` makes them
            (folder / "request").write_text(request, encoding="ascii")
            _run_openssl(folder)
            both = (folder / "key").read_bytes() + (folder / "certificate").read_bytes()
            with open(os.open(folder / "both", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(both)
                file.flush()
                os.fsync(file.fileno())
            (folder / "both").replace(path)
            flush_folder(path.parent)
    except OSError as error:
        raise CertificateError(f"{path} cannot be written: {error.strerror}") from None


def _run_openssl(folder: Path) -> None:
    words = ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256"
             f" -days {DAYS} -config request -keyout key -out certificate")  # fmt: skip
    try:
        subprocess.run(
            ["openssl", *words.split()],
            cwd=folder,
            umask=0o077,
            check=True,
            capture_output=True,
            timeout=_PATIENCE,
        )
    except FileNotFoundError:
        told = "a self-signed certificate needs the program openssl: apt install openssl"
        raise CertificateError(f"web.tls: {told}, or name files of your own") from None
    except subprocess.SubprocessError as error:
        said = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else str(error)
        raise CertificateError(f"web.tls: openssl made no certificate: {last}") from None


def _handshake(served: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """The client's side after a handshake in memory."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = served.wrap_bio(there, back, server_side=True)
    theirs = client.wrap_bio(back, there)
    for _ in range(10):  # flights, of which TLS has four at most
        done = 0
        for side in (theirs, ours):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
        if done == 2:
            break
    return theirs


def _plain(kind: str, name: str) -> str:
    return str(ipaddress.ip_address(name)) if kind == "IP Address" else name.lower()
