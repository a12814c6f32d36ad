"""What every request must pass: a host that is ours, writes from our own page only.

A page elsewhere could otherwise reach a device on the owner's network through the owner's
browser (DNS rebinding, cross-site requests). Addresses in figures are always allowed as hosts:
rebinding needs a name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device.web.problem import problem

_READING = ("GET", "HEAD", "OPTIONS")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s\[\]:/?#@]+))(?::[0-9]{1,5})?")


# The policy is for what a browser shows as a page; in each of the hundred parts of ours it would
# be a third of what a first visit costs.
_NO_PAGES = ("text/javascript", "text/css")


class Shield:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], policy: str) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if headers.get("content-type", "").startswith(_NO_PAGES):
                    del headers["Content-Security-Policy"]
                headers.setdefault("Cache-Control", "no-store")  # pictures of somebody's home
            await send(message)

        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            told = "this device is not known by that name; add it to web.hosts in the config"
            await problem(421, told)(scope, receive, send_with_headers)
        elif scope["method"] not in _READING and _is_foreign(headers, host):
            told = "another site may not send anything here"
            await problem(403, told)(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _is_ours(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = (match[1] or match[2]).lower()
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _is_foreign(headers: Headers, host: str) -> bool:
    """Whether a browser says that the request was started by another site's page."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.lower().partition("://")[2] != host.lower()
