"""The data folder and what it lies on: room, file system, and the wear of the card."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from device import as_owner, board, mounts
from device.doctor import Finding
from device.mounts import Disk, Mount

_ROOM = 300 * 1024**2  # bytes below which the data folder soon is full
_FEW = 10_000  # names for files
_AWAY = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.glusterfs", "virtiofs"}
_PLAIN = {"vfat", "exfat", "msdos", "ntfs", "ntfs3", "fuseblk"}
_GONE = {"tmpfs": "in memory", "ramfs": "in memory", "overlay": "on an overlay"}
_WORN = 80  # percent
_MUCH = 20 * 10**9  # bytes a day
_DAY = 86_400.0


def look(folder: Path, root: Path) -> Iterator[Finding]:
    """`folder` need not be there yet; then what it will lie on is looked at."""
    folder = folder.absolute()
    place = next(p for p in (folder, *folder.parents) if p.exists())
    yield _folder(folder, place)
    mount = mounts.mount_of(place.resolve(), root)
    if mount is not None:
        yield _file_system(mount)
        disk = mounts.disk_of(mount, root)
        if disk is not None:
            yield _wear(disk, root)


def _folder(folder: Path, place: Path) -> Finding:
    if not as_owner.may(place, os.W_OK | os.X_OK):
        told = f"{as_owner.name()} may not write to {place}: chown it, or set data_dir"
        return Finding("data folder", "wrong", told)
    free, names = shutil.disk_usage(place).free, os.statvfs(place)
    if free < _ROOM:
        told = f"{folder} has {free / 1024**2:.0f} MB left: make room, or tagging will wait"
        return Finding("data folder", "warning", told)
    if names.f_files and names.f_favail < _FEW:
        told = f"its disk takes only {names.f_favail} more files: delete many small ones"
        return Finding("data folder", "warning", told)
    there = "" if place == folder else "; it is made at the first start"
    return Finding("data folder", "ok", f"{folder}, {free / 1024**3:.1f} GB free{there}")


def _file_system(mount: Mount) -> Finding:
    said = f"{mount.kind}, mounted at {mount.place}"
    if "ro" in mount.options:
        told = (
            f"{said}, is read-only: after errors of the card the kernel does that (`dmesg` tells)."
            " Copy what is on it, and replace the card"
        )
        return Finding("file system", "wrong", told)
    if mount.kind in _AWAY:
        told = f"{said}: a database is not safe over a network; use a disk of this machine"
        return Finding("file system", "wrong", told)
    if mount.kind in _PLAIN:
        told = f"{said}: it keeps no rights and no order in a power cut; use ext4"
        return Finding("file system", "warning", told)
    if mount.kind in _GONE:
        told = f"data_dir is {_GONE[mount.kind]}: all is lost with the next start, or with the"
        return Finding("file system", "warning", f"{told} container; put it on a disk or a volume")
    if not mount.options & {"noatime", "relatime"}:
        told = f"{said}, notes each reading on the card: put noatime into /etc/fstab"
        return Finding("file system", "warning", told)
    return Finding("file system", "ok", said)


def _wear(disk: Disk, root: Path) -> Finding:
    told = disk.name
    pace = _a_day(disk, root)
    if disk.written is not None:
        told += f", {disk.written / 10**9:.1f} GB written since the start"
    if pace is not None:
        told += f", {pace / 10**9:.1f} GB a day"
    if disk.worn is not None:
        told += f", worn {min(disk.worn, 100)} %"
    if disk.spare in ("low", "nearly none") or (disk.worn or 0) > 100:
        left = f", spare blocks {disk.spare}" if disk.spare else ""
        more = f"{left}: its life is over; make a backup and replace it today"
        return Finding("card", "wrong", told + more)
    if (disk.worn or 0) >= _WORN:
        return Finding("card", "warning", f"{told}: make a backup, and have another one ready")
    if disk.name.startswith("mmcblk") and pace is not None and pace > _MUCH:
        how = "keep fewer pictures (store.pictures), or use an SSD"
        return Finding("card", "warning", f"{told}, which wears a card out: {how}")
    return Finding("card" if disk.name.startswith("mmcblk") else "disk", "ok", told)


def _a_day(disk: Disk, root: Path) -> float | None:
    """Bytes; None in the first hour, of which a start is the most."""
    up = board.text(root / "proc/uptime").split(" ")[0]
    try:
        seconds = float(up)
    except ValueError:
        return None
    return disk.written * _DAY / seconds if disk.written is not None and seconds > 3600 else None
