"""What a JPEG file says of itself, read before a decoder is trusted with it.

The markers are those of ITU-T T.81, annex B; the orientation is tag 0x0112 of EXIF 2.3.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from device.errors import PictureError, PictureIncomplete

# Stuffed zeros (FF 00), fill bytes (FF FF) and restart markers (FF D0 to FF D7) never match,
# so one search crosses the whole of a scan: 0.4 ms a megabyte.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_EOI, _SOS, _APP1 = 0xD9, 0xDA, 0xE1
_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))  # baseline, extended, progressive
_PROGRESSIVE = frozenset((0xC2, 0xCA))
_UNREADABLE = frozenset((0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF))  # lossless, hierarchical
_TABLES = frozenset((0xC4, 0xCC, 0xDB, 0xDC, 0xDD, _SOS))
# COM and the application segments, but for JFIF and Adobe: those tell the decoder the colours.
_METADATA = frozenset((0xFE, *range(0xE0, 0xF0))) - {0xE0, 0xEE}
_SEGMENTS = _FRAMES | _UNREADABLE | _TABLES | _METADATA | {0xE0, 0xEE}
# A phone's depth map may take 400 segments; each costs a microsecond here and more in Pillow.
_MOST_MARKERS = 4000


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A complete JPEG picture, its size not yet judged."""

    body: bytes  # the same picture without its metadata, from the first byte to the file's end
    orientation: int  # 1..8, 1 being upright
    buffered: bool  # whether a decoder must hold every coefficient (6 bytes a pixel) until the end


def read(data: bytes, scans: int = 64) -> Jpeg:
    """Walk the markers from the start to the first end-of-image.

    Segments are skipped by their length and scans by T.81's rule that a real marker never
    occurs in them, so neither an embedded thumbnail, nor a second picture behind the first
    (MPF, Ultra HDR), nor an archive glued to the end is mistaken for a part of this one.

    Raises `PictureError` for more than `scans` scans (each may take a decoder a pass over the
    whole picture: 12,000 of them in a megabyte cost 45 s), for more than 4,000 markers and for
    kinds of JPEG that no decoder here reads; `PictureIncomplete` where the end is missing.
    """
    kept, position, seen, components, orient = [b"\xff\xd8"], 2, 0, 0, 1
    buffered = False
    tail = 0  # where the first scan's segment starts: from there on everything is kept
    for _ in range(_MOST_MARKERS):
        found = _MARKER.search(data, position)
        if found is None:
            raise PictureIncomplete("the JPEG file ends before its picture does")
        position = found.end()
        code = data[position - 1]
        if code == _EOI:
            break
        if code not in _SEGMENTS:
            continue
        start, position = position, position + int.from_bytes(data[position : position + 2], "big")
        if position > len(data) or len(data) < start + 8:
            raise PictureIncomplete("the JPEG file ends before its picture does")
        if code == _SOS:
            tail = tail or found.start()
            seen += 1
            # A scan of some of the components means that the others follow in scans of their own.
            buffered = buffered or data[start + 2] < components
            if seen > scans:
                raise PictureError(f"the JPEG has more than {scans} scans, which no camera makes")
        elif code in _UNREADABLE:
            raise PictureError("the JPEG is lossless or hierarchical, which tagd cannot read")
        elif not seen:
            if code in _FRAMES:
                components = data[start + 7]
                buffered = buffered or code in _PROGRESSIVE
            elif code == _APP1 and orient == 1 and data.startswith(b"Exif\0\0", start + 2):
                orient = orientation(data[start + 2 : position])
            if code not in _METADATA:
                kept.append(data[found.start() : position])
    else:
        raise PictureError(f"the JPEG has more than {_MOST_MARKERS} markers, which no camera makes")
    if not tail:
        raise PictureError("the JPEG file has no picture in it")
    return Jpeg(b"".join((*kept, memoryview(data)[tail:])), orient, buffered)


def orientation(exif: object) -> int:
    """1..8 from an EXIF block, with or without its `Exif` prefix; 1 if missing or damaged."""
    tiff = exif.removeprefix(b"Exif\0\0") if isinstance(exif, bytes) else b""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * entries, 12):
            tag, kind, _count, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == 0x0112:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:  # an offset or a count that points out of the block
        return 1
    return 1
