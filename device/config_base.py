"""What every section of the config is made of: the frozen model, values as people write them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from device import durations
from device.redact import redact

_NAME = re.compile(r"[a-z0-9_-]{1,64}")


def is_name(value: str) -> bool:
    """Whether a source, a tagger or a device may be called so."""
    return _NAME.fullmatch(value) is not None


def _checked_name(value: str) -> str:
    if not is_name(value):
        raise ValueError("use 1 to 64 of the letters a-z, 0-9, _ and - (it becomes an MQTT topic)")
    return value


Name = Annotated[str, AfterValidator(_checked_name)]


def _checked_floor(value: object) -> object:
    for number in value.values() if isinstance(value, dict) else [value]:
        if number is None and value is None:
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= 1:
            raise ValueError("write a number from 0 to 1, or one a tag, as in {person: 0.55}")
    return value


Floor = Annotated[float | dict[str, float] | None, BeforeValidator(_checked_floor)]
"""One number for every tag, or one for each of some tags."""
MaxTags = Annotated[int, Field(ge=1, le=100)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def __repr__(self) -> str:
        return redact(super().__repr__())

    __str__ = __repr__


def _checked_polygon(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(points) < 3:
        raise ValueError("a polygon has at least three corners")
    for x, y in points:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(
                f"the corner [{x:g}, {y:g}] lies outside the picture: x and y go from 0 to 1"
            )
    return points


Seconds = Annotated[float, BeforeValidator(durations.seconds)]
"""A span of time, written as 10s, 5m or 1h."""
Polygon = Annotated[tuple[tuple[float, float], ...], AfterValidator(_checked_polygon)]
"""Corners as [x, y] in 0..1 of the upright picture; [0, 0] is the top left one."""
