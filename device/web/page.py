"""The page's own files, the kept pictures, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import APIRouter, FastAPI, Header
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse

from device.store.reader import Reader
from device.web import sight
from device.web.preload import with_modules
from device.web.static_files import STATIC, Files
from device.web.who import Viewer
from device.who import Who

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
    def picture(picture_id: str, who: Viewer, if_none_match: str = Header("")) -> Response:
        return _kept(reader, picture_id, who, if_none_match, thumbnail=False)

    @routes.get("/thumbnails/{picture_id}")
    def thumbnail(picture_id: str, who: Viewer, if_none_match: str = Header("")) -> Response:
        return _kept(reader, picture_id, who, if_none_match, thumbnail=True)

    app.include_router(routes)
    app.mount("/static", Files())


def _kept(reader: Reader, picture_id: str, who: Who, known: str, *, thumbnail: bool) -> Response:
    """The image, or a part of it where a `Range` is asked for; 304 where it is `known`."""
    try:
        if not sight.image_is_theirs(who, reader, picture_id):
            raise FileNotFoundError
        if (found := reader.image(picture_id, thumbnail=thumbnail)) is None:
            raise FileNotFoundError
        path, media_type = found
        status = path.stat()
    except FileNotFoundError:
        raise HTTPException(404, "no image is kept of this picture") from None
    # Vary: the next person at this browser must not be shown what the last one fetched.
    headers = {"Cache-Control": _FOREVER, "Vary": "Cookie, Authorization"}
    image = FileResponse(path, headers=headers, media_type=media_type, stat_result=status)
    if image.headers["etag"] in known or known.strip() == "*":
        return NotModifiedResponse(image.headers)
    return image
