"""The page's own files, the kept pictures, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from device.store.reader import Reader
from device.web.preload import with_modules

STATIC = Path(__file__).parent / "static"
_IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)
_FOREVER = "private, max-age=31536000, immutable"  # a picture's id never means another picture


def content_policy() -> str:
    """Scripts and styles from our own files and the one import map; no other host, ever."""
    found = _IMPORT_MAP.search((STATIC / "index.html").read_bytes())
    digest = base64.b64encode(hashlib.sha256(found[1] if found else b"").digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self';"
        " img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; manifest-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def mount(app: FastAPI, reader: Reader) -> None:
    """Serve the page, its files and the pictures."""
    routes = APIRouter(include_in_schema=False)
    html = with_modules(STATIC)

    @routes.get("/")
    def page() -> Response:
        return HTMLResponse(html, headers={"Cache-Control": "no-cache"})

    @routes.get("/pictures/{picture_id}")
    def picture(picture_id: str) -> Response:
        return _kept(reader, picture_id, thumbnail=False)

    @routes.get("/thumbnails/{picture_id}")
    def thumbnail(picture_id: str) -> Response:
        return _kept(reader, picture_id, thumbnail=True)

    app.include_router(routes)
    app.mount("/static", _Revalidated(directory=STATIC))


class _Revalidated(StaticFiles):
    """Files that a browser asks about again each time, so that an upgrade is seen at once."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def _kept(reader: Reader, picture_id: str, *, thumbnail: bool) -> Response:
    try:
        if (found := reader.image(picture_id, thumbnail=thumbnail)) is None:
            raise FileNotFoundError
        path, media_type = found
        status = path.stat()
    except FileNotFoundError:
        raise HTTPException(404, "no image is kept of this picture") from None
    headers = {"Cache-Control": _FOREVER}
    return FileResponse(path, headers=headers, media_type=media_type, stat_result=status)
