"""What a folder lies on: its file system as the kernel has it mounted, and the disk below that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from device.board import text

_SECTOR = 512  # bytes: what the kernel counts in, whatever the device has
_LIFE = re.compile(r"0x[0-9a-f]{2}\b")
_SPARE = {"0x01": "normal", "0x02": "low", "0x03": "nearly none"}
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of /proc/self/mountinfo."""

    place: str  # where it is mounted
    kind: str  # ext4, vfat, overlay, ...
    number: str  # of the device, major:minor
    options: frozenset[str]  # ro, noatime, ...


@dataclass(frozen=True, slots=True)
class Disk:
    """A block device; None: it does not tell."""

    name: str  # mmcblk0, sda, nvme0n1
    written: int | None  # bytes, by everybody, since the machine was started
    worn: int | None  # percent of its life at most, in steps of ten; only eMMC tells
    spare: str | None  # what is left of its spare blocks: normal, low, nearly none


def mount_of(path: Path, root: Path = Path("/")) -> Mount | None:
    """The mount that `path` (absolute, symlinks resolved) is on; None where that is not told.

    Source: proc(5), /proc/pid/mountinfo; of two at the same place the later one hides the other.
    """
    found = None
    for line in text(root / "proc/self/mountinfo").splitlines():
        fields, _, rest = line.partition(" - ")
        words, after = fields.split(" "), rest.split(" ")
        if len(words) < 6 or len(after) < 3:
            continue
        place = _OCTAL.sub(lambda code: chr(int(code[1], 8)), words[4])
        if Path(place) not in (path, *path.parents):
            continue
        if found is None or len(place) >= len(found.place):
            options = frozenset([*words[5].split(","), *after[2].split(",")])
            found = Mount(place, after[0], words[2], options)
    return found


def disk_of(mount: Mount, root: Path = Path("/")) -> Disk | None:
    """The disk below a mount; None for what has none of its own, such as tmpfs.

    Sources: Documentation/admin-guide/iostats.rst (field 7 of `stat`), and of eMMC
    Documentation/driver-api/mmc/mmc-dev-attrs.rst with JEDEC JESD84-B51, 7.4.40 (PRE_EOL_INFO)
    and 7.4.41 (DEVICE_LIFE_TIME_EST: 0x01 is up to 10 %, 0x0a up to 100 %, 0x0b beyond).
    """
    place = root / "sys/dev/block" / mount.number
    if not place.exists():
        return None
    place = place.resolve()
    if (place / "partition").exists():
        place = place.parent
    counts = text(place / "stat").split()
    lives = [int(one, 16) for one in _LIFE.findall(text(place / "device/life_time"))]
    return Disk(
        name=place.name,
        written=int(counts[6]) * _SECTOR if len(counts) > 6 and counts[6].isdecimal() else None,
        worn=max(lives) * 10 if any(lives) else None,
        spare=_SPARE.get(text(place / "device/pre_eol_info")),
    )
