"""The JSON body of a command, by its shape."""

from __future__ import annotations

from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from device.web import receive

Shape = TypeVar("Shape", bound=BaseModel)


async def of(request: Request, shape: type[Shape]) -> Shape:
    """Raises HTTPException: 422 that names what is wrong, and as `receive.small` does.

    What was sent is not repeated: it may be a password.
    """
    data = await receive.small(request)
    try:
        return shape.model_validate_json(data)
    except ValidationError as error:
        said = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}"
                for one in error.errors(include_input=False, include_url=False)]  # fmt: skip
        keys = ", ".join(shape.model_fields)
        raise HTTPException(422, f"{'; '.join(said)[:500]} (send JSON with {keys})") from None
