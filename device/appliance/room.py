"""Whether there is enough room, before anything is written."""

from __future__ import annotations

from pathlib import Path

from device.appliance.host import Host
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError

MB = 1_000_000
_DATA = 64 * MB  # of the daemon: the database, its reserve of 16 MB, the first pictures
_SMALL = MB  # config, units, what the installer remembers


def check(layout: Layout, host: Host, release: int) -> str:
    """How much of what is taken; `release`: bytes that building it takes, 0: it is there.

    Raises `ApplianceError` with the disk that lacks room, and how much.
    """
    disks: dict[int, tuple[list[Path], int, int]] = {}
    wanted = ((layout.home, release), (layout.data, _DATA), (layout.settings, _SMALL))
    for place, needed in wanted:
        disk, free = host.free(place)
        places, sum_, _ = disks.get(disk, ([], 0, free))
        disks[disk] = ([*places, place], sum_ + needed, free)
    for places, needed, free in disks.values():
        if free < needed:
            names = " and ".join(str(place) for place in places)
            raise ApplianceError(
                f"{names}: {_mb(free)} free, and {_mb(needed)} needed",
                f"make {_mb(needed - free)} of room on that disk, then run this again",
            )
    if not release:
        return ""
    return f"{_mb(release)} of {_mb(host.free(layout.home)[1])} in {layout.home}"


def _mb(count: int) -> str:
    return f"{-(-count // MB)} MB"
