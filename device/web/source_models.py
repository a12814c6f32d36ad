"""The shapes of the API's sources, for its OpenAPI description."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool


class SourceShape(BaseModel):
    """A source of the config, and how it is now."""

    model_config = ConfigDict(extra="forbid")

    name: str
    url: str = Field(description="without user and password")
    live: bool = Field(description="a camera: its newest picture wins; else every one counts")
    alive: bool = Field(description="its thread runs")
    error: str | None
    done: int = Field(description="pictures tagged since the start")
    failed: int = Field(description="pictures refused since the start")
    queued: int
    dropped: int = Field(description="passed over for newer ones")
    enabled: bool
    state: Literal["running", "connecting", "error", "disabled", "ended"]
    mode: Literal["visits", "interval", "every"]
    fps: float = Field(description="pictures a second that it gives, over the last 10 s")
    last_frame_age_s: float | None
    reconnects: int
    decode_errors: int
    states: list[str] = Field(description="what the camera suffers from: frozen, dark, ...")
    picture: bool = Field(description="there is a newest picture to be seen")
    source: dict[str, Any] = Field(description="what the source tells of itself")
    watch: dict[str, Any] = Field(description="what its gate tells: motion, looks, ...")


class SourcesShape(BaseModel):
    """The sources, in the order of the config."""

    model_config = ConfigDict(extra="forbid")

    sources: list[SourceShape]


class SourceChange(BaseModel):
    """What can be changed of a source."""

    model_config = ConfigDict(extra="forbid")

    enabled: StrictBool
