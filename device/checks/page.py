"""The page: whether it can listen where the config says, and how long its certificate holds."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping

from device import certificate
from device.certificate import Certificate
from device.checks.asked import PATIENCE
from device.config import Config
from device.config_web import page_url
from device.doctor import Finding
from device.errors import CertificateError, TagdError

_SOON = 14.0  # days
_PRIVILEGED = 1024


def questions(config: Config) -> Mapping[str, Callable[[], str]]:
    """Whether its port is free, or tagd's own already."""
    return {"page": lambda: _listens(config)} if config.web.enabled else {}


def look(config: Config) -> Iterator[Finding]:
    """Its certificate."""
    tls = config.web.tls
    if not config.web.enabled or tls is None:
        return
    path = tls.certificate or config.data_dir / certificate.FILE_NAME
    if tls.certificate is None and not path.exists():
        yield Finding("certificate", "ok", "tagd makes it at its first start")
        return
    try:
        found = certificate.read(certificate.context(path, tls.key), path)
    except CertificateError as error:
        yield Finding("certificate", "wrong", str(error))
        return
    yield _holds(found, own=tls.certificate is None)


def _holds(found: Certificate, *, own: bool) -> Finding:
    days = found.days_left
    how = "restart tagd, which makes a new one" if own else "renew it, then restart tagd"
    if days < 0:
        told = f"it ended {-days:.0f} days ago, if the clock is right: {how}"
        return Finding("certificate", "wrong", told)
    if days < _SOON:
        return Finding("certificate", "warning", f"it ends in {days:.0f} days: {how}")
    return Finding("certificate", "ok", f"for {', '.join(found.names)}; {days:.0f} days left")


def _listens(config: Config) -> str:
    host, port = config.web.address
    if port == 0:
        return "at any free port"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as error:
            return _taken(config, error)
    where = page_url(host, port, tls=config.web.tls is not None, root=config.web.root_path)
    return f"nobody listens at {where} yet: it is free for tagd"


def _taken(config: Config, error: OSError) -> str:
    host, port = config.web.address
    if error.errno == errno.EACCES:
        told = f"ports below {_PRIVILEGED} are not for tagd: let web.listen name another"
        raise TagdError(f"{config.web.listen}: {told}, with a reverse proxy before it")
    if error.errno == errno.EADDRNOTAVAIL:
        raise TagdError(f"{host} is no address of this machine: correct web.listen")
    if error.errno != errno.EADDRINUSE:
        raise TagdError(f"web.listen: {config.web.listen}: {error.strerror}")
    if _is_tagd(host, port, tls=config.web.tls is not None):
        return f"tagd listens at {config.web.listen}"
    told = f"another program has port {port}: sudo ss -ltnp 'sport = :{port}' names it"
    raise TagdError(f"{told}; end it, or choose another in web.listen")


def _is_tagd(host: str, port: int, *, tls: bool) -> bool:
    """Whoever holds the port answers as tagd does; its certificate does not matter here."""
    there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(there, port, timeout=PATIENCE)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(there, port, timeout=PATIENCE, context=context)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(16) in (b"ok\n", b"not ok\n")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
