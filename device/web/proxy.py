"""What a reverse proxy says of whoever asks, believed only from those that the config names.

Outside of everything: whatever is below sees the address, the scheme and the host that the browser
used, and the path as if there were no prefix. RFC 7239 (`Forwarded`), or `X-Forwarded-For`,
`-Proto` and `-Host`; what was believed is gone below, what was not is still there
and means nothing but that somebody passed the request on.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device.config_web import Network
from device.web.problem import problem

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")
_PAIR = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^;,\s"]*)\s*(;|,|$)')
_PORT = re.compile(r":[0-9]{1,5}$")
_BOTH = (
    "the proxy sends both Forwarded and X-Forwarded-For, and one of them may be its client's word;"
    " have it remove the one that it does not write"
)


@dataclass(frozen=True, slots=True)
class Front:
    """What stands between the page and those who look at it."""

    trusted: tuple[Network, ...] = ()  # proxies that are believed
    root: str = ""  # below which they show the page, as /tagd


@dataclass(frozen=True, slots=True)
class _Said:
    """By a proxy."""

    clients: tuple[str, ...] = ()  # the one nearest to us last
    scheme: str = ""
    host: str = ""


class Proxy:
    """ASGI middleware around everything."""

    def __init__(
        self, app: ASGIApp, front: Front, refused: Callable[[ASGIApp], ASGIApp] = lambda app: app
    ) -> None:
        """`refused` goes around what is refused right here."""
        self._app = app
        self._front = front
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = [(name, value) for name, value in scope["headers"] if name in _FORWARDED]
        scope = {**scope, "path": self._below(scope["path"])}
        peer = _address(scope["client"][0]) if scope.get("client") else None
        if told and self._trusts(peer):
            said = _read(told)
            if said is None:
                await self._refused(problem(400, _BOTH))(scope, receive, send)
                return
            self._believe(scope, said)
        root = self._front.root
        if scope["path"] == root != "":  # what is relative on the page would lead elsewhere
            asked = scope["query_string"].decode("latin-1")
            there = {"Location": f"{root}/{'?' if asked else ''}{asked}"}
            await problem(308, "the page is below this", there)(scope, receive, send)
            return

        async def send_placed(message: Message) -> None:
            if root and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                place = headers.get("location", "")
                if place.startswith("/") and not place.startswith(("//", f"{root}/")):
                    headers["location"] = root + place
            await send(message)

        await self._app(scope, receive, send_placed)

    def _below(self, path: str) -> str:
        """Without the prefix, which some proxies take away themselves and others leave there."""
        root = self._front.root
        return path[len(root) :] if root and path.startswith(f"{root}/") else path

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in one for one in self._front.trusted)

    def _believe(self, scope: Scope, said: _Said) -> None:
        rest = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
        scope["headers"] = rest
        for text in reversed(said.clients):
            address = _address(text)
            # "This machine" is the proxy's word for itself: it stays its own address.
            if address is None or address.is_loopback:
                break
            scope["client"] = (str(address), 0)
            if not self._trusts(address):
                break
        if said.scheme in ("http", "https"):
            scope["scheme"] = said.scheme
        if said.host:
            kept = [(name, value) for name, value in rest if name != b"host"]
            scope["headers"] = [*kept, (b"host", said.host.encode("latin-1"))]


def _read(told: list[tuple[bytes, bytes]]) -> _Said | None:
    """None where two kinds of headers may contradict each other."""
    values = {
        name: ",".join(value.decode("latin-1") for other, value in told if other == name)
        for name, _ in told
    }
    if b"forwarded" in values:
        return None if len(values) > 1 else _standard(values[b"forwarded"])
    clients = values.get(b"x-forwarded-for", "")
    return _Said(
        tuple(one.strip() for one in clients.split(",")) if clients else (),
        _last(values.get(b"x-forwarded-proto", "")).lower(),
        _last(values.get(b"x-forwarded-host", "")),
    )


def _standard(text: str) -> _Said:
    """RFC 7239: elements with commas between, each of pairs with semicolons between."""
    elements: list[dict[str, str]] = [{}]
    place = 0
    while place < len(text) and (found := _PAIR.match(text, place)):
        value = found[2]
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        elements[-1][found[1].lower()] = value
        if found[3] == ",":
            elements.append({})
        place = found.end()
    if place < len(text):  # nobody knows whose word what follows is
        return _Said()
    nearest = elements[-1]
    clients = tuple(one.get("for", "") for one in elements)
    return _Said(clients, nearest.get("proto", "").lower(), nearest.get("host", ""))


def _last(text: str) -> str:
    """What the proxy nearest to us says."""
    return text.rpartition(",")[2].strip()


def _address(text: str) -> Address | None:
    """Of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`; None for a name."""
    bare = text.strip().lower()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = _PORT.sub("", bare)
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
