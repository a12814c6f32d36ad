"""The certificate that the page is served with: loaded, taken over when it changes, renewed."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device import certificate, clock
from device.config_web import Tls
from device.errors import CertificateError

log = logging.getLogger(__name__)


class TlsKeeper:
    """Serves a pair of files, or one that it makes itself in `data_dir`."""

    def __init__(self, wanted: Tls, data_dir: Path, hosts: Iterable[str]) -> None:
        """`hosts` are names and addresses of the page. Raises `CertificateError`."""
        self._own = wanted.certificate is None
        self._path = wanted.certificate or data_dir / certificate.FILE_NAME
        self._key = wanted.key
        self._names, self._addresses = _sorted(hosts)
        self._lock = threading.Lock()
        self._refused: str | None = None  # why what is on the disk now is not taken over
        self._seen = self._stamp()
        self._current, self.certificate = self._load()
        self._tell()
        self.context = certificate.context(self._path, self._key)
        # Whoever connects gets the newest, whole: never a new certificate with the old key.
        self.context.sni_callback = self._choose

    @property
    def problem(self) -> str | None:
        """What is wrong with the certificate. Any thread."""
        if self._refused is not None:
            return self._refused
        if self.certificate.days_left < 0:
            ended = clock.iso(self.certificate.ends)
            return f"the page's certificate ended at {ended}; put a new one in its place"
        return None

    def status(self) -> dict[str, Any]:
        """For health."""
        shown = self.certificate
        return {
            "fingerprint": shown.fingerprint,
            "names": list(shown.names),
            "ends": clock.iso(shown.ends),
            "self_signed": self._own,
        }

    def look(self) -> None:
        """Take over what has changed on the disk; renew one of ours in time. Raises nothing."""
        with self._lock:
            stamp = self._stamp()
            due = self._own and self.certificate.is_due(self._names)
            if stamp == self._seen and not (due and self._refused is None):
                return
            try:
                self._current, self.certificate = self._load()
                self._refused = None
                self._tell()
            except CertificateError as error:
                self._refused = f"{error}; the page keeps the certificate that it has"
                log.error("%s", self._refused)
            self._seen = self._stamp()

    def _load(self) -> tuple[ssl.SSLContext, certificate.Certificate]:
        if self._own and not self._is_usable():
            hosts = [*self._addresses, *_here()]
            certificate.make(self._path, self._names, list(dict.fromkeys(hosts)))
        context = certificate.context(self._path, self._key)
        return context, certificate.read(context, self._path)

    def _is_usable(self) -> bool:
        """Whether the self-made one is there, sound, and still good for some time."""
        if not self._path.exists():
            return False
        try:
            there = certificate.read(certificate.context(self._path, None), self._path)
        except CertificateError as error:
            log.warning("%s; a new one is made", error)
            return False
        return not there.is_due(self._names)

    def _stamp(self) -> tuple[object, ...]:
        found = []
        for path in filter(None, (self._path, self._key)):
            try:
                there = path.stat()
                found.append((there.st_mtime_ns, there.st_size, there.st_ino))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)

    def _choose(self, connection: Any, _name: object, _context: object) -> None:
        connection.context = self._current

    def _tell(self) -> None:
        ends = clock.iso(self.certificate.ends)
        log.info(
            "certificate of the page, until %s: SHA-256 %s", ends, self.certificate.fingerprint
        )
        if self.certificate.days_left < 0:
            log.warning("%s", self.problem)


def _sorted(hosts: Iterable[str]) -> tuple[list[str], list[str]]:
    """Names, and addresses that one can connect to."""
    names, addresses = [], ["127.0.0.1", "::1"]
    for host in dict.fromkeys(host.lower() for host in hosts):
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            names.append(host)
            continue
        if not address.is_unspecified and str(address) not in addresses:
            addresses.append(str(address))
    return [name for name in names if certificate.is_name(name)], addresses


def _here() -> list[str]:
    """The addresses from which this machine would speak to others; nothing is sent."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                found.append(str(probe.getsockname()[0]).partition("%")[0])
        except OSError:  # no network, or none of this kind
            continue
    return found
