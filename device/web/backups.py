"""Backups of the database under /api/v1: listed, made, looked through, taken away."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from device import clock, wire
from device.errors import StoreError
from device.store import copies
from device.store.chores import Chores
from device.web.describe import answer
from device.web.who import Administrator
from device.web.witness import ABOUT

log = logging.getLogger(__name__)

_JSON = "application/json"
_NAME = re.compile(r"tagd-\d{12}\.db")
_FILE = {"application/vnd.sqlite3": {"schema": {"type": "string", "format": "binary"}}}


class BackupShape(BaseModel):
    """One backup."""

    model_config = ConfigDict(extra="forbid")

    name: str
    made_at: str
    bytes: int


class BackupsShape(BaseModel):
    """Those that are kept."""

    model_config = ConfigDict(extra="forbid")

    backups: list[BackupShape]
    problem: str | None = Field(description="why the last one could not be made")


class SoundBackupShape(BackupShape):
    """One that was looked through."""

    pictures: int
    seq: int = Field(description="of its newest event")


def router(data_dir: Path, chores: Chores) -> APIRouter:
    """The routes over a data folder."""
    api = APIRouter(prefix="/api/v1/backups", default_response_class=Response)

    @api.get("", responses=answer(BackupsShape, "newest first"))
    def list_backups(_: Administrator) -> Response:
        """The backups that are there."""
        found = [_row(path) for path in copies.scheduled(data_dir)]
        body = {"backups": [row for row in found if row], "problem": chores.problem}
        return Response(wire.dumps(body), media_type=_JSON)

    @api.post(
        "",
        status_code=201,
        responses={
            201: {"model": SoundBackupShape, "description": "made, and sound"},
            **{code: told for code, told in answer(None, "").items() if code != 200},
        },
    )
    def make_backup(request: Request, who: Administrator) -> Response:
        """Make a backup now. It is looked through before it is answered."""
        facts = chores.back_up_now()
        request.scope[ABOUT] = facts.path.name
        log.info("%s had backup %s made", who.name, facts.path.name)
        return Response(wire.dumps(_sound(facts)), 201, media_type=_JSON)

    @api.post("/{name}/verify", responses=answer(SoundBackupShape, "it is sound"))
    def verify_backup(name: str, _: Administrator) -> Response:
        """Look through all of a backup; 409 for one that is damaged."""
        path = _path(data_dir, name)
        try:
            facts = copies.verify(path, Path(name))
        except StoreError as error:
            raise HTTPException(409, str(error)) from None
        return Response(wire.dumps(_sound(facts)), media_type=_JSON)

    @api.get("/{name}", responses=answer(None, "the file", _FILE))
    def get_backup(name: str, who: Administrator) -> Response:
        """The database as it was: everything but the pictures."""
        path = _path(data_dir, name)
        log.info("%s takes backup %s away", who.name, name)
        return FileResponse(path, media_type="application/vnd.sqlite3", filename=name)

    return api


def _path(data_dir: Path, name: str) -> Path:
    path = data_dir / copies.FOLDER / name
    if not _NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise HTTPException(404, f"there is no backup {name[:40]}")
    return path


def _row(path: Path) -> dict[str, str | int] | None:
    try:
        file = path.stat()
    except FileNotFoundError:  # it has just gone
        return None
    return {"name": path.name, "made_at": clock.iso(file.st_mtime), "bytes": file.st_size}


def _sound(facts: copies.Facts) -> dict[str, str | int]:
    row = _row(facts.path)
    if row is None:
        raise HTTPException(404, "it has gone meanwhile")
    return {**row, "pictures": facts.pictures, "seq": facts.seq}
