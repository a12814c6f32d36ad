"""The objects of ImageKit's API, as its official clients read them.

Confidences are 0 to 100; times are ISO 8601 in UTC with milliseconds; what is null where there is
none, and what is an empty object, is as ImageKit has it: its older clients break on anything else.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from device import clock
from device.library import Folder, Listed, Spoken
from device.redact import redact
from device.vocabulary import plain

HELP = (
    "This is tagd, not ImageKit: docs/drop-in.md has what it answers, `tagd token add` makes keys."
)
"""Beside every `message`: clients read it without a look whether it is there."""

BUSY = 429
"""The status of what will be better in a moment."""

NO_FILE = "The requested file does not exist."
_FORMATS = {"JPEG": "jpg"}


def uploaded(one: Listed, base: str) -> dict[str, Any]:
    """The answer to an upload; `base` is where tagd is, without a slash at the end."""
    return {
        **_head(one),
        "size": one.size,
        "versionInfo": _version(one),
        "filePath": one.asset.path,
        "url": _image(one, base, "pictures"),
        "fileType": "image",
        "height": one.height,
        "width": one.width,
        "thumbnailUrl": _image(one, base, "thumbnails"),
        **_said(one),
        "description": one.asset.description,
        "extensionStatus": extension_status(one),
        **_own(one),
    }


def file(one: Listed, base: str) -> dict[str, Any]:
    """A file in a list, and its details; `base` is where tagd is, without a slash at the end."""
    return {
        "type": "file",
        **_head(one),
        "createdAt": clock.iso(one.asset.made_at),
        "updatedAt": clock.iso(one.asset.updated_at),
        **_said(one),
        "versionInfo": _version(one),
        **_own(one),
        "description": one.asset.description,
        "url": _image(one, base, "pictures"),
        "thumbnail": _image(one, base, "thumbnails"),
        "fileType": "image",
        "filePath": one.asset.path,
        "mime": f"image/{one.format.lower()}",
        "height": one.height,
        "width": one.width,
        "size": one.size,
        "hasAlpha": False,
    }


def folder(one: Folder) -> dict[str, Any]:
    """A folder in a list."""
    return {
        "type": "folder",
        "folderId": one.id,
        "name": one.name,
        "folderPath": one.path,
        "createdAt": clock.iso(one.made_at),
        "updatedAt": clock.iso(one.updated_at),
    }


def error(status: int, message: str, **extra: Any) -> Response:
    """An error; `extra` are further fields, such as `type` and `missingFileIds`.

    Clients send again what is answered with 429; of all else they are told that it is final.
    """
    final = {} if status == BUSY else {"x-should-retry": "false"}
    return JSONResponse({"message": redact(message), "help": HELP, **extra}, status, final)


def format_name(format_: str) -> str:
    """As ImageKit spells it: `jpg`, `png`."""
    return _FORMATS.get(format_, format_.lower())


def extension_status(one: Listed) -> dict[str, str]:
    """By extension, what became of it."""
    return {name: str(told["status"]) for name, told in one.asset.extensions.items()}


def _head(one: Listed) -> dict[str, Any]:
    return {"fileId": one.asset.uid, "name": one.asset.name}


def _version(one: Listed) -> dict[str, str]:
    return {"id": one.asset.uid, "name": "Version 1"}


def _own(one: Listed) -> dict[str, Any]:
    """What the client keeps with it."""
    return {
        "isPrivateFile": one.asset.private,
        "isPublished": one.asset.published,
        "customCoordinates": one.asset.coordinates,
        "customMetadata": dict(one.asset.metadata),
    }


def _image(one: Listed, base: str, what: str) -> str | None:
    return f"{base}/{what}/{one.asset.picture}" if one.kept != "none" else None


def _said(one: Listed) -> dict[str, Any]:
    """`tags` of persons, `AITags` of taggers; null where there is none."""
    told = [
        {"name": word.name, "confidence": round(word.confidence * 100, 1), "source": source}
        for word in one.spoken
        if not word.rejected
        for source in _sources(one, word)
    ]
    return {"tags": _tags(one) or None, "AITags": told or None}


def _tags(one: Listed) -> list[str]:
    """The client's own as it spelled them, then what persons have said here; none they denied."""
    there = {word.name for word in one.spoken if not word.rejected}
    denied = {word.name for word in one.spoken if word.rejected} - there
    own = {plain(tag) for tag in one.asset.tags}
    said = (word for word in one.spoken if not word.taggers and not word.rejected)
    further = (word.name for word in said if word.name not in own)
    return [*(tag for tag in one.asset.tags if plain(tag) not in denied), *further]


def _sources(one: Listed, word: Spoken) -> list[str]:
    """The names of the extensions that a tagger answered for; its own where there is none."""
    found: dict[str, None] = {}
    for tagger in word.taggers:
        asked = [x for x, told in one.asset.extensions.items() if tagger in told["taggers"]]
        found.update(dict.fromkeys(asked or [tagger]))
    return list(found)
