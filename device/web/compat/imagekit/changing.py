"""What a client wants changed: a file's details, tags of many, files that are to go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs

from device import ids
from device.assets import Edit
from device.web.compat.imagekit import wanted

MOST_TAGGED = 50
"""Files whose tags one request may change."""

MOST_DELETED = 100
"""Files that one request may delete."""

_BAD_ID = "Your request contains invalid fileId parameter."
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Many:
    """A change of several files."""

    uids: tuple[str, ...]
    edit: Edit


def details(sent: Mapping[str, Any]) -> Edit:
    """Of `PATCH details`, but for its extensions: null is not the same as nothing.

    Raises ValueError, as all here do.
    """
    columns: dict[str, Any] = {}
    if "description" in sent:
        columns["description"] = wanted.description(sent["description"])
    if "customCoordinates" in sent:
        columns["coordinates"] = wanted.coordinates(sent["customCoordinates"])
    publish = sent.get("publish")
    if publish is not None:
        if not isinstance(publish, dict) or not isinstance(publish.get("isPublished"), bool):
            raise ValueError('publish is an object as {"isPublished": true}')
        columns["published"] = publish["isPublished"]
    given = sent.get("customMetadata")
    return Edit(
        tags=_names(sent["tags"], "tags") if "tags" in sent else None,
        wrong=_wrong(sent.get("removeAITags")),
        columns=columns,
        metadata={} if given is None else wanted.metadata(given),
    )


def tagged(sent: Mapping[str, Any], what: Literal["add", "remove", "wrong"]) -> Many:
    """Of `addTags`, `removeTags` and `removeAITags`."""
    field = "AITags" if what == "wrong" else "tags"
    names = _names(sent.get(field), field)
    if not names:
        raise ValueError(f"{field} is a list with at least one name")
    edits = {"add": Edit(add=names), "remove": Edit(remove=names), "wrong": Edit(wrong=names)}
    return Many(_files(sent, MOST_TAGGED), edits[what])


def deleted(body: bytes, kind: str) -> tuple[str, ...]:
    """The files of `batch/deleteByFileIds`: JSON, or a form as the oldest clients send."""
    if kind.lower().startswith(_FORM):
        found = parse_qs(body.decode("ascii", "replace"), max_num_fields=10 * MOST_DELETED)
        listed = [*found.get("fileIds", []), *found.get("fileIds[]", [])]
        return _files({"fileIds": listed}, MOST_DELETED)
    return _files(read(body), MOST_DELETED)


def read(body: bytes) -> dict[str, Any]:
    """A JSON object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("the body is a JSON object")
    return found


def require_id(uid: str) -> str:
    """A file's id, if it can be one."""
    if not ids.is_id(uid):
        raise ValueError(_BAD_ID)
    return uid


def _files(sent: Mapping[str, Any], most: int) -> tuple[str, ...]:
    listed = sent.get("fileIds")
    if not isinstance(listed, list) or not listed:
        raise ValueError("fileIds is a list with at least one id")
    if len(listed) > most:
        raise ValueError(f"fileIds may name {most} files")
    if not all(isinstance(uid, str) for uid in listed):
        raise ValueError(_BAD_ID)
    return tuple(dict.fromkeys(listed))


def _names(value: Any, field: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"{field} is a list of strings")
    return wanted.tags(value, field)


def _wrong(value: Any) -> tuple[str, ...] | Literal["all"]:
    return "all" if value == "all" else _names(value, "removeAITags")
