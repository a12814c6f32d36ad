"""How a command gets to a tagd: plain or over TLS, at the root or below a proxy's path."""

from __future__ import annotations

import http.client
import re
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import click

from device import certificate
from device.commands.access import page_address
from device.config import Config
from device.errors import CertificateError

_FIRST = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Way:
    """The way to one tagd. Any number of connections."""

    def __init__(self, url: str | None, config: Config | None) -> None:
        """To `url`, or to the tagd of this config, which is on this machine.

        The latter is known by its certificate and no other; elsewhere the authorities of this
        machine decide. Raises `CertificateError`, and UsageError for a wrong address.
        """
        self.address = page_address(config) if url is None and config is not None else url or ""
        try:
            parts = urlsplit(self.address)
            self._port = parts.port
        except ValueError:
            parts, self._port = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            told = "write the address as http://host:port or https://host:port"
            raise click.UsageError(f"{told}, not {self.address}")
        self._host, self._root = parts.hostname, parts.path.rstrip("/")
        self._trust: ssl.SSLContext | None = None
        if parts.scheme == "https":
            own = config if url is None else None
            self._trust = ssl.create_default_context() if own is None else _trusting(own)
        if url is None and config is not None:
            self._host = config.web.address[0]  # where it listens, whatever its name leads to

    def connect(self, patience: float) -> http.client.HTTPConnection:
        """A connection, not open yet, that waits so many seconds for each answer."""
        if self._trust is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=patience)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=patience, context=self._trust
        )

    def path(self, below: str) -> str:
        """Where `/api/v1/...` is, as a request asks for it."""
        return self._root + below

    def trouble(self, error: Exception) -> str:
        """Why nothing came of it, and what to do."""
        if isinstance(error, ssl.SSLCertVerificationError):
            told = f"its certificate is not to be trusted ({error.verify_message})"
            return f"{self.address}: {told}; SSL_CERT_FILE may name one that is"
        if isinstance(error, ssl.SSLError):
            return f"{self.address} does not speak TLS; write http:// or set web.tls there"
        return f"no tagd answers at {self.address}: {error}"


def _trusting(config: Config) -> ssl.SSLContext:
    """What takes the certificate of this config's page, whatever its names, and no other."""
    tls = config.web.tls
    path = (tls and tls.certificate) or config.data_dir / certificate.FILE_NAME
    found = _FIRST.search(_text(path))
    if found is None:
        raise CertificateError(f"web.tls: {path} holds no certificate in PEM form")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname = False
    # By itself alone: not by who signed it, and also on a board whose clock is not set yet.
    trust.verify_flags |= certificate.ANY_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        trust.load_verify_locations(cadata=found[0])
    except ssl.SSLError:
        raise CertificateError(f"web.tls: {path} holds a damaged certificate") from None
    return trust


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        told = "is not there yet: tagd makes it at its first start"
        raise CertificateError(f"web.tls: {path} {told}") from None
    except OSError as error:
        told = "type the command as the user that runs tagd, or as root"
        raise CertificateError(f"web.tls: {path}: {error.strerror}; {told}") from None
