"""What the kernel tells of the machine: its name, its temperature, what it holds back, memory."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("proc/device-tree/model", "sys/devices/virtual/dmi/id/product_name")
_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_CPU = re.compile(r"cpu|soc|x86_pkg|coretemp|k10temp", re.IGNORECASE)

HOLDS_BACK = {
    0: "too little voltage",
    1: "its frequency is capped",
    2: "it is slowed down",
    3: "it is near its temperature limit",
}
"""Bits of a Raspberry Pi that hold now; 16 higher: since it was started.

Source: https://www.raspberrypi.com/documentation/computers/os.html#get_throttled"""

_EVER = 16  # bits higher
_KB = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Board:
    """The machine as it is now; None: it does not tell."""

    name: str
    machine: str  # the processor's family, as `uname -m`
    cores: int  # that this process may use
    load: float  # processes that run or wait, averaged over a minute
    celsius: float | None  # of the processor
    held_back: tuple[str, ...] | None  # what slows it down now
    was_held_back: tuple[str, ...] | None  # since it was started
    memory: int | None  # bytes
    available: int | None  # bytes of it for programs that want more
    used: int | None  # bytes in memory of this process
    peak: int | None  # the most of that since its start


def look(root: Path = Path("/")) -> Board:
    """`root`: where /proc and /sys are."""
    flags = _flags(root)
    memory = _kilobytes(root / "proc/meminfo")
    own = _kilobytes(root / "proc/self/status")
    return Board(
        name=next(filter(None, (text(root / name) for name in _NAMES)), platform.node()),
        machine=platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        load=os.getloadavg()[0],
        celsius=_celsius(root),
        held_back=None if flags is None else _said(flags),
        was_held_back=None if flags is None else _said(flags >> _EVER),
        memory=memory.get("MemTotal"),
        available=memory.get("MemAvailable"),
        used=own.get("VmRSS"),
        peak=own.get("VmHWM"),
    )


def _celsius(root: Path) -> float | None:
    """The processor's sensor by its name, or else the hottest one."""
    found: list[tuple[bool, float]] = []
    for zone in (root / "sys/class/thermal").glob("thermal_zone*"):
        with contextlib.suppress(ValueError):
            degrees = int(text(zone / "temp")) / 1000
            if -50 < degrees < 150:  # some sensors tell nonsense
                found.append((bool(_CPU.search(text(zone / "type"))), degrees))
    return max(found)[1] if found else None


def _flags(root: Path) -> int | None:
    try:
        return int(text(root / _THROTTLED), 16)
    except ValueError:
        return None


def _said(flags: int) -> tuple[str, ...]:
    return tuple(words for bit, words in HOLDS_BACK.items() if flags >> bit & 1)


def _kilobytes(path: Path) -> dict[str, int]:
    return {name: int(number) * 1024 for name, number in _KB.findall(text(path))}


def text(path: Path) -> str:
    """What the kernel says in a file of /proc or /sys; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return ""
