"""The config under /api/v1: read, checked, replaced. Passwords are never answered.

Everything touches the disk, so it is done in worker threads.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import wire
from device.config import Config
from device.draft import LONGEST, Checked
from device.errors import ConfigError
from device.redact import redact
from device.settings import Settings, Stale
from device.web import receive
from device.web.describe import answer, body
from device.web.problem import problem
from device.web.settings_models import CheckShape, ConfigShape, DraftShape, SavedShape
from device.web.who import Administrator
from device.yaml_edit import GONE, Place

_JSON = "application/json"
_BODY = body(DraftShape, {"changes": [{"place": ["device", "name"], "value": "Front gate"}]})


def router(settings: Settings) -> APIRouter:
    """The routes over these settings."""
    api = APIRouter(prefix="/api/v1/config", default_response_class=Response)

    @api.get("", responses=answer(ConfigShape, "the file as it is"))
    def get_config(_: Administrator) -> Response:
        """The config file: its text without passwords, its values, and what may be in it."""
        try:
            look = settings.look()
        except ConfigError as error:
            raise HTTPException(409, str(error)) from None
        told = {
            "file": look.name,
            "text": look.text,
            "etag": look.etag,
            "problem": look.problem,
            "applied": asdict(settings.applied),
            "written": settings.check().written,
            "values": _shown(settings.running.model_dump(mode="json")),
            "schema": Config.model_json_schema(),
        }
        return Response(wire.dumps(told), 200, {"ETag": look.etag}, media_type=_JSON)

    @api.post("/check", responses=answer(CheckShape, "what is to be said"), openapi_extra=_BODY)
    async def check_config(request: Request, _: Administrator) -> Response:
        """What a draft would change, and what is wrong with it. Nothing is saved."""
        text, changes = _draft(await receive.small(request, 2 * LONGEST))
        try:
            checked = await asyncio.to_thread(settings.check, text, changes)
        except ConfigError as error:
            raise HTTPException(409, str(error)) from None
        return Response(wire.dumps(_checked(checked)), media_type=_JSON)

    @api.put("", responses=answer(SavedShape, "it is saved"), openapi_extra=_BODY)
    async def put_config(
        request: Request,
        who: Administrator,
        if_match: Annotated[str, Header(max_length=100)] = "",
    ) -> Response:
        """Replace the config and apply it: 412 if somebody else did, 422 if it is not right."""
        if not if_match:
            raise HTTPException(428, "send the ETag of the config that you changed as If-Match")
        text, changes = _draft(await receive.small(request, 2 * LONGEST))
        try:
            saved = await asyncio.to_thread(settings.save, text, changes, if_match, who.name)
            look = await asyncio.to_thread(settings.look)
        except Stale as error:
            return problem(412, str(error))
        except ConfigError as error:
            raise HTTPException(409, str(error)) from None
        if saved.problems:
            wrong = f"the config is not right: {saved.problems[0].text}"
            return problem(422, wrong, problems=_problems(saved))
        told = {"etag": look.etag, "restart": bool(saved.diff), "follows": saved.follows}
        return Response(wire.dumps(told), 200, {"ETag": look.etag}, media_type=_JSON)

    return api


def _draft(sent: bytes) -> tuple[str | None, dict[Place, Any]]:
    try:
        draft = DraftShape.model_validate_json(sent)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise HTTPException(422, f"{where}: {first['msg']}") from None
    changes = {
        tuple(one.place): one.value if "value" in one.model_fields_set else GONE
        for one in draft.changes
    }
    return draft.text, changes


def _checked(checked: Checked) -> dict[str, Any]:
    return {
        "text": checked.text,
        "problems": _problems(checked),
        "diff": checked.diff,
        "follows": checked.follows,
        "written": checked.written,
    }


def _problems(checked: Checked) -> list[dict[str, Any]]:
    return [asdict(one) for one in checked.problems]


def _shown(value: Any) -> Any:
    """Values without secrets: not even those of the environment."""
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return redact(value) if isinstance(value, str) else value
