"""How much room everything takes in the data folder, and what the pictures of each day take."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from device import clock
from device.store import copies, database
from device.store.files import ORIGINALS, THUMBNAILS
from device.store.room import RESERVE

_LATELY = 7  # days
_DAY = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Footprint:
    """All picture files, as counted at one time."""

    pictures: int  # bytes
    thumbnails: int  # bytes
    days: Mapping[str, int]  # bytes by `YYYY/MM/DD`, UTC

    @property
    def total(self) -> int:
        """Bytes."""
        return self.pictures + self.thumbnails

    def a_day(self, now: float) -> float:
        """Bytes a day, over the last seven days with today, or since the first of them."""
        lately = [clock.day_path(now - back * _DAY) for back in range(_LATELY)]
        sizes = [self.days.get(day, 0) for day in lately]
        first = max((place for place, size in enumerate(sizes, 1) if size), default=1)
        return sum(sizes) / first


def count(data_dir: Path, go_on: Callable[[], bool] = lambda: True) -> Footprint | None:
    """Look at every picture file; None: `go_on`, asked in each folder, said no."""
    days: Counter[str] = Counter()
    roots = {THUMBNAILS: 0, ORIGINALS: 0}
    for root in roots:
        place = data_dir / root
        for folder, _, names in os.walk(place):
            if not go_on():
                return None
            size = 0
            for name in names:
                with contextlib.suppress(OSError):
                    size += os.stat(os.path.join(folder, name)).st_size
            roots[root] += size
            days[os.path.relpath(folder, place)] += size
    return Footprint(roots[ORIGINALS], roots[THUMBNAILS], dict(days))


def rest(data_dir: Path) -> dict[str, int]:
    """Bytes of what is beside the pictures: few files, so this is cheap."""
    return {
        "database": sum(map(_size, data_dir.glob(f"{database.FILE_NAME}*"))),
        "models": sum(map(_size, (data_dir / "models").rglob("*"))),
        "backups": sum(map(_size, (data_dir / copies.FOLDER).glob("*"))),
        "reserve": _size(data_dir / RESERVE),
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
