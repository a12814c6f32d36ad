"""What is asked for: the JSON of `BatchAnnotateImagesRequest`, as protocol buffers are read.

Fields in camelCase or as in the `.proto`, enums by number or name, base64 of either alphabet.
"""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException

MOST_BYTES = 10 * 1024**2
"""Of a request, base64 included: the vendor's limit. A picture has three quarters of it."""
MOST_IMAGES = 16
"""Of a request: the vendor's limit."""
MOST_FEATURES = 100
"""Of a picture: each of the kinds several times."""
DEFAULT_RESULTS = 10
"""Of a feature that does not say how many it wants."""


class FeatureType(IntEnum):
    """`google.cloud.vision.v1.Feature.Type`."""

    TYPE_UNSPECIFIED = 0
    FACE_DETECTION = 1
    LANDMARK_DETECTION = 2
    LOGO_DETECTION = 3
    LABEL_DETECTION = 4
    TEXT_DETECTION = 5
    SAFE_SEARCH_DETECTION = 6
    IMAGE_PROPERTIES = 7
    CROP_HINTS = 9
    WEB_DETECTION = 10
    DOCUMENT_TEXT_DETECTION = 11
    PRODUCT_SEARCH = 12
    OBJECT_LOCALIZATION = 19


def _type(value: object) -> object:
    return FeatureType.__members__.get(value, value) if isinstance(value, str) else value


class _Message(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        val_json_bytes="base64",  # of either alphabet, with or without padding
    )


class Feature(_Message):
    """One thing that is asked of a picture."""

    type: Annotated[FeatureType, BeforeValidator(_type)] = FeatureType.TYPE_UNSPECIFIED
    max_results: Annotated[int, Field(ge=0, lt=2**31)] = 0
    model: str = ""


class ImageSource(_Message):
    """Where a picture lies; nothing is fetched from there."""

    image_uri: str = ""
    gcs_image_uri: str = ""


class Image(_Message):
    """A picture: base64, or where it lies."""

    content: Annotated[bytes, Field(repr=False)] = b""  # decoded
    source: ImageSource | None = None


class AnnotateImage(_Message):
    """A picture, and what is asked of it."""

    image: Image = Image()
    features: Annotated[list[Feature], Field(max_length=MOST_FEATURES)] = []
    image_context: dict[str, Any] = {}

    @property
    def types(self) -> Counter[FeatureType]:
        """How many results are wanted, by what is asked."""
        most: Counter[FeatureType] = Counter()
        for feature in self.features:
            most[feature.type] = max(most[feature.type], feature.max_results or DEFAULT_RESULTS)
        return most


class Batch(_Message):
    """A whole request."""

    # Refused at the one too many: a million of `{}` would be gigabytes.
    requests: Annotated[list[AnnotateImage], Field(max_length=MOST_IMAGES)] = []
    parent: str = ""
    labels: dict[str, str] = {}


def batch(data: bytes) -> Batch:
    """The request in a body. Raises HTTPException: 400 that says what is wrong, and where."""
    try:
        return Batch.model_validate_json(data)
    except ValidationError as error:
        _refuse(error)


def _refuse(error: ValidationError) -> NoReturn:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])[1:]
    if first["type"] == "too_long" and place == "requests":
        raise HTTPException(400, f"Too many images per request: the limit is {MOST_IMAGES}.")
    said = "Invalid JSON payload received."
    if first["type"] == "extra_forbidden":
        whole, _, name = place.rpartition(".")
        at = f" at '{whole[:100]}'" if whole else ""
        raise HTTPException(400, f'{said} Unknown name "{name[:40]}"{at}: Cannot find field.')
    if first["type"] == "json_invalid" or not place:
        raise HTTPException(400, f"{said} {first['msg']}.")
    if first["type"] == "bytes_invalid_encoding":
        first["msg"] = "(TYPE_BYTES), Base64 decoding failed"
    raise HTTPException(400, f"Invalid value at '{place[:100]}': {first['msg']}.")
