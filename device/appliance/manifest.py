"""What a bundle says of itself: for which machine it is, and every file with its check sum.

The manifest is what is signed. Everything in it is looked at before it is believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from device.appliance.steps import ApplianceError

FORMAT = 1
"""Grows when an older tagd could no longer read a bundle rightly."""

MAX_BYTES = 1024**2  # of a manifest; one of 80 files has 12 kB
MAX_FILES = 2000
MAX_FILE = 512 * 1024**2  # bytes; the largest wheel has 40 MB
MAX_ALL = 2 * 1024**3  # bytes of all files
PLATFORMS = ("x86_64", "aarch64", "armv7l")

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+_-]{0,63}")
_PYTHON = re.compile(r"3\.\d{1,3}")
_SCHEMA = re.compile(r"m\d{3,5}_[a-z0-9_]{1,60}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
# No part begins with a dot: neither `..` nor a hidden file, nor anything absolute.
_NAME = re.compile(r"(?=.{1,180}\Z)[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle."""

    size: int  # bytes
    sha256: str  # hex


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a bundle, and for whom."""

    version: str  # of tagd
    platform: str  # of PLATFORMS: the processor, as wheels name it
    pythons: tuple[str, ...]  # such as 3.11: those that it has wheels for
    schema: str  # the newest migration of the database that this version knows
    files: Mapping[str, Entry]  # by their names below the bundle's folder

    @property
    def stem(self) -> str:
        """The bundle's file without `.tar`, and the folder that everything in it lies in."""
        return f"tagd-{self.version}-{self.platform}"

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(entry.size for entry in self.files.values())

    def dumps(self) -> str:
        """As it is signed: the same manifest is always the same bytes."""
        files = {name: asdict(self.files[name]) for name in sorted(self.files)}
        said = {"format": FORMAT, "name": "tagd", "version": self.version}
        said |= {"platform": self.platform, "schema": self.schema}
        return json.dumps(said | {"pythons": list(self.pythons), "files": files}, indent=1) + "\n"

    def require_suits(self, platform: str, python: str) -> None:
        """Raises `ApplianceError` for another processor or a Python that it has no wheels for."""
        if platform != self.platform:
            raise ApplianceError(
                f"the bundle is for {self.platform} and this machine is {platform}: take the one"
                f" that is made with tagd-bundle make --for {_made_for(platform)}"
            )
        if python not in self.pythons:
            told = " and ".join(self.pythons)
            raise ApplianceError(
                f"the bundle has wheels for Python {told} and this is {python}: make one with"
                f" tagd-bundle make --python {python}"
            )


def _made_for(platform: str) -> str:
    return {"x86_64": "x86", "aarch64": "pi (or jetson)", "armv7l": "zero-32"}.get(platform, "...")


def platform_of(machine: str, bits: int) -> str:
    """How wheels name the processor: `uname -m`, and 32 or 64 bits of the programs.

    A 64-bit kernel may run a 32-bit system: then 32-bit wheels are needed.
    """
    if bits == 32:
        return {"aarch64": "armv7l", "armv8l": "armv7l", "x86_64": "i686"}.get(machine, machine)
    return {"arm64": "aarch64", "amd64": "x86_64"}.get(machine.lower(), machine)


def parse(data: bytes) -> Manifest:
    """Raises `ApplianceError` for anything but a whole manifest of this or an older format."""
    if len(data) > MAX_BYTES:
        raise ApplianceError(f"the manifest has {len(data)} bytes: this is no bundle of tagd")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise ApplianceError("the manifest is no JSON: this is no bundle of tagd") from None
    if not isinstance(said, dict) or said.get("name") != "tagd":
        raise ApplianceError("the manifest is of something else: this is no bundle of tagd")
    made = said.get("format")
    if type(made) is not int or made < 1:
        raise ApplianceError(f"the manifest's format is {made!r:.40}: this is no bundle of tagd")
    if made > FORMAT:
        raise ApplianceError(
            f"the bundle has format {made} and this tagd reads up to {FORMAT}:"
            " take the installer that is inside it, or update by way of a version between"
        )
    pythons = said.get("pythons")
    if not isinstance(pythons, list) or not 0 < len(pythons) < 20:
        raise _wrong("pythons", pythons)
    files = _files(said.get("files"))
    known = tuple(_matched({"pythons": one}, "pythons", _PYTHON) for one in pythons)
    for python in known:
        if f"wheels/requirements-{python}.txt" not in files:
            raise ApplianceError(f"the bundle has no list of its wheels for Python {python}")
    return Manifest(
        version=_matched(said, "version", _VERSION),
        platform=_platform(said.get("platform")),
        pythons=known,
        schema=_matched(said, "schema", _SCHEMA),
        files=files,
    )


def is_name(name: str) -> bool:
    """Whether a file of a bundle may be called so: below its folder, not hidden, plain."""
    return bool(_NAME.fullmatch(name))


def _platform(given: Any) -> str:
    if given not in PLATFORMS:
        raise _wrong("platform", given)
    return str(given)


def _matched(said: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _wrong(key, value)
    return value


def _files(given: Any) -> dict[str, Entry]:
    if not isinstance(given, dict) or not 0 < len(given) <= MAX_FILES:
        raise ApplianceError(f"the manifest must name 1 to {MAX_FILES} files")
    files = {}
    for name, entry in given.items():
        if not is_name(name):
            raise ApplianceError(
                f"the manifest names a file {name!r:.80}: no such name is unpacked"
            )
        size = entry.get("size") if isinstance(entry, dict) else None
        if type(size) is not int or not 0 <= size <= MAX_FILE:
            raise ApplianceError(f"the manifest gives {name} a size of {size!r:.40}")
        files[name] = Entry(size, _matched(entry, "sha256", _DIGEST))
    if sum(entry.size for entry in files.values()) > MAX_ALL:
        raise ApplianceError(f"the bundle would unpack to more than {MAX_ALL // 1024**2} MB")
    return files


def _wrong(key: str, value: Any) -> ApplianceError:
    return ApplianceError(f"the manifest's {key} is {value!r:.80}: this is no bundle of tagd")
