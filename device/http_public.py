"""One picture from a URL that a program names: only from the internet at large.

Whoever may send a picture must not see what only this device can reach: the name is resolved once,
all its addresses must be public, and the connection goes to one of these, whatever the name leads
to a moment later. No redirect is followed, no proxy asked, no login sent.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException
from urllib.parse import urlsplit

from device import __version__
from device.errors import SourceError
from device.http_fetch import Address
from device.http_patience import Connection, Patience
from device.http_trouble import failure

_HEAD = 10.0  # seconds for the head, and the longest silence
_WHOLE = 20.0  # seconds for all of it: whoever asked waits

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: IP) -> bool:
    """Whether it is one of the internet at large, and hides no other."""
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64
    ):
        return False
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address inside


def get(
    url: str,
    limit: int,
    *,
    public: Callable[[IP], bool] = is_public,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """What the URL leads to, at most `limit` bytes. Raises ValueError with a sentence."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise ValueError("a URL begins with http:// or https:// and has no login in it")
    where = Address.of(parts)
    told = f"the server at {where}"
    if where.scheme == "https":
        tls = tls or ssl.create_default_context()
    try:
        address = _resolved(where, public)
        patience = Patience(_HEAD)
        connection = Connection(
            where.host, where.port, tls if where.scheme == "https" else None, patience, address
        )
    except (OSError, UnicodeError) as error:
        raise ValueError(str(failure(told, error))) from None
    try:
        return _read(connection, where, limit, patience)
    except (OSError, HTTPException) as error:
        if isinstance(error, SourceError):
            raise ValueError(str(error)) from None
        raise ValueError(str(failure(told, error))) from None
    finally:
        connection.close()


def _resolved(where: Address, public: Callable[[IP], bool]) -> str:
    found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not addresses or not all(public(ipaddress.ip_address(one)) for one in addresses):
        raise ValueError(f"{where.host} is no public address: nothing is fetched from there")
    return addresses[0]


def _read(connection: Connection, where: Address, limit: int, patience: Patience) -> bytes:
    headers = {"User-Agent": f"tagd/{__version__}", "Accept": "image/*"}
    end = time.monotonic() + _WHOLE
    response = connection.get(where.target, headers, _HEAD)
    if response.status != 200:
        raise SourceError(f"the server at {where} answers {response.status}, and not the picture")
    patience.allow(max(0.1, end - time.monotonic()))
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(2**18):
        size += len(piece)
        if size > limit:
            raise SourceError(f"the picture at {where} is larger than {limit / 1024**2:g} MB")
        pieces.append(piece)
    if response.length:
        raise SourceError(f"the server at {where} broke off in the middle of the picture")
    return b"".join(pieces)
