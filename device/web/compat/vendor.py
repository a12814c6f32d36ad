"""What a vendor is, and the way of its requests past ours."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device.store.people_audit import Audit
from device.web.problem import problem
from device.web.witness import Witness

log = logging.getLogger(__name__)

_PROBLEM = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Vendor:
    """One drop-in API."""

    name: str  # as in the config: also the source of what it stores
    takes: Callable[[Scope], bool]  # whether an HTTP request, by path and head, is for it
    app: ASGIApp  # answers it; problem+json is put into shape, errors that leave it as well
    shape: Callable[[int, str, Mapping[str, str]], Response]
    """An error in the vendor's own form: status, what is wrong in a sentence, and the headers that
    the problem would have had."""


class Fork:
    """ASGI middleware in front of the guard: requests for a vendor go to the vendor.

    Its application puts who asks into the scope (`web.who.SCOPE`), and so into the audit log.
    """

    def __init__(self, app: ASGIApp, vendors: Sequence[Vendor], audit: Audit) -> None:
        self._app = app
        self._vendors = vendors
        self._witness = Witness(audit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        vendor = taker(self._vendors, scope)
        if vendor is None:
            await self._app(scope, receive, send)
            return
        await vendor.app(scope, receive, self._witness.watched(scope, send))


class Shaped:
    """ASGI middleware around everything: what goes wrong on a vendor's way has its shape."""

    def __init__(self, app: ASGIApp, vendors: Sequence[Vendor]) -> None:
        self._app = app
        self._vendors = vendors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        vendor = taker(self._vendors, scope)
        if vendor is None:
            await self._app(scope, receive, send)
            return
        answer = _Answer(vendor, scope, receive, send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception:
            if answer.begun:
                raise
            log.exception("a request to the drop-in API %s broke", vendor.name)
            await problem(500, "tagd made a mistake; the log says more")(
                scope, receive, answer.send
            )


class _Answer:
    """Passes an answer on, but for a problem, which is held back and told in the vendor's way."""

    def __init__(self, vendor: Vendor, scope: Scope, receive: Receive, send: Send) -> None:
        self._vendor, self._scope, self._receive, self._send = vendor, scope, receive, send
        self._held: Message | None = None
        self._body = b""
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            if _PROBLEM in dict(message["headers"]).get(b"content-type", b""):
                self._held = message
                return
        if self._held is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._tell(self._held)

    async def _tell(self, held: Message) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1")
                   for name, value in held["headers"]
                   if name not in (b"content-type", b"content-length")}  # fmt: skip
        told = json.loads(self._body or b"{}").get("detail", "")
        response = self._vendor.shape(held["status"], told, headers)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        await response(self._scope, self._receive, self._send)


def taker(vendors: Sequence[Vendor], scope: Scope) -> Vendor | None:
    """The vendor whose request it is."""
    if scope["type"] != "http":
        return None
    return next((vendor for vendor in vendors if vendor.takes(scope)), None)
