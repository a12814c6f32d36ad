"""What a caller of `DetectLabels` asks for: its JSON, every field looked at. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from device.colours import MOST as MOST_COLOURS
from device.vocabulary import plain
from device.web.compat.rekognition.errors import INVALID, TOO_LARGE, Refused

LARGEST = 5 * 1024**2
"""Bytes of an image: Rekognition's own quota for `Image.Bytes`."""

_LEAST, _MOST, _COLOURS = 55.0, 1000, 10  # Rekognition's defaults
_ANY = 2**31 - 1  # what its API calls an integer
_FEATURES = ("GENERAL_LABELS", "IMAGE_PROPERTIES")
_MOST_FILTERS, _LONGEST_FILTER = 100, 50  # as its API has them
_NOT_JSON = "SerializationException"


@dataclass(frozen=True, slots=True)
class Filters:
    """Words in their plain form; empty lets everything through."""

    labels: frozenset[str] = frozenset()
    not_labels: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call."""

    image: bytes
    least: float = _LEAST  # 0..100
    most: int = _MOST  # labels
    general: bool = True  # labels
    properties: bool = False  # colours and quality
    colours: int = _COLOURS  # of the picture, 0..20
    filters: Filters = Filters()


def read(body: bytes) -> dict[str, Any]:
    """The JSON object of any operation. Raises `Refused`."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(_NOT_JSON, "the body must be JSON") from None
    if not isinstance(found, dict):
        raise Refused(_NOT_JSON, "the body must be a JSON object")
    return found


def labels(given: dict[str, Any]) -> Wanted:
    """Of `DetectLabels`. Raises `Refused`; what is not known is passed over, as AWS does."""
    features = _texts(given, "Features", _FEATURES) or _FEATURES[:1]
    settings = _object(given, "Settings")
    general = _object(settings, "GeneralLabels", "Settings.")
    colours = _object(settings, "ImageProperties", "Settings.")
    return Wanted(
        _image(_object(given, "Image")),
        _number(given, "MinConfidence", _LEAST, 100),
        _count(given, "MaxLabels", _MOST, _ANY),
        _FEATURES[0] in features,
        _FEATURES[1] in features,
        _count(colours, "MaxDominantColors", _COLOURS, MOST_COLOURS),
        Filters(
            _filter(general, "LabelInclusionFilters"),
            _filter(general, "LabelExclusionFilters"),
            _filter(general, "LabelCategoryInclusionFilters"),
            _filter(general, "LabelCategoryExclusionFilters"),
        ),
    )


def _image(given: dict[str, Any]) -> bytes:
    encoded = given.get("Bytes")
    if encoded is None and given.get("S3Object") is not None:
        told = "there is no S3 here; send the picture itself in Image.Bytes"
        raise Refused("InvalidS3ObjectException", told)
    if encoded is None or given.get("S3Object") is not None:
        raise Refused(INVALID, "Image must have Bytes, the picture itself, and nothing else")
    if not isinstance(encoded, str):
        raise Refused(_NOT_JSON, "Image.Bytes must be text: the picture in base64")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(_NOT_JSON, "Image.Bytes is not base64") from None
    if len(data) > LARGEST:
        raise Refused(TOO_LARGE, f"Image.Bytes may have {LARGEST} bytes, not {len(data)}")
    if not data:
        raise Refused(INVALID, "Image.Bytes is empty")
    return data


def _object(given: dict[str, Any], key: str, place: str = "") -> dict[str, Any]:
    found = given.get(key)
    if found is not None and not isinstance(found, dict):
        raise Refused(_NOT_JSON, f"{place}{key} must be an object")
    return found or {}


def _number(given: dict[str, Any], key: str, default: float, most: float) -> float:
    found = given.get(key)
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise Refused(_NOT_JSON, f"{key} must be a number")
    if not 0 <= found <= most:
        raise Refused(INVALID, f"{key} must be from 0 to {most:g}")
    return found


def _count(given: dict[str, Any], key: str, default: int, most: int) -> int:
    found = _number(given, key, default, most)
    if not isinstance(found, int):
        raise Refused(_NOT_JSON, f"{key} must be a whole number")
    return found


def _texts(given: dict[str, Any], key: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    found = given.get(key)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Refused(_NOT_JSON, f"{key} must be a list of texts")
    if known and not set(found) <= set(known):
        raise Refused(INVALID, f"{key} may have {' and '.join(known)}")
    return tuple(found)


def _filter(given: dict[str, Any], key: str) -> frozenset[str]:
    found = _texts(given, key)
    if len(found) > _MOST_FILTERS or any(len(one) > _LONGEST_FILTER for one in found):
        told = f"{key} may have {_MOST_FILTERS} texts of {_LONGEST_FILTER} characters"
        raise Refused(INVALID, told)
    return frozenset(map(plain, found))
