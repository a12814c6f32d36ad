"""The shapes of the answer to several uploads at once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from device.web.models import PictureShape


class FailedShape(BaseModel):
    """One that was not taken."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(description="null: this and what came after it was not looked at")
    status: int = Field(description="as it would have been answered alone")
    detail: str


class UploadsShape(BaseModel):
    """What became of several pictures, each in the order in which they were sent."""

    model_config = ConfigDict(extra="forbid")

    pictures: list[PictureShape]
    failed: list[FailedShape]
