"""The shapes of the vocabulary, as asked and as answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

Floor = Annotated[float, Field(ge=0, le=1, strict=True)]
Names = Annotated[list[str], Field(max_length=50)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReviewCountsShape(_Shape):
    """What people did with a word."""

    accepted: int
    rejected: int
    added: int


class WordShape(_Shape):
    """A word as it is called today."""

    name: str
    count: int | None = Field(description="pictures; null for who sees only some sources")
    kinds: list[str]
    parents: list[str] = Field(description="directly above it")
    above: list[str] = Field(description="these and all above them, the nearest first")
    synonyms: list[str]
    labels: list[str] = Field(description="what models call it")
    taggers: list[str] = Field(description="that can say it, or have said it")
    threshold: float | None = Field(description="the lowest of its taggers")
    threshold_from: Literal["built-in", "config", "file", "tagger"] | None
    dropped: bool
    renamed_from: list[str]
    reviews: ReviewCountsShape | None


class WordsShape(_Shape):
    """All words."""

    tags: list[WordShape]
    etag: str = Field(description="of the owner's file, as `If-Match` takes it")
    problem: str | None = Field(description="why the file as it is now is not in force")


class WordChange(_Shape):
    """What is wanted of a word; what is left out stays."""

    threshold: Floor | None = Field(None, description="null: as it is built in")
    drop: StrictBool = Field(False, description="never said")
    rename: str | None = Field(None, description="null: called again as at first")
    parents: Names | None = Field(None, description="null: as they are built in")
    synonyms: Names | None = Field(None, description="null: as they are built in")


class Merge(_Shape):
    """Words that become one."""

    sources: Annotated[list[str], Field(alias="from", min_length=1, max_length=50)]
    into: str


class ChangedShape(_Shape):
    """What was changed, or with `dry_run` what would be."""

    changed: bool = Field(description="the file is another one now; never with `dry_run`")
    diff: str = Field(description="of the owner's file, unified; empty: nothing changes")
    etag: str = Field(description="of the file as it is after the change")


class SidesShape(_Shape):
    """On which side of a threshold judged tags lie."""

    kept: int
    dropped: int


class BinShape(_Shape):
    """Judged tags from this confidence up to that of the next."""

    low: float
    accepted: int
    rejected: int


class PreviewShape(_Shape):
    """What a threshold would have done to the tags that people judged."""

    at: float
    accepted: SidesShape
    rejected: SidesShape
    histogram: list[BinShape]
    suggested: float | None
    why: str


class SuggestionShape(_Shape):
    """A change that reviews speak for; `change` is the body of the PATCH that makes it."""

    idea: Literal["threshold", "drop", "rename"]
    tag: str
    why: str
    reviews: int
    change: dict[str, Any]


class SuggestionsShape(_Shape):
    """Those with the most reviews behind them first."""

    suggestions: list[SuggestionShape]
