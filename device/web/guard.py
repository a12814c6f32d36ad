"""Nothing is for everybody but the page's own files and the way to log in.

Every other request must show a session, a token, or come from this machine where the config says
that this is enough; what it may then is each route's own word (`web.who`). A long answer, such as
the live stream, ends when whoever asked is no longer let in.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device.errors import StoreError
from device.people import MACHINE, TOKEN_PREFIX
from device.store.access import Access
from device.web import credentials
from device.web.problem import problem
from device.web.who import CHALLENGE, SCOPE
from device.web.witness import Witness
from device.who import Who

SESSION = "tagd.session"
"""Where in the ASGI scope the secret of the session stands, where there is one."""

_OPEN = frozenset(
    {("GET", "/"), ("GET", "/healthz"), ("POST", "/api/v1/login"), ("POST", "/api/v1/logout")}
)
_OPEN_BELOW = ("/static/", "/api/v1/invitations/")
_READING = ("GET", "HEAD", "OPTIONS")
_AGAIN = 10.0  # s between two looks at who gets a long answer
_HERE = Who(MACHINE, "administrator")


class Guard:
    """ASGI middleware; inside the shield, which has seen to hosts and origins."""

    def __init__(
        self, app: ASGIApp, access: Access, *, trust_loopback: bool, local_token: str | None
    ) -> None:
        self._app = app
        self._access = access
        self._trust_loopback = trust_loopback
        self._local_token = local_token
        self._witness = Witness(access.audit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            who, session = await self._who(scope, headers)
        except StoreError as error:
            await problem(503, str(error), {"Retry-After": "30"})(scope, receive, send)
            return
        if who is None and not _is_open(scope):
            await _refused(headers)(scope, receive, send)
            return
        if session is not None and not _is_ours(scope, headers):
            told = "with a session, send X-Requested-With or Origin too; programs use a token"
            await problem(403, told)(scope, receive, send)
            return
        if who is not None:
            scope[SCOPE], scope[SESSION] = who, session
        seen = self._witness.watched(scope, send)
        checked = seen if who is None else self._ending(seen, self._still(scope, headers))
        await self._app(scope, receive, checked)

    async def _who(self, scope: Scope, headers: Headers) -> tuple[Who | None, str | None]:
        """Who asks, and the secret of the session that says so."""
        token = credentials.token_of(headers)
        if token is not None:
            return await self._bearer(token), None
        session = credentials.session_of(scope, headers)
        if session:
            who = await asyncio.to_thread(self._access.sessions.who, session)
            if who is not None:
                return who, session
        if self._trust_loopback and credentials.is_from_here(scope, headers):
            return _HERE, None
        return None, None

    async def _bearer(self, token: str) -> Who | None:
        if not token.startswith(TOKEN_PREFIX):
            return None
        local = self._local_token
        if local is not None and hmac.compare_digest(token.encode(), local.encode()):
            return _HERE
        return await asyncio.to_thread(self._access.tokens.who, token)

    def _still(self, scope: Scope, headers: Headers) -> Callable[[], Awaitable[bool]]:
        async def still() -> bool:
            try:
                who, _ = await self._who(scope, headers)
            except StoreError:
                return True  # who was let in a moment ago stays while the disk has its trouble
            return bool(who == scope[SCOPE])

        return still

    def _ending(self, send: Send, still: Callable[[], Awaitable[bool]]) -> Send:
        """`send` for an answer that ends once `still` says no."""
        looked = time.monotonic()
        measured = ended = False

        async def send_while_allowed(message: Message) -> None:
            nonlocal looked, measured, ended
            if message["type"] == "http.response.start":
                measured = any(name == b"content-length" for name, _ in message["headers"])
            elif not measured and not ended and time.monotonic() - looked >= _AGAIN:
                looked = time.monotonic()
                if not await still():
                    ended = True
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            if not ended:
                await send(message)

        return send_while_allowed


def _is_open(scope: Scope) -> bool:
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    path = credentials.path_of(scope)
    return (method, path) in _OPEN or path.startswith(_OPEN_BELOW)


def _is_ours(scope: Scope, headers: Headers) -> bool:
    """Whether a request with a cookie was surely not started by another site's page.

    A browser sends the cookie by itself; SameSite keeps other sites from that, and the shield has
    refused every foreign `Origin`. What says nothing of where it comes from must at least be
    something that no form of another site can be made to send.
    """
    if scope["method"] in _READING:
        return True
    told = any(name in headers for name in ("origin", "sec-fetch-site", "x-requested-with"))
    return told or headers.get("content-type", "").lower().startswith("application/json")


def _refused(headers: Headers) -> Response:
    told = "log in first, or send a token as `Authorization: Bearer tagd_...`"
    if "authorization" in headers:
        told = "this token is wrong, expired or revoked"
    return problem(401, told, {"WWW-Authenticate": CHALLENGE})
