"""How many requests were answered, by route and status: what is asked never becomes a label."""

from __future__ import annotations

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device.exposition import Family, Sample

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"
_FILES = "/static"


class Tally:
    """Counted in the event loop, read in any thread."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, str, int]] = Counter()

    def note(self, method: str, route: str, status: int) -> None:
        """One more answer."""
        self._answers[method if method in _METHODS else _OTHER, route, status] += 1

    def family(self) -> Family:
        """For Prometheus."""
        samples = [
            Sample(count, {"method": method, "route": route, "status": str(status)})
            for (method, route, status), count in sorted(self._answers.copy().items())
        ]
        return Family("tagd_http_requests_total", "counter", "answers by route", samples)


class Counted:
    """ASGI middleware around everything, so that refusals are counted as well."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self._app = app
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._tally.note(scope["method"], _route(scope), message["status"])
            await send(message)

        await self._app(scope, receive, send_counted if scope["type"] == "http" else send)


def _route(scope: Scope) -> str:
    """The pattern of the route that was found, which the router leaves in the scope."""
    if (route := scope.get("route")) is not None:
        return str(getattr(route, "path", _OTHER))
    return _FILES if scope["path"].startswith(f"{_FILES}/") else _OTHER
