"""How the values of a query are read: each function raises ValueError with what to write. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from device.search_query.tree import Age, Time

_AGES = {"h": 3600, "d": 86400, "w": 7 * 86400, "m": 30 * 86400, "y": 365 * 86400}
_AGE = re.compile(r"(\d{1,6})([hdwmy])", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(b|kb|mb|gb|)", re.IGNORECASE)
_BYTES = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?Z?", re.IGNORECASE)
_MOST_TEXT = 500  # characters of a value
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)


def text(value: str) -> str:
    """As it is written, 1 to 500 characters."""
    if not value or len(value) > _MOST_TEXT:
        raise ValueError(f"write 1 to {_MOST_TEXT} characters")
    return value


def reviewed(value: str) -> str:
    """yes, no, or the name of a person."""
    name = text(value)
    return name.lower() if name.lower() in ("yes", "no") else name


def choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    """What reads one of these words, in any case of its letters."""

    def read(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"write one of {', '.join(choices)}")
        return value.lower()

    return read


def confidence(value: str) -> float:
    """0 to 1."""
    level = number(value)
    if not 0.0 <= level <= 1.0:
        raise ValueError("write a number from 0 to 1, such as confidence>=0.6")
    return level


def pixels(value: str) -> float:
    """A number of pixels."""
    count = number(value)
    if not 0 <= count < 1e9:
        raise ValueError("write a number of pixels, such as width>=1280")
    return count


def size(value: str) -> float:
    """Bytes; `kb`, `mb` and `gb` are powers of 1024."""
    match = _SIZE.fullmatch(value)
    if match is None:
        raise ValueError("write bytes, or a number with kb, mb or gb, such as size>500kb")
    return float(match[1]) * _BYTES[match[2].lower()]


def number(value: str) -> float:
    """Any number; NaN for what is none."""
    try:
        return float(value)
    except ValueError:
        return math.nan


def moment(value: str) -> Age | Time:
    """A time in UTC with how long it lasts, or an age: `1h 2d 3w 4m 1y`, where m is months."""
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
