"""What FastAPI cannot see for the OpenAPI description: bodies that are read and sent by hand."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from device.web.models import ProblemShape
from device.web.receive import FIELD
from device.web.source_models import SourceChange

_BYTES = {"type": "string", "format": "binary"}
_PROBLEM = {"application/problem+json": {"schema": ProblemShape.model_json_schema()}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "what is wrong with the request", "content": _PROBLEM},
    "5XX": {"description": "not now; see `Retry-After`", "content": _PROBLEM},
}

LIVE = {"text/event-stream": {"schema": {"type": "string"}}}
"""The other form of the events' answer."""

JPEG = {"image/jpeg": {"schema": _BYTES}}
"""A picture as the answer."""

SWITCH = {
    "required": True,
    "content": {"application/json": {"schema": SourceChange.model_json_schema()}},
}
"""The request body of a switch."""

UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "required": [FIELD], "properties": {FIELD: _BYTES}}
        },
        "image/*": {"schema": _BYTES},
        "application/octet-stream": {"schema": _BYTES},
    },
}
"""The request body of an upload."""


def answer(
    shape: Any, description: str, content: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers this shape, or a problem."""
    good = {"description": description, "content": content or {}}
    if shape is not None:
        good["model"] = shape
    return {200: good, **_PROBLEMS}


def content(kinds: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its body by hand."""
    return {"requestBody": {"required": True, "content": kinds}}


def body(model: type[BaseModel]) -> dict[str, Any]:
    """The same for JSON of this shape."""
    return content({"application/json": {"schema": model.model_json_schema()}})
