"""A line of an export as a picture: everything is checked, for it may come from anywhere."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from device import ids, images
from device.errors import PictureError
from device.formats import FORMATS
from device.names import display_name
from device.results import Imported, Origin, Tagged
from device.types import Box, Frame, Kind, State, Tag

LONGEST = 1024**2
"""Characters of a line."""

_MOST_TAGS = 1000
_Edge = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Word = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")  # a later version may say more


class BoxLine(_Part):
    """Edges in 0..1."""

    x: _Edge
    y: _Edge
    width: _Edge
    height: _Edge


class TagLine(_Part):
    """A tag as the API has it."""

    name: _Word
    confidence: _Edge
    kind: Kind
    tagger: Annotated[str, Field(max_length=200)]
    model: Annotated[str, Field(max_length=200)]
    parents: Annotated[list[_Word], Field(max_length=50)] = []
    box: BoxLine | None = None
    state: State = "proposed"
    zones: Annotated[list[_Word], Field(max_length=50)] = []

    @field_validator("name", "tagger", "model")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("it has letters that do not print")
        return value


class PictureLine(_Part):
    """A picture as the API has it."""

    id: str
    source: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
    name: Annotated[str, Field(max_length=1000)] | None = None
    taken_at: AwareDatetime
    tagged_at: AwareDatetime
    reviewed_at: AwareDatetime | None = None
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    height: Annotated[int, Field(ge=1, le=1_000_000)]
    format: str
    size: Annotated[int, Field(ge=0, lt=2**53)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    tags: Annotated[list[TagLine], Field(max_length=_MOST_TAGS)]

    @field_validator("id")
    @classmethod
    def _is_id(cls, value: str) -> str:
        if not ids.is_id(value):
            raise ValueError("no id")
        return value

    @field_validator("taken_at", "tagged_at", "reviewed_at")
    @classmethod
    def _is_near(cls, value: datetime | None) -> datetime | None:
        if value is not None and not 1970 <= value.year < 2300:
            raise ValueError("no time of a picture")
        return value

    @field_validator("format")
    @classmethod
    def _is_format(cls, value: str) -> str:
        if value not in (*FORMATS, "RAW"):
            raise ValueError(f"none of {', '.join(FORMATS)}, RAW")
        return value


def read(line: str | bytes) -> PictureLine:
    """A line of JSON. Raises `PictureError` that says what is wrong with it."""
    if len(line) > LONGEST:
        raise PictureError(f"a line has at most {LONGEST} characters, this one {len(line)}")
    try:
        return PictureLine.model_validate_json(line)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(map(str, found["loc"]))
        raise PictureError(f"{where}: {found['msg']}" if where else found["msg"]) from None
    except RecursionError:
        raise PictureError("it is nested too deeply") from None


def imported(
    line: PictureLine,
    image: bytes | None,
    *,
    source: str | None,
    even_erased: bool,
    side: int,
    originals: bool,
) -> Imported:
    """The picture to be stored, of `source` or its own.

    The thumbnail is made anew, of `side` pixels (0: none); an image with the very content of the
    picture is kept as the original, if `originals` are. Raises `PictureError` for an image that is
    none.
    """
    digest = bytes.fromhex(line.sha256) if line.sha256 else None
    thumbnail = original = None
    if image is not None and side:
        thumbnail = _thumbnail(line.id, image, side)
        if originals and hashlib.sha256(image).digest() == digest:
            original = image
    tags = tuple(map(_tag, line.tags))
    surest: dict[str, float] = {}
    for tag in tags:
        for parent in tag.parents:
            surest[parent] = max(surest.get(parent, 0.0), tag.confidence)
    picture = Tagged(
        origin=Origin(
            frame_id=line.id,
            source=source or line.source,
            taken_at=_seconds(line.taken_at),
            name=display_name(line.name.encode("utf-8", "replace")) if line.name else None,
            size=line.size,
            sha256=digest,
            file=None,
        ),
        tagged_at=_seconds(line.tagged_at),
        width=line.width,
        height=line.height,
        format=line.format,
        tags=tags,
        thumbnail=thumbnail,
        original=original,
        implied=tuple(surest.items()),
    )
    reviewed = None if line.reviewed_at is None else _seconds(line.reviewed_at)
    states = tuple(tag.state for tag in line.tags)
    return Imported(picture, states, reviewed, even_erased, ids.new_id())


def _thumbnail(uid: str, image: bytes, side: int) -> bytes:
    picture = images.decode(Frame(uid, "import", 0.0, image), (side, side))
    return images.jpeg_bytes(picture.reduced(side))


def _tag(line: TagLine) -> Tag:
    told: dict[str, Any] = line.box.model_dump() if line.box else {}
    return Tag(
        name=line.name,
        confidence=line.confidence,
        kind=line.kind,
        tagger=line.tagger,
        model=line.model,
        box=Box(**told) if told else None,
        parents=tuple(line.parents),
        zones=tuple(line.zones),
    )


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
