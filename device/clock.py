"""The one place that asks for the wall time; everything with a deadline uses `time.monotonic()`.

A Raspberry Pi has no battery clock: until it has been set, the wall time is only a guess,
and what is stamped with it says so.
"""

from __future__ import annotations

import ctypes
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

ClockState = Literal["synced", "untrusted"]

_EPOCH = date(1970, 1, 1)
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31: what `date` can say
_STA_UNSYNC = 0x0040  # <sys/timex.h>
_SYNC_MARK = Path("/run/systemd/timesync/synchronized")
_TIMEX_BYTES = 208  # sizeof(struct timex) on 64-bit Linux; 128 on 32-bit: more is harmless
_STATUS_OFFSET = 40 if ctypes.sizeof(ctypes.c_long) == 8 else 20  # modes, offset, freq, errors


DAY_MS = 86_400_000


def now() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()


def milliseconds(seconds: float) -> int:
    """To the nearest millisecond: what is stored, and all that is told and named after it."""
    return round(seconds * 1000)


def iso(seconds: float) -> str:
    """UTC, ISO 8601, milliseconds, `Z`, as in every event."""
    stamp = _moment(seconds)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}Z"


def day_path(seconds: float) -> str:
    """`YYYY/MM/DD` of the UTC day, as picture folders are named."""
    return _moment(seconds).strftime("%Y/%m/%d")


def day_name(day: int) -> str:
    """`YYYY-MM-DD` of a UTC day, counted in days since the epoch."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def month_of(day: int) -> tuple[int, int]:
    """Year and month (1 to 12) of a UTC day, counted in days since the epoch."""
    found = _EPOCH + timedelta(days=min(max(day, _FIRST_DAY), _LAST_DAY))
    return found.year, found.month


def first_day(year: int, month: int) -> int:
    """The first UTC day of a month, in days since the epoch; month 13 is the January after."""
    return (date(year + month // 13, (month - 1) % 12 + 1, 1) - _EPOCH).days


def _moment(seconds: float) -> datetime:
    # By way of the stored number: a row read back must name the same day folder.
    return datetime.fromtimestamp(milliseconds(seconds) / 1000, timezone.utc)


def state() -> ClockState:
    """Whether the kernel, or systemd's time service, says that the clock was set."""
    if _SYNC_MARK.exists():
        return "synced"
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        result = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        return "untrusted"
    status = int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], "little")
    return "untrusted" if result < 0 or status & _STA_UNSYNC else "synced"
