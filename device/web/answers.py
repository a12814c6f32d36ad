"""Answers that wait until something is safe on the disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future

from starlette.responses import Response

from device import wire
from device.errors import Busy, PictureError, StoreFull
from device.types import Outcome, PictureRef

_PATIENCE = 60.0  # seconds for the tags of a picture
_LOOK_AROUND = 1.0  # seconds


async def tagged(future: Future[Outcome], problem: Callable[[], str | None]) -> Response:
    """The stored picture: 201, or 200 if the same content was tagged before.

    `problem` says why nothing can be stored now. Raises `PictureError` for a picture that is
    refused, `StoreFull` or `Busy` where the answer cannot be awaited, and what the future raises.
    """
    picture, known = await stored(future, problem)
    where = {"Location": f"/api/v1/pictures/{picture.id}"}
    status = 200 if known else 201
    return Response(wire.picture_json(picture), status, where, media_type="application/json")


async def stored(
    future: Future[Outcome], problem: Callable[[], str | None]
) -> tuple[PictureRef, bool]:
    """The stored picture, and whether it was there before. Raises as `tagged` does."""
    outcome = await settled(future, problem, "the picture is not tagged yet; it will be")
    if outcome.picture is None:
        raise PictureError(outcome.error or "the picture was refused")
    return outcome.picture, outcome.duplicate


async def settled(future: Future[Outcome], problem: Callable[[], str | None], late: str) -> Outcome:
    """What came of it, durably. Raises as above, `Busy` with `late` as its reason."""
    waited = asyncio.wrap_future(future)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        done, _ = await asyncio.wait({waited}, timeout=_LOOK_AROUND)
        if done:
            return waited.result()
        if (trouble := problem()) is not None:
            raise StoreFull(trouble)
    raise Busy(late, retry_after=10.0)
