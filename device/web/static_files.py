"""The page's own files: packed once, asked about again each time, or kept for ever.

Vendored files lie in folders named after their version, so they never change under their name. All
others are asked about each time, so that an upgrade is seen at once: an `ETag` answers with 304.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

_FOREVER = "public, max-age=31536000, immutable"
_PACKED = {".mjs", ".css", ".svg"}


class Files(StaticFiles):
    """Those below `STATIC`; each is packed when it is asked for first, some 170 kB in all."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)
        self._packed: dict[tuple[str, float], bytes] = {}  # by path and time of change

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, its packed form, or 304."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        path = Path(full_path)
        vendored = path.is_relative_to(STATIC / "vendor")
        response.headers["Cache-Control"] = _FOREVER if vendored else "no-cache"
        if path.suffix not in _PACKED:
            return response
        response.headers["Vary"] = "Accept-Encoding"
        asked = Headers(scope=scope)
        packs = "gzip" in asked.get("accept-encoding", "")
        if not packs or isinstance(response, NotModifiedResponse):
            return response
        key = (str(path), stat_result.st_mtime)
        if key not in self._packed:
            self._packed[key] = gzip.compress(path.read_bytes(), mtime=0)
        packed = Response(self._packed[key], status_code, media_type=response.media_type)
        for name in ("Cache-Control", "Vary", "Last-Modified"):
            packed.headers[name] = response.headers[name]
        # Weak (RFC 9110, 8.8.1): the same file, in other bytes.
        packed.headers["ETag"] = f"W/{response.headers['ETag']}"
        packed.headers["Content-Encoding"] = "gzip"
        return packed
