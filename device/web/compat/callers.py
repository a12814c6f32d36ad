"""Who calls a drop-in API with a token of tagd, wherever that API has its keys."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from device.people import TOKEN_PREFIX
from device.store.access import Access
from device.web.who import SCOPE
from device.who import Role, Who


async def identified(request: Request, access: Access, key: str | None) -> Who | None:
    """Whose token it is, put into the scope as the guard does; None where it is nobody's.

    Raises `StoreError` where that cannot be looked up now.
    """
    if not key or not key.startswith(TOKEN_PREFIX):
        return None
    who = await asyncio.to_thread(access.tokens.who, key)
    if who is not None:
        request.scope[SCOPE] = who
    return who


def may_send(who: Who, role: Role, source: str) -> bool:
    """Whether they have the role, and see the source that what they send would belong to."""
    return who.may(role) and who.sees(source)
