"""The machine, the log and the doctor under /api/v1, for administrators."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from device import clock, wire
from device.doctor import PATIENCE
from device.log_ring import LEVELS, Line
from device.redact import redact
from device.system import System
from device.web import system_models as shapes
from device.web.describe import answer
from device.web.who import Administrator

_JSON = "application/json"
_LOOK_AROUND = 0.1  # seconds
_LARGEST = 2**53  # a number that every JSON reader can hold


def router(system: System) -> APIRouter:
    """The routes over this system."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)

    @api.get("/system", responses=answer(shapes.SystemShape, "as it is now"))
    def get_system(_: Administrator) -> Response:
        """What is wrong and since when, versions, board, models, room, queues, threads."""
        return Response(wire.dumps(system.look()), media_type=_JSON)

    @api.get("/log", responses=answer(shapes.LogShape, "the oldest first"))
    def get_log(
        _: Administrator,
        after: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
        level: Literal["debug", "info", "warning", "error"] = "debug",
        limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    ) -> Response:
        """Lines of the log of that level and worse: the newest, or those after `after`."""
        lines, following = system.log.after(after, LEVELS[level], limit)
        told = {"lines": [_line(one) for one in lines], "next": following}
        return Response(wire.dumps(told), media_type=_JSON)

    @api.get("/doctor", responses=answer(shapes.ExaminationShape, "what it found"))
    async def get_doctor(_: Administrator) -> Response:
        """Has the doctor look at everything, as `tagd doctor` does, which takes some seconds."""
        examination = system.doctor.examine()
        deadline = time.monotonic() + PATIENCE
        while not examination.complete and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_AROUND)  # a thread that waits would be missing for readers
        complete = examination.complete
        told = [{**asdict(one), "told": redact(one.told)} for one in examination.findings]
        return Response(wire.dumps({"findings": told, "complete": complete}), media_type=_JSON)

    return api


def _line(line: Line) -> dict[str, str | int]:
    return {
        "number": line.number,
        "at": clock.iso(line.at),
        "level": line.word,
        "logger": line.logger,
        "text": line.text,
    }
