"""The fields of the language: which operators each knows, and how its values are read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import get_args

from device.search_query.tree import Age, Time, Value
from device.types import Kind, State

_AGES = {"h": 3600, "d": 86400, "w": 7 * 86400, "m": 30 * 86400, "y": 365 * 86400}
_AGE = re.compile(r"(\d{1,6})([hdwmy])", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(b|kb|mb|gb|)", re.IGNORECASE)
_BYTES = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?Z?", re.IGNORECASE)
_MOST_TEXT = 500  # characters of a value


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What can be asked of a field."""

    read: Callable[[str], Value]  # raises ValueError with what to write
    ordered: bool = False  # knows < <= > >=
    text: bool = False  # knows : as "begins with", and HAS


def _text(value: str) -> str:
    if not value or len(value) > _MOST_TEXT:
        raise ValueError(f"write 1 to {_MOST_TEXT} characters")
    return value


def _reviewed(value: str) -> str:
    text = _text(value)
    return text.lower() if text.lower() in ("yes", "no") else text


def _choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"write one of {', '.join(choices)}")
        return value.lower()

    return read


def _confidence(value: str) -> float:
    number = _float(value)
    if not 0.0 <= number <= 1.0:
        raise ValueError("write a number from 0 to 1, such as confidence>=0.6")
    return number


def _pixels(value: str) -> float:
    number = _float(value)
    if not 0 <= number < 1e9:
        raise ValueError("write a number of pixels, such as width>=1280")
    return number


def _bytes(value: str) -> float:
    match = _SIZE.fullmatch(value)
    if match is None:
        raise ValueError("write bytes, or a number with kb, mb or gb, such as size>500kb")
    return float(match[1]) * _BYTES[match[2].lower()]


def _float(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _time(value: str) -> Age | Time:
    told = "write a date such as 2026-11-21 or 2026-11-21T21:30 (UTC), or an age such as 7d"
    if (age := _AGE.fullmatch(value)) is not None:
        return Age(float(int(age[1]) * _AGES[age[2].lower()]))
    if _TIME.fullmatch(value) is None:
        raise ValueError(told)
    plain = value.upper().removesuffix("Z").replace("T", " ")
    lasts = {10: timedelta(days=1), 16: timedelta(minutes=1), 19: timedelta(seconds=1)}
    digits = plain.partition(".")[2]
    if digits:
        plain = plain.ljust(26, "0")
    try:
        at = datetime.fromisoformat(plain).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ValueError(f"there is no such time; {told}") from None
    step = lasts.get(len(plain), timedelta(milliseconds=1))
    return Time((at - _EPOCH) / _SECOND, step / _SECOND)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)

TAGS = "tags"

RULES: dict[str, FieldRule] = {
    "confidence": FieldRule(_confidence, ordered=True),
    "kind": FieldRule(_choice(get_args(Kind))),
    "tagger": FieldRule(_text),
    "state": FieldRule(_choice(get_args(State))),
    "source": FieldRule(_text),
    "name": FieldRule(_text, text=True),
    "path": FieldRule(_text, text=True),
    "format": FieldRule(lambda value: _text(value).upper()),
    "width": FieldRule(_pixels, ordered=True),
    "height": FieldRule(_pixels, ordered=True),
    "size": FieldRule(_bytes, ordered=True),
    "createdAt": FieldRule(_time, ordered=True),
    "updatedAt": FieldRule(_time, ordered=True),
    "reviewed": FieldRule(_reviewed),
}
"""Each field as it is spelt; its name may be written in any case."""

OF_TAGS = ("confidence", "kind", "tagger", "state")
BY_NAME = {name.lower(): name for name in (TAGS, *RULES)}
