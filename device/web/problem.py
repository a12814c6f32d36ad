"""Errors of the API as RFC 9457 problem details, the framework's own included."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount

from device import wire
from device.errors import (
    Busy,
    CommandError,
    NoPicture,
    PictureError,
    QueryError,
    StoreError,
    StoreFull,
    UnknownSource,
)
from device.mailbox import Closed
from device.redact import redact

_ECHOED = 200  # characters of what somebody sent
_COMMANDS: dict[type[CommandError], int] = {UnknownSource: 404, NoPicture: 504}


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """A problem document; `detail` is a sentence for a person."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": redact(detail)}
    return Response(
        wire.dumps(body | extra), status, headers, media_type="application/problem+json"
    )


def add_handlers(app: FastAPI) -> None:
    """Every error that can leave a route, in this one shape."""

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        detail, headers = error.detail, dict(error.headers or {})
        if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
            detail = f"there is nothing at {request.url.path[:_ECHOED]}"
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _allowed(request)
            detail = f"{request.method[:_ECHOED]} does nothing here; there are {headers['Allow']}"
        return problem(error.status_code, detail, headers)

    @app.exception_handler(RequestValidationError)
    def _validation(_: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
        return problem(422, said)

    @app.exception_handler(QueryError)
    def _query(_: Request, error: QueryError) -> Response:
        return problem(400, str(error), column=error.column, hint=error.hint)

    @app.exception_handler(PictureError)
    def _picture(_: Request, error: PictureError) -> Response:
        return problem(422, str(error))

    @app.exception_handler(Busy)
    def _busy(_: Request, error: Busy) -> Response:
        return problem(503, str(error), {"Retry-After": str(round(error.retry_after) or 1)})

    @app.exception_handler(Closed)
    def _closed(_: Request, __: Closed) -> Response:
        return problem(503, "tagd is stopping; send it again later", {"Retry-After": "10"})

    @app.exception_handler(CommandError)
    def _command(_: Request, error: CommandError) -> Response:
        return problem(_COMMANDS.get(type(error), 409), str(error))

    @app.exception_handler(StoreError)
    def _store(_: Request, error: StoreError) -> Response:
        status = 507 if isinstance(error, StoreFull) else 503
        return problem(status, str(error), {"Retry-After": "30"})

    @app.exception_handler(Exception)
    def _bug(_: Request, __: Exception) -> Response:
        return problem(500, "tagd made a mistake; the log says more")


def _allowed(request: Request) -> str:
    """What this path takes; the router itself names the methods of its first route only."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]

    def takes(method: str) -> bool:
        asked = {**request.scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in routes)

    writing = [method for method in ("POST", "PATCH", "PUT", "DELETE") if takes(method)]
    return ", ".join([*(["GET", "HEAD"] if takes("GET") or not writing else []), *writing])
