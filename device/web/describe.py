"""What FastAPI cannot see for the OpenAPI description: bodies that are read and sent by hand."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel

from device.web.models import ProblemShape
from device.web.receive import FIELD

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

UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FIELD],
                "properties": {FIELD: {"type": "array", "items": _BYTES}},
            }
        },
        "image/*": {"schema": _BYTES},
        "application/octet-stream": {"schema": _BYTES},
    },
}
"""The request body of an upload."""


def text(description: str, example: str) -> dict[str, Any]:
    """One of the `responses` of a route that answers plain text."""
    told = {"text/plain": {"schema": {"type": "string"}, "example": example}}
    return {"description": description, "content": told}


def text_answer(description: str, example: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers plain text, or a problem."""
    return {200: text(description, example), **_PROBLEMS}


RowNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""In a path: a number that SQLite can hold."""


def problems() -> dict[int | str, dict[str, Any]]:
    """The part of `responses` that tells of errors."""
    return dict(_PROBLEMS)


def body(shape: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads such a body by itself."""
    schema = shape.model_json_schema()
    whole = _inlined(schema, schema.pop("$defs", {}))
    return content({"application/json": {"schema": whole, "example": example}})


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Without references: those of a body would point to nowhere in the whole description."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    kept = {key: value for key, value in schema.items() if key != "discriminator"}
    return {key: _inlined(value, definitions) for key, value in kept.items()}


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
