"""What a picture file says of itself, beside its pixels: EXIF by group, density, colour profile."""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any

from PIL import ExifTags, Image

from device.formats import plugin, recognise

_GROUPS = {
    "exif": ExifTags.IFD.Exif,
    "gps": ExifTags.IFD.GPSInfo,
    "interoperability": ExifTags.IFD.Interop,
    "thumbnail": ExifTags.IFD.IFD1,
}
_NAMES = {  # as ExifTool and the clients of image services know them, where Pillow says otherwise
    0x0132: "ModifyDate",
    0x8769: "ExifOffset",
    0x8827: "ISO",
    0x9004: "CreateDate",
    0x9286: "UserComment",
}
_LINKS = frozenset(map(int, ExifTags.IFD))  # places in the file: of no use to anybody
_LONGEST = 500  # characters of a value
_MOST = 200  # values of a group
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, OverflowError, struct.error)
"""What Pillow raises at EXIF that is damaged, by kind of damage."""

_quiet = threading.Lock()  # what warnings do is one setting of the whole process


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one file."""

    density: int | None = None  # dots per inch
    transparent: bool = False  # it has an alpha channel or a transparent colour
    profile: bool = False  # it brings a colour profile
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)  # EXIF, fit for JSON


def facts(data: bytes) -> Facts:
    """Of an encoded picture; nothing is decoded. What cannot be read is not there.

    Raises `PictureError` for what is no picture.
    """
    reader = plugin(recognise(data))
    if reader is None:
        return Facts()
    try:
        # Pillow warns of damage besides: what it skips is not there, as everything that is broken.
        with _quiet, warnings.catch_warnings(), reader(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")
            return Facts(
                _density(image),
                "A" in image.getbands() or "transparency" in image.info,
                bool(image.info.get("icc_profile")),
                _groups(image),
            )
    except _BROKEN:
        return Facts()


def _density(image: Image.Image) -> int | None:
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or not dpi:
        return None
    value = float(dpi[0])
    return round(value) if math.isfinite(value) and 0 < value < 1e6 else None


def _groups(image: Image.Image) -> dict[str, dict[str, Any]]:
    try:
        exif = image.getexif()
    except _BROKEN:
        return {}
    found = {"image": _told(dict(exif), ExifTags.TAGS)}
    for name, number in _GROUPS.items():
        try:
            values = exif.get_ifd(number)
        except _BROKEN:
            values = {}
        found[name] = _told(values, ExifTags.GPSTAGS if name == "gps" else ExifTags.TAGS)
    return {name: values for name, values in found.items() if values}


def _told(values: dict[int, Any], names: dict[int, str]) -> dict[str, Any]:
    """By name; what has none, or a value that says nothing to a person, is left out."""
    known = {number: _NAMES.get(number, name) for number, name in names.items()}
    found: dict[str, Any] = {}
    for number, value in list(values.items())[:_MOST]:
        shown = _plain(value)
        if number in known and number not in _LINKS and shown is not None:
            found[known[number]] = shown
    return found


def _plain(value: Any) -> Any:
    """Fit for JSON; None for what is not."""
    if isinstance(value, bytes):
        value = value.rstrip(b"\0").decode("latin-1")
        return value[:_LONGEST] if value.isprintable() and value else None
    if isinstance(value, str):
        return value.strip("\0 ")[:_LONGEST]
    if isinstance(value, tuple):
        several = [_plain(one) for one in value[:_MOST]]
        return None if None in several else several
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None
