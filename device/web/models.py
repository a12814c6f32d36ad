"""The shapes of the API, for its OpenAPI description.

Answers are sent as ready JSON (`device.wire`); the tests check them against these.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from device.web.visit_models import HealthEventShape, VisitEventShape


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BoxShape(_Shape):
    """Edges in 0..1 of the upright picture."""

    x: float
    y: float
    width: float
    height: float


class TagShape(_Shape):
    """One word said about a picture."""

    name: str
    confidence: float = Field(ge=0, le=1)
    kind: Literal["object", "scene", "action"]
    tagger: str
    model: str
    parents: list[str]
    box: BoxShape | None
    state: Literal["proposed", "accepted", "manual", "rejected"]
    zones: list[str] = Field(default=[], description="where it is; left out where it is in none")


class PictureShape(_Shape):
    """A stored picture with its tags."""

    id: str
    source: str
    name: str | None
    taken_at: str
    tagged_at: str
    width: int
    height: int
    format: str
    size: int = Field(description="bytes as it arrived; 0 for frames that never were a file")
    sha256: str | None
    url: str | None = Field(description="null where the owner keeps tags only")
    thumbnail_url: str | None
    reviewed_at: str | None = Field(description="when a person reviewed it last")
    version: int = Field(description="grows with each review and undoing of one")
    tags: list[TagShape]


class AlternativeShape(_Shape):
    """A word that stayed under its floor."""

    name: str
    confidence: float = Field(ge=0, le=1)
    tagger: str


class PictureDetailShape(PictureShape):
    """A stored picture with its tags, and what was nearly said of it."""

    alternatives: list[AlternativeShape] = Field(description="never published")


class PicturesShape(_Shape):
    """A page of pictures, newest first."""

    pictures: list[PictureShape]
    next: str | None = Field(description="pass it as `before` for the next page")


class TagCountShape(_Shape):
    """A tag and how many pictures have it."""

    name: str
    count: int


class TagsShape(_Shape):
    """Tags, most frequent first."""

    tags: list[TagCountShape]


class SourceCountShape(_Shape):
    """A source and how many pictures came from it."""

    name: str
    count: int


class DayCountShape(_Shape):
    """A UTC day and its number of pictures."""

    date: str
    count: int


class FacetsShape(_Shape):
    """What there is in the pictures of a query."""

    counted: int = Field(description="of so many of the newest pictures")
    complete: bool = Field(description="false: there are more, older ones")
    tags: list[TagCountShape]
    sources: list[SourceCountShape]
    days: list[DayCountShape] = Field(description="newest first")


class DaysShape(_Shape):
    """Numbers of pictures per day."""

    days: list[DayCountShape]


class EventPictureShape(_Shape):
    """The picture of an event."""

    id: str
    width: int
    height: int
    sha256: str | None
    url: str | None


class GapShape(_Shape):
    """Events that one sink will never get; the API still has those that the database has."""

    sink: str
    first_seq: int
    last_seq: int
    count: int
    reason: str


class JudgementShape(_Shape):
    """One thing that was said in a review."""

    verdict: Literal["accept", "reject", "add", "rename"]
    tag: str
    tagger: str | None = Field(default=None, description="whose tag was judged")
    to: str | None = Field(default=None, description="of a rename")
    box: BoxShape | None = Field(default=None, description="of an add")


class ReviewEventShape(_Shape):
    """What a person said of the picture."""

    id: str
    by: str
    undone: bool = Field(description="true: it was taken back; the tags are those from before")
    verdicts: list[JudgementShape]


class ErasedShape(_Shape):
    """Ids of what was erased for ever; none where an earlier event was erased itself."""

    pictures: list[str]
    visits: list[str]


class EventShape(_Shape):
    """One thing told; the same bytes go to MQTT, the live stream and files."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    event_schema: Literal[1] = Field(alias="schema")
    id: str
    seq: int = Field(description="grows by one for each event of the device, never repeats")
    type: Literal[
        "picture", "visit_start", "visit_update", "visit_end", "review", "health", "gap", "erased"
    ]
    device: str
    source: str | None
    taken_at: str | None
    tagged_at: str
    clock: Literal["synced", "untrusted"]
    replayed: bool = Field(description="sent later than it was made")
    visit: VisitEventShape | None
    picture: EventPictureShape | None = Field(description="of a visit its best one so far")
    tags: list[TagShape]
    health: HealthEventShape | None = Field(default=None, description="only of type `health`")
    gap: GapShape | None = Field(default=None, description="only of type `gap`")
    review: ReviewEventShape | None = Field(default=None, description="only of type `review`")
    erased: ErasedShape | None = Field(default=None, description="only of type `erased`")


class VisitShape(VisitEventShape):
    """A visit as the API answers it."""

    source: str
    box: BoxShape | None = Field(description="where it was last")
    picture: EventPictureShape | None = Field(description="the best one")


class VisitsShape(_Shape):
    """A page of visits, newest first."""

    visits: list[VisitShape]
    next: str | None = Field(description="pass it as `before` for the next page")


class EventsShape(_Shape):
    """Events in order."""

    events: list[EventShape]
    last_seq: int


class HealthShape(BaseModel):
    """What works, how much waits, what is wrong."""

    status: Literal["ok", "degraded"]
    version: str
    device: dict[str, str]
    uptime_s: float
    problems: list[str]
    sources: list[dict[str, Any]]
    taggers: list[dict[str, Any]]
    store: dict[str, Any]
    sinks: list[dict[str, Any]]
    people: dict[str, Any] = Field(description="of who may come in; for administrators")
    web: dict[str, Any] | None = Field(description="how the page is reached")


class ProblemShape(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
