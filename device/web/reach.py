"""How the page is reached, for the log and health: TLS or not, and what is wrong with it."""

from __future__ import annotations

import ipaddress
import logging
from typing import Any

from device.web.tls import TlsKeeper

log = logging.getLogger(__name__)
_PLAIN = (
    "the page is served without TLS on an address that others reach: pictures and passwords travel"
    " readable; set web.tls, or web.trusted_proxies where a proxy does it (docs/network.md)"
)


class Reach:
    """Any thread; `look` from one."""

    def __init__(self, url: str, host: str, tls: TlsKeeper | None, *, proxied: bool) -> None:
        self._url = url
        self._tls = tls
        self.notice = None if tls or proxied or _is_loopback(host) else _PLAIN
        if self.notice is not None:
            log.warning("%s", self.notice)

    def look(self) -> None:
        """Once a second or so: certificates change on the disk."""
        if self._tls is not None:
            self._tls.look()

    @property
    def problem(self) -> str | None:
        """What is wrong, for health."""
        return self._tls.problem if self._tls is not None else None

    def status(self) -> dict[str, Any]:
        """For health: small and fit for JSON."""
        certificate = self._tls.status() if self._tls is not None else None
        return {"url": self._url, "certificate": certificate, "notice": self.notice}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
