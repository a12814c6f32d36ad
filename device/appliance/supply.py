"""What a release is made of: this checkout, a folder of wheels, or both."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from device.appliance.machine import Machine
from device.appliance.releases import listed
from device.appliance.steps import ApplianceError

MB = 1_000_000
FROM_NETWORK = 450 * MB
"""Bytes that a release takes at most while it is built from the network; measured: 400."""

_COMPILED = 1.35  # bytes on the disk for each in a wheel: what Python compiles of it; measured 1.29
_EMPTY = 25 * MB  # a virtual environment with pip in it, while it is filled
_BUILT_FROM = ("device", "models/scene", "models/objects", "models/NOTICE", "models/catalog.yaml")
_BUILT_BY = ("pyproject.toml", "config/constraints.txt", "README.md", "models/coco-labels.txt")
_WHEEL = re.compile(r"tagd-([^-]+)-.*\.whl")
_NUMPY = re.compile(r"^numpy==.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Supply:
    """What is to be installed."""

    version: str  # of tagd
    digest: str  # SHA-256 over all that makes a difference
    wanted: tuple[str, ...]  # pip's words for it
    wheels: Path | None  # the only place to look for packages; None: the network
    bytes_needed: int  # of room in /opt while it is built
    told: str  # in words


def find(
    checkout: Path | None, wheels: Path | None, extras: Sequence[str], machine: Machine, work: Path
) -> Supply:
    """What is here. `work`: an existing folder for a list that pip reads, where one is needed.

    Raises `ApplianceError` where there is nothing to install from.
    """
    if wheels is not None:
        wheels = _folder(wheels)
    ours = _newest(wheels) if wheels is not None else None
    if ours is None and checkout is None:
        where = wheels or "this folder"
        raise ApplianceError(
            f"there is no tagd-*.whl in {where}",
            "name a bundle of tagd-bundle, or a folder with tagd's wheel: --offline FOLDER",
        )
    extra = f"[{','.join(extras)}]" if extras else ""
    digest = hashlib.sha256(f"{machine.python} {machine.machine} {extra}".encode())
    wanted = listed(wheels, machine.python) if wheels is not None and ours is not None else []
    if not wanted:
        wanted = [*_constraints(checkout, machine, work), f"{ours or checkout}{extra}"]
    for path in _content(checkout, wheels, ours):
        digest.update(f"{path.name} ".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    version = _version(checkout, ours)
    source = "the network" if wheels is None else str(wheels)
    return Supply(
        version=version,
        digest=digest.hexdigest(),
        wanted=tuple(wanted),
        wheels=wheels,
        bytes_needed=FROM_NETWORK if wheels is None else _room(wheels),
        told=f"tagd {version}{extra}, packages from {source}",
    )


def _folder(wheels: Path) -> Path:
    """The folder that has the wheels: itself, or `wheels` in an unpacked bundle."""
    inside = wheels / "wheels"
    found = inside if inside.is_dir() else wheels
    if not found.is_dir():
        raise ApplianceError(f"{wheels}: there is no such folder", "name the folder of the wheels")
    if not any(found.glob("*.whl")):
        raise ApplianceError(f"{found}: there are no wheels in it", "name the folder of the wheels")
    return found.resolve()


def _newest(wheels: Path) -> Path | None:
    found = [path for path in wheels.glob("*.whl") if _WHEEL.fullmatch(path.name)]
    return max(found, key=lambda path: (_numbers(_version(None, path)), path.name), default=None)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _version(checkout: Path | None, wheel: Path | None) -> str:
    if wheel is not None and (named := _WHEEL.fullmatch(wheel.name)):
        return named[1]
    text = ((checkout or Path()) / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise ApplianceError(f"{checkout}/pyproject.toml names no version", "check it out again")
    return found[1]


def _constraints(checkout: Path | None, machine: Machine, work: Path) -> tuple[str, ...]:
    """The versions that tagd is tested with.

    picamera2 of Raspberry Pi OS 12 is built for numpy 1 and breaks with numpy 2 in the virtual
    environment ("numpy.dtype size changed"), so that the system's own numpy is left to it there.
    """
    if checkout is None:
        return ()
    limits = checkout / "config/constraints.txt"
    if machine.raspberry_pi_os and machine.os.endswith(" 12"):
        text = _NUMPY.sub("", limits.read_text(encoding="utf-8")) + "numpy<2\n"
        limits = work / "constraints.txt"
        limits.write_text(text, encoding="utf-8")
    return ("-c", str(limits))


def _content(checkout: Path | None, wheels: Path | None, ours: Path | None) -> Iterator[Path]:
    """Every file whose content changes what is installed, in one order."""
    if wheels is not None:
        yield from sorted(wheels.glob("*.whl"))
        yield from sorted(wheels.glob("requirements-*.txt"))
    if ours is not None or checkout is None:
        return
    for name in (*_BUILT_BY, *_BUILT_FROM):
        place = checkout / name
        yield from [place] if place.is_file() else _files(place)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(place, name) for name in sorted(names) if not name.endswith(".pyc"))


def _room(wheels: Path) -> int:
    """Bytes for what the wheels unpack to. Raises `ApplianceError` for a broken one."""
    total = 0
    for path in sorted(wheels.glob("*.whl")):
        try:
            with zipfile.ZipFile(path) as wheel:
                total += sum(member.file_size for member in wheel.infolist())
        except (zipfile.BadZipFile, OSError):
            raise ApplianceError(
                f"{path.name} is damaged or only a part of it", "copy the folder once more"
            ) from None
    return int(total * _COMPILED) + _EMPTY
