"""The shapes of visits, as in the API and in events."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VisitEventShape(BaseModel):
    """One tag at one source from its first confirmed sight to its last."""

    model_config = ConfigDict(extra="forbid")

    id: str
    tag: str = Field(description="may change to a better word while the visit is open")
    kind: Literal["object", "scene", "action"]
    started_at: str = Field(description="the first sight")
    seen_at: str = Field(description="the last sight so far")
    ended_at: str | None = Field(description="the last sight; null while it is open")
    duration: float = Field(description="seconds by a steady clock, from the first to the last")
    best_confidence: float = Field(ge=0, le=1)
    zones: list[str] = Field(description="entered so far, in order")
    actions: list[str] = Field(description="so far, in order; `entering:NAME` for a zone")
    path: list[tuple[float, float]] = Field(description="x and y of its foot, thinned out")
    interrupted: bool = Field(description="closed by a restart: nobody saw how it ended")


class HealthEventShape(BaseModel):
    """A camera began or ceased to suffer, or the store did: then the event has no source."""

    model_config = ConfigDict(extra="forbid")

    state: str = Field(description="frozen, dark, covered, moved, silent, storage_damaged, ...")
    active: bool = Field(description="false: it is over")
    since: str
    detail: str
    facts: dict[str, float | int | str | bool | None]
