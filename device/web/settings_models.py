"""The shapes of the settings, for requests and for the API's OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from device.draft import LONGEST

Step = Annotated[StrictStr, Field(max_length=200)] | Annotated[StrictInt, Field(ge=0, le=1000)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChangeShape(_Shape):
    """One value of the config; without `value` it goes."""

    place: list[Step] = Field(min_length=1, max_length=12, examples=[["sources", 0, "enabled"]])
    value: Any = None


class DraftShape(_Shape):
    """A config to be checked or saved: a text (absent: the file's), then changes to it."""

    text: str | None = Field(default=None, max_length=LONGEST)
    changes: list[ChangeShape] = Field(default=[], max_length=500)


class ProblemOfConfig(_Shape):
    """One thing that is wrong."""

    line: int | None
    place: str | None = Field(description="as sources[0].url")
    text: str


class AppliedShape(_Shape):
    """What became of the last change."""

    state: Literal["running", "restarting", "put_back"]
    problem: str | None = Field(description="why the config before was put back")


class ConfigShape(_Shape):
    """The config file as it is."""

    file: str | None = Field(description="its name; null: tagd runs without one")
    text: str = Field(description="passwords are shown as ***")
    etag: str
    problem: str | None = Field(description="why it cannot be changed from here, and what to do")
    applied: AppliedShape
    written: Any = Field(description="the values as written, `${NAME}` included")
    values: dict[str, Any] = Field(description="all values in force, defaults included")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of the file")


class CheckShape(_Shape):
    """What is to be said of a draft."""

    text: str
    problems: list[ProblemOfConfig]
    diff: str = Field(description="unified; empty: nothing changes")
    follows: list[str] = Field(description="what follows, in sentences")
    written: Any


class SavedShape(_Shape):
    """It is saved, and applied where it changes anything."""

    etag: str
    restart: bool = Field(description="tagd is built anew by it, which takes some seconds")
    follows: list[str]
