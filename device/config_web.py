"""What can be said of how the page is reached: TLS, and a reverse proxy in front of it."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator

from device.config_base import Section

SELF_SIGNED = "self-signed"
"""In place of files: tagd makes a certificate of its own."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_ROOT = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")


class Tls(Section):
    """A certificate with its key, or `self-signed`."""

    certificate: Path | None = None  # PEM, with those between it and its authority; None: made here
    key: Path | None = None  # PEM; None: in the same file

    @model_validator(mode="before")
    @classmethod
    def _one_or_the_other(cls, value: Any) -> Any:
        if value == SELF_SIGNED:
            return {}
        if isinstance(value, Mapping) and not value.get("certificate"):
            raise ValueError(f"write {SELF_SIGNED}, or certificate and key with their files")
        if not isinstance(value, (Mapping, Tls)):
            raise ValueError(f"write {SELF_SIGNED}, or {{certificate: FILE, key: FILE}}")
        return value

    def beside(self, folder: Path) -> Tls:
        """The same with its files looked for in `folder`."""
        found = {
            name: folder / path
            for name, path in (("certificate", self.certificate), ("key", self.key))
            if path is not None
        }
        return self.model_copy(update=found)


def _checked_network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(
            f"{value!r} is no address: write one such as 192.0.2.5, or a network, 192.0.2.0/24"
        ) from None
    return value


def _checked_root(value: str) -> str:
    root = value.rstrip("/")
    if root.split("/")[1:2] in (["api"], ["static"], ["pictures"], ["thumbnails"]):
        raise ValueError(f"{root} is a path of tagd itself; choose another, such as /tagd")
    if not _ROOT.fullmatch(root):
        raise ValueError("write the path below which the proxy shows the page, such as /tagd")
    return root


NetworkText = Annotated[str, AfterValidator(_checked_network)]
"""An address or a network."""
RootPath = Annotated[str, AfterValidator(_checked_root)]
"""Empty, or a path that begins with a slash and ends without one."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """As `ipaddress` has them."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def page_url(host: str, port: int, *, tls: bool, root: str) -> str:
    """Where people open a page that listens there; every address is told as this machine's name."""
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    return f"http{'s' * tls}://{f'[{host}]' if ':' in host else host}:{port}{root}"


def reaches_loopback(texts: Iterable[str]) -> bool:
    """Whether this machine itself is among these networks."""
    own = networks(("127.0.0.0/8", "::1/128", "::ffff:127.0.0.0/104"))
    return any(
        one.version == mine.version and one.overlaps(mine)
        for one in networks(texts)
        for mine in own
    )
