"""Who is looking: what the page shows and hides by it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from device import wire
from device.web.describe import answer
from device.web.who import Viewer
from device.who import Role

_JSON = "application/json"


class MeShape(BaseModel):
    """Whoever asks."""

    name: str
    role: Role
    sources: list[str] | None  # that they may see; null: all


def router() -> APIRouter:
    """The one route."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.get("/me", responses=answer(MeShape, "whoever asks"))
    def get_me(who: Viewer) -> Response:
        """Name, role and sources of whoever asks."""
        sources = None if who.sources is None else sorted(who.sources)
        told = {"name": who.name, "role": who.role, "sources": sources}
        return Response(wire.dumps(told), media_type=_JSON)

    return api
