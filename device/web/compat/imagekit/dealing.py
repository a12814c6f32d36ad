"""What changes of files have in common: their bodies, waiting for them, what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from device import wire
from device.assets import Dealt
from device.config_compat import IMAGEKIT
from device.errors import StoreError
from device.types import Outcome
from device.web import answers, receive
from device.web.compat.imagekit import shapes
from device.web.services import Services
from device.who import Who

_MOST = 128 * 1024  # bytes of a request
_LATE = "this is not done yet; it will be"


def require_sight(who: Who) -> None:
    """Raises HTTPException where the library is not for them."""
    if not who.sees(IMAGEKIT):
        raise HTTPException(403, f"the sources of {who.name} do not include {IMAGEKIT}")


async def body(request: Request, who: Who) -> bytes:
    """Of somebody who may. Raises HTTPException, as `receive.small` does, too."""
    require_sight(who)
    return await receive.small(request, _MOST)


async def dealt(services: Services, hand_in: Callable[[], Future[Outcome]]) -> Dealt:
    """What came of it, durably. Raises `StoreError`, and what `answers.settled` does."""
    future = await asyncio.to_thread(hand_in)
    outcome = await answers.settled(future, services.storage_problem, _LATE)
    if not isinstance(outcome.answer, Dealt):
        raise StoreError(outcome.error or _LATE)
    return outcome.answer


def about(found: Dealt) -> str:
    """The pictures, for the audit log: ten at most."""
    return ",".join(dict.fromkeys(asset.picture for asset in found.assets[:10]))


def told(found: Dealt, uids: Sequence[str], field: str) -> Response:
    """All are done and named in `field`; or none, as some are missing; or some are refused."""
    if found.missing:
        why = "The requested file(s) does not exist."
        return shapes.error(404, why, missingFileIds=list(found.missing))
    done = [uid for uid in uids if uid not in found.refused]
    if not found.refused:
        return answer({field: done})
    errors = [{"fileId": uid, "error": why} for uid, why in found.refused.items()]
    why = f"Some files could not be changed: {errors[0]['error']}."
    return shapes.error(207, why, **{field: done}, errors=errors)


def sentence(error: object) -> str:
    """With one full stop."""
    return f"{str(error).rstrip('.')}."


def answer(value: object) -> Response:
    """200 with this as JSON."""
    return Response(wire.dumps(value), media_type="application/json")
