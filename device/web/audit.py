"""The audit log, under /api/v1/audit; for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from device import wire
from device.store.people_audit import Audit
from device.web import people_models as models
from device.web.describe import answer
from device.web.who import Administrator

_JSON = "application/json"


def router(audit: Audit) -> APIRouter:
    """The one route."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.get("/audit", responses=answer(models.AuditShape, "newest first"))
    def list_audit(
        _: Administrator,
        who: Annotated[str | None, Query(max_length=200)] = None,
        what: Annotated[str | None, Query(max_length=100)] = None,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Who did what, when and from where; of one person or one kind with `who` and `what`."""
        found = audit.page(int(before) if before else None, limit + 1, who, what)
        shown = found[:limit]
        following = str(shown[-1]["id"]) if len(found) > limit else None
        return Response(wire.dumps({"entries": shown, "next": following}), media_type=_JSON)

    return api
