"""ImageKit's reading side: lists and searches, the details of a file, its metadata."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from device import ids, wire
from device.config_compat import IMAGEKIT
from device.errors import QueryError
from device.library import Folder, Listed
from device.web.compat.imagekit import listing, shapes
from device.web.compat.imagekit.metadata import metadata
from device.web.services import Services
from device.web.who import Viewer
from device.who import Who

_INVALID = "INVALID_PARAM_ERROR"
_IMAGE = re.compile(r"/(?:pictures|thumbnails)/([^/]+)")


def router(services: Services) -> APIRouter:
    """The routes over these services; who asks stands in the scope."""
    api = APIRouter(default_response_class=Response)
    library, root = services.reader.library, services.front.root

    @api.get("/v1/files/")
    @api.get("/v1/files")
    def list_files(request: Request, who: Viewer) -> Response:
        """Files and folders, a page of them, as a bare list."""
        try:
            wanted = listing.wanted(request.query_params)
            found = library.find(wanted) if wanted and who.sees(IMAGEKIT) else []
        except QueryError as error:
            return _wrong(
                f"Invalid search query - {error}. Please refer to the documentation for syntax"
                " specification."
            )
        except ValueError as error:
            return _wrong(f"Your request contains an invalid parameter - {error}.")
        base = base_of(request, root)
        return _json([item(one, base) for one in found])

    @api.get("/v1/files/{file_id}/details/")
    @api.get("/v1/files/{file_id}/details")
    def get_details(file_id: str, request: Request, who: Viewer) -> Response:
        """One file."""
        found = _found(file_id, who)
        if isinstance(found, Response):
            return found
        return _json(shapes.file(found, base_of(request, root)))

    @api.get("/v1/files/{file_id}/metadata/")
    @api.get("/v1/files/{file_id}/metadata")
    def get_metadata(file_id: str, who: Viewer) -> Response:
        """What a file says of itself."""
        found = _found(file_id, who)
        return found if isinstance(found, Response) else _json(metadata(services.reader, found))

    @api.get("/v1/metadata/")
    @api.get("/v1/metadata")
    def get_metadata_of_url(request: Request, who: Viewer, url: str = "") -> Response:
        """The same by the `url` or `thumbnail` that the library gave of it."""
        image = _image(url, request.url.netloc, root)
        if image is None:
            return _wrong("Your request contains an invalid url parameter - it is none of ours.")
        found = library.of_picture(image)
        if found is None or not who.sees(IMAGEKIT):
            return shapes.error(404, shapes.NO_FILE)
        return _json(metadata(services.reader, found))

    def _found(file_id: str, who: Who) -> Listed | Response:
        """The file, or what to answer in its place."""
        if not ids.is_id(file_id):
            return _wrong("Your request contains invalid fileId parameter.")
        found = library.one(file_id)
        if found is None or not who.sees(IMAGEKIT):
            return shapes.error(404, shapes.NO_FILE)
        return found

    return api


def base_of(request: Request, root: str) -> str:
    """Scheme and host as the caller used them, and the prefix of a proxy."""
    return f"{request.url.scheme}://{request.url.netloc}{root}"


def _image(url: str, host: str, root: str) -> str | None:
    """The id of the picture that an address of ours shows."""
    try:
        place = urlsplit(url)
    except ValueError:
        return None
    if place.scheme not in ("http", "https") or place.netloc.lower() != host.lower():
        return None
    found = _IMAGE.fullmatch(place.path.removeprefix(root))
    return found[1] if found else None


def item(one: Listed | Folder, base: str) -> dict[str, object]:
    """A file or a folder of a list."""
    return shapes.folder(one) if isinstance(one, Folder) else shapes.file(one, base)


def _wrong(told: str) -> Response:
    return shapes.error(400, told, type=_INVALID)


def _json(value: object) -> Response:
    return Response(wire.dumps(value), media_type="application/json")
