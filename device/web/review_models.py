"""The shapes of reviews, as they are sent and answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, model_validator

from device.review import LONGEST, MOST_TAGS, Judgement
from device.types import Box
from device.web.models import JudgementShape, PictureDetailShape

MOST_PICTURES = 500
"""Reviewed at once."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
_Edge = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_BEYOND = 1e-4  # that a box may reach beyond the picture: edges are rounded to this


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GivenBox(_Shape):
    """Edges in 0..1 of the upright picture."""

    x: _Edge
    y: _Edge
    width: Annotated[_Edge, Field(gt=0)]
    height: Annotated[_Edge, Field(gt=0)]

    @model_validator(mode="after")
    def _inside(self) -> GivenBox:
        if max(self.x + self.width, self.y + self.height) > 1 + _BEYOND:
            raise ValueError(
                "it reaches out of the picture; x + width and y + height are at most 1"
            )
        return self


class _Of(_Shape):
    tag: _Name | None = Field(default=None, description="left out: all that are proposed")
    tagger: _Name | None = Field(default=None, description="only what this one said")


class Accept(_Of):
    """The tag is right."""

    verdict: Literal["accept"]

    def judgement(self) -> Judgement:
        """In the words of the house."""
        return Judgement("accept", self.tag, self.tagger)


class Reject(_Of):
    """The tag is wrong."""

    verdict: Literal["reject"]

    def judgement(self) -> Judgement:
        """In the words of the house."""
        return Judgement("reject", self.tag, self.tagger)


class Add(_Shape):
    """A tag is missing."""

    verdict: Literal["add"]
    tag: _Name
    box: GivenBox | None = None

    def judgement(self) -> Judgement:
        """In the words of the house."""
        return Judgement("add", self.tag, box=Box(**self.box.model_dump()) if self.box else None)


class Rename(_Shape):
    """The tag is wrong, and this is the right one."""

    verdict: Literal["rename"]
    tag: _Name
    to: _Name

    def judgement(self) -> Judgement:
        """In the words of the house."""
        return Judgement("rename", self.tag, to=self.to)


Verdict = Annotated[Accept | Reject | Add | Rename, Field(discriminator="verdict")]
Verdicts = Annotated[list[Verdict], Field(max_length=MOST_TAGS)]


class ReviewAsked(_Shape):
    """What is said of one picture."""

    verdicts: Verdicts = Field(description="in their order; none: it is right as it is")
    version: Annotated[StrictInt, Field(ge=0, lt=2**63)] | None = Field(
        default=None, description="of the picture that was looked at: another one is refused"
    )


class ReviewsAsked(_Shape):
    """What is said of many pictures, of each the same."""

    pictures: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=MOST_PICTURES)]
    verdicts: Verdicts


class ReviewHeadShape(_Shape):
    """Who reviewed, and when."""

    id: str
    by: str
    at: str


class ReviewShape(ReviewHeadShape):
    """A review of a picture."""

    undone: bool
    verdicts: list[JudgementShape]


class ReviewsShape(_Shape):
    """The reviews of a picture, newest first."""

    reviews: list[ReviewShape]


class ReviewedShape(_Shape):
    """The review, and the picture as it is now."""

    review: ReviewHeadShape
    picture: PictureDetailShape


class UndoneShape(_Shape):
    """The picture as it is now."""

    picture: PictureDetailShape


class BulkReviewShape(_Shape):
    """The review of one of many pictures."""

    id: str
    picture: str


class BulkFailureShape(_Shape):
    """A picture that was not reviewed."""

    picture: str
    detail: str


class BulkShape(_Shape):
    """What became of each picture."""

    reviews: list[BulkReviewShape]
    failed: list[BulkFailureShape]


class QueueShape(_Shape):
    """Pictures that nobody has reviewed."""

    pictures: list[PictureDetailShape]
    next: str | None = Field(description="pass it as `after` for the next page")


class PersonProgressShape(_Shape):
    """Who reviewed how many pictures."""

    name: str
    reviewed: int
    today: int = Field(description="since midnight UTC")


class ProgressShape(_Shape):
    """How far people are."""

    waiting: int
    reviewed: int
    people: list[PersonProgressShape]
