"""How long the disk will do, in words. Pure.

The database is taken to grow as the picture files do, in the proportion it has to them now.
"""

from __future__ import annotations

from dataclasses import dataclass

_LONG = 3650.0  # days: beyond them nobody plans
_WORTH_TELLING = 1000  # bytes a day


@dataclass(frozen=True, slots=True)
class Use:
    """Bytes, all of them."""

    files: int  # of pictures and thumbnails
    database: int
    a_day: float  # that files have grown by lately
    free: int  # on the disk, down to where it counts as nearly full


@dataclass(frozen=True, slots=True)
class Bounds:
    """What retention says; None: nothing."""

    days: float | None
    most: int | None  # bytes of files and database


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected."""

    bytes_a_day: int
    days_left: float | None  # until the disk is nearly full; None: it will not be
    told: str


def forecast(use: Use, bounds: Bounds) -> Forecast:
    """At the pace of the last days."""
    kept = use.files + use.database
    pace = use.a_day * (kept / use.files if use.files else 1.0)
    if pace < _WORTH_TELLING:
        return Forecast(round(pace), None, "Hardly anything is added: the room lasts.")
    left = max(use.free, 0) / pace
    level = None if bounds.days is None else pace * bounds.days
    if bounds.most is not None and bounds.most - kept < use.free:
        until = max(bounds.most - kept, 0) / pace
        when = f"in {_days(until)}" if until >= 1 else "now"
        told = f"From {_gb(bounds.most)} on the oldest are forgotten, which begins {when}."
        return Forecast(round(pace), None, told)
    if level is not None and bounds.days is not None and level - kept < use.free:
        told = f"With {bounds.days:g} days kept it comes to about {_gb(level)}, which fits."
        return Forecast(round(pace), None, told)
    if left > _LONG:
        return Forecast(round(pace), left, "At this pace the disk lasts for more than ten years.")
    told = f"At this pace the disk is nearly full in {_days(left)}."
    if level is not None and bounds.days is not None:
        told = f"{told} The {bounds.days:g} days to be kept do not fit: choose fewer, or max_gb."
    elif bounds.most is None:
        told = f"{told} store.retention can forget the oldest before."
    return Forecast(round(pace), left, told)


def _days(days: float) -> str:
    whole = round(days)
    if whole < 1:
        return "less than a day"
    return "1 day" if whole == 1 else f"{whole} days"


def _gb(size: float) -> str:
    return f"{size / 10**9:.1f} GB" if size >= 10**8 else f"{size / 10**6:.0f} MB"
