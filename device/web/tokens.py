"""The tokens of programs, under /api/v1/tokens; for administrators."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from device import people, wire
from device.people_wire import token_object
from device.store.access import Access
from device.web import body
from device.web import people_models as models
from device.web.describe import RowNumber, answer, problems
from device.web.describe import body as described
from device.web.who import Administrator
from device.web.witness import ABOUT

_JSON = "application/json"


def router(access: Access) -> APIRouter:
    """The routes over these tokens."""
    api = APIRouter(prefix="/api/v1/tokens", default_response_class=Response)
    tokens = access.tokens

    @api.get("", responses=answer(models.TokensShape, "by name"))
    def list_tokens(_: Administrator) -> Response:
        """All tokens, without their secrets."""
        found = [token_object(one) for one in tokens.all()]
        return Response(wire.dumps({"tokens": found}), media_type=_JSON)

    @api.post(
        "",
        status_code=201,
        responses={201: {"model": models.MadeTokenShape}, **problems()},
        openapi_extra=described(models.NewToken, {"name": "hall clock", "expires": "30d"}),
    )
    async def post_token(request: Request, who: Administrator) -> Response:
        """Make a token; its secret is told in this answer and never again."""
        given = await body.of(request, models.NewToken)
        aws = given.kind == "aws"
        role = people.role_of_token(given.role, aws=aws)
        sources = people.checked_sources(given.sources, role)
        lasts = people.lifetime(given.expires)
        add = tokens.add_aws if aws else tokens.add
        made = await asyncio.to_thread(add, given.name, role, sources, who.name, lasts)
        token, secret = made
        request.scope[ABOUT] = f"token {token.name}: made, {token.role}"
        told = {"token": token_object(token), "secret": secret}
        return Response(wire.dumps(told), 201, media_type=_JSON)

    @api.delete("/{number}", responses=answer(models.TokenShape, "which is gone"))
    def delete_token(number: RowNumber, request: Request, _: Administrator) -> Response:
        """Revoke a token: it lets nobody in from now on."""
        token = tokens.revoke(number)
        request.scope[ABOUT] = f"token {token.name}: revoked"
        return Response(wire.dumps(token_object(token)), media_type=_JSON)

    return api
