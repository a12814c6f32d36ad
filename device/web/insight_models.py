"""The shapes of what the Insights view draws, for the OpenAPI description."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from device.web.models import TagCountShape

COMPLETE = Field(description="false: there are more, older ones")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SeriesShape(_Shape):
    """A number for each day."""

    name: str
    counts: list[int]


class DaysShape(_Shape):
    """Pictures a day, per source and tag."""

    first: str = Field(description="the first day, UTC")
    days: int
    complete: bool = Field(description="false: of the tags only the newest pictures are counted")
    sources: list[SeriesShape]
    tags: list[SeriesShape] = Field(description="those that were asked for")


class WordsShape(_Shape):
    """Tags of some days."""

    complete: bool = COMPLETE
    top: list[TagCountShape] = Field(description="most frequent first")
    new: list[TagCountShape] = Field(description="never said before these days")
    rare: list[TagCountShape] = Field(description="of one picture in 1000 or fewer, ever")


class HoursShape(_Shape):
    """Pictures by weekday and hour."""

    counted: int
    complete: bool = COMPLETE
    hours: list[list[int]] = Field(description="7 weekdays, Monday first, of 24 hours")


class StayShape(_Shape):
    """How many visits were at most so long."""

    up_to_s: int | None = Field(description="seconds; null: any longer ones")
    count: int


class StaysShape(HoursShape):
    """Visits by the hour in which they began, and by how long they were."""

    durations: list[StayShape]


class PlacesShape(_Shape):
    """Where in the picture a tag's boxes lie."""

    counted: int = Field(description="pictures")
    boxes: int
    complete: bool = COMPLETE
    columns: int
    rows: int
    cells: list[int] = Field(description="boxes over each cell, row by row from the top left")
    picture_url: str | None = Field(description="the newest picture, to draw them on")


class LatencyShape(_Shape):
    """Milliseconds a picture of one tagger, while it worked."""

    name: str
    points: list[tuple[str, float]] = Field(description="time and milliseconds, oldest first")


class PrecisionShape(_Shape):
    """What people said of a tag."""

    name: str
    accepted: int
    rejected: int
    added: int = Field(description="by people, where no model had said it")


class ModelsShape(_Shape):
    """How fast and how right the models are."""

    latency: list[LatencyShape] = Field(description="of the last day, since the start")
    precision: list[PrecisionShape] = Field(description="most reviewed first")
