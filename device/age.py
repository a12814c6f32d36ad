"""How old things are, by a clock of the device's own that never runs backwards. Pure.

A Raspberry Pi has no battery clock: its wall time starts somewhere, leaps when the network sets
it, and may step back. What ends after a time (a session, a link, a token) is stamped with the age
of the device instead: seconds that have surely passed, counted on by the kernel's steady clock
within one boot, and over the time that it was off by the wall clock, but only between two moments
at which that was set. So a wrong clock never lets anything live longer than it was meant to, as
far as the device can know, and a step back ends nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from device import clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clocks of the machine say."""

    boot: str  # another one after each boot
    uptime: float  # s, steady, sleep included
    wall: float | None  # UTC; None while nobody has set it


@dataclass(frozen=True, slots=True)
class Age:
    """The age of the device at a reading, and where the wall clock was known last."""

    seconds: float
    boot: str
    uptime: float  # s, at which it was so old
    anchor: float  # s of age ...
    wall: float | None  # ... at this UTC time; None: it was never known


def reading() -> Reading:
    """Now."""
    wall = clock.now() if clock.state() == "synced" else None
    return Reading(_boot(), time.clock_gettime(time.CLOCK_BOOTTIME), wall)


def begun(now: Reading) -> Age:
    """The age of a device that was never asked before."""
    return Age(0.0, now.boot, now.uptime, 0.0, now.wall)


def advanced(age: Age, now: Reading) -> Age:
    """The age at a later reading."""
    seconds = age.seconds
    if now.boot == age.boot:
        seconds += max(0.0, now.uptime - age.uptime)
    if now.wall is not None and age.wall is not None:
        seconds = max(seconds, age.anchor + now.wall - age.wall)
    grown = replace(age, seconds=seconds, boot=now.boot, uptime=now.uptime)
    # Where the wall clock is behind the age, it was set back: from here on it is believed again.
    return grown if now.wall is None else replace(grown, anchor=seconds, wall=now.wall)


@lru_cache(maxsize=1)
def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
