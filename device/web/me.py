"""Who is looking: what the page shows and hides by it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from device import wire
from device.people_wire import sources_list
from device.web.describe import answer
from device.web.people_models import MeShape
from device.web.who import Viewer
from device.who import Who

_JSON = "application/json"


def router() -> APIRouter:
    """The one route."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.get("/me", responses=answer(MeShape, "whoever asks"))
    def get_me(who: Viewer) -> Response:
        """Name, role and sources of whoever asks."""
        return Response(wire.dumps(me_object(who)), media_type=_JSON)

    return api


def me_object(who: Who) -> dict[str, Any]:
    """As the API tells it."""
    kind = "token" if who.token else "machine" if who.person is None else "person"
    sources = sources_list(who.sources)
    return {"name": who.name, "role": who.role, "sources": sources, "kind": kind}
