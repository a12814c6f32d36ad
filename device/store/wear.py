"""How much is written to the disk, which is what wears an SD card out."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

_SECTOR = 512  # bytes: what the kernel counts in, whatever the device has
_IO = Path("/proc/self/io")
_WRITTEN = re.compile(r"^write_bytes: (\d+)$", re.MULTILINE)


class Wear:
    """Since this was made. Any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._own = own_bytes()
        self._device = device_bytes(data_dir)

    def look(self, events: int) -> dict[str, Any]:
        """For health: by this program, for each of the events since then, and by everybody."""
        own, device = own_bytes(), device_bytes(self._data_dir)
        written = None if own is None or self._own is None else own - self._own
        whole = None if device is None or self._device is None else device - self._device
        return {
            "written_bytes": written,
            "written_per_event": written // events if written is not None and events else None,
            "device_written_bytes": whole,
        }


def own_bytes() -> int | None:
    """Bytes that this process caused to be written; proc(5). None where that is not counted."""
    try:
        found = _WRITTEN.search(_IO.read_text(encoding="ascii"))
    except OSError:
        return None
    return int(found[1]) if found else None


def device_bytes(folder: Path) -> int | None:
    """Bytes written to the device that a folder is on, since it was started.

    Source: Documentation/admin-guide/iostats.rst of Linux, field 7. None without a device.
    """
    try:
        number = os.stat(folder).st_dev
        place = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
        return int(place.read_text(encoding="ascii").split()[6]) * _SECTOR
    except (OSError, IndexError, ValueError):
        return None
