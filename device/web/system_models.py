"""The shapes of the machine, the log and the doctor, for the API's OpenAPI description."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TroubleShape(_Shape):
    """One thing that is wrong."""

    told: str
    since: str = Field(description="when it was seen first, since the start of the program")


class BoardShape(_Shape):
    """The machine; null: it does not tell. Memory in bytes."""

    name: str
    machine: str = Field(description="the processor's family")
    cores: int = Field(description="that tagd may use")
    load: float = Field(description="of the last minute")
    celsius: float | None = Field(description="of the processor")
    held_back: list[str] | None = Field(description="what slows it down now")
    was_held_back: list[str] | None = Field(description="the same, since it was started")
    memory: int | None
    available: int | None = Field(description="of the memory, for programs that want more")
    used: int | None = Field(description="by tagd")
    peak: int | None = Field(description="the most that tagd used")


class ModelShape(_Shape):
    """A tagger's model, and how long it takes for a picture or a part of it."""

    name: str
    model: str
    sha256: str
    backend: str
    input_size: tuple[int, int]
    labels: int
    ms: float = Field(description="a running mean")
    runs: int = Field(description="since the start")
    median_ms: float | None = Field(description="of the newest 120")
    p95_ms: float | None
    recent_ms: list[float] = Field(description="the newest 120, oldest first")


class PartsShape(_Shape):
    """Bytes; null: not counted yet."""

    pictures: int | None
    thumbnails: int | None
    database: int
    models: int
    backups: int
    reserve: int


class ForecastShape(_Shape):
    """What is to be expected of the disk."""

    bytes_a_day: int
    days_left: float | None = Field(description="null: it will not be full")
    told: str


class StorageShape(_Shape):
    """The data folder."""

    room: dict[str, Any] | None = Field(description="of its disk, as in health")
    parts: PartsShape
    forecast: ForecastShape | None = Field(description="null: the files are not counted yet")
    retention: dict[str, Any] = Field(description="as in the config")
    backup: str | None = Field(description="the newest of this run")
    wear: dict[str, Any] | None = Field(description="as in health")


class QueueShape(_Shape):
    """What waits."""

    name: str
    waiting: int
    dropped: int


class SinkShape(_Shape):
    """A receiver of events."""

    name: str
    cursor: int
    lag: int = Field(description="events that wait for it")
    error: str | None


class ThreadShape(_Shape):
    """A thread of the program."""

    name: str
    alive: bool
    age: float = Field(description="seconds since it said that it is well")
    done: int
    failed: int
    error: str | None


class SystemShape(_Shape):
    """The machine and the program on it."""

    at: str
    uptime_s: float
    troubles: list[TroubleShape] = Field(description="what is wrong, the oldest first")
    versions: dict[str, str]
    board: BoardShape
    models: list[ModelShape]
    storage: StorageShape
    queues: list[QueueShape]
    sinks: list[SinkShape]
    threads: list[ThreadShape]


class LineShape(_Shape):
    """A line of the log."""

    number: int
    at: str
    level: Literal["debug", "info", "warning", "error", "critical"]
    logger: str
    text: str


class LogShape(_Shape):
    """Lines, the oldest first."""

    lines: list[LineShape]
    next: int = Field(description="pass it as `after` for those that come")


class FindingShape(_Shape):
    """One thing that the doctor looked at."""

    about: str
    state: Literal["ok", "warning", "wrong"]
    told: str = Field(description="what was seen, and for anything but `ok` what to do")


class ExaminationShape(_Shape):
    """What the doctor found."""

    findings: list[FindingShape]
    complete: bool = Field(description="false: it takes longer; ask again")
