"""Does an encoded picture reach its own end? Told from its last bytes or its size field.

An uploader that dies closes its file all the same, so a close does not say that the picture is
whole. Nothing is decoded here: what passes may still be refused by the decoder.
"""

from __future__ import annotations

_SHORTEST = 12  # bytes: no picture is smaller, and every format shows itself by then
_PADDING = b"\0 \t\r\n"  # what cameras and file systems leave behind the end
_PNG_END = b"IEND\xaeB`\x82"  # the last chunk: its type and the checksum of its no bytes


def looks_complete(data: bytes) -> bool:
    """Whether the bytes end where their format says that the picture ends.

    Judged by content, not by name. True for every format that is not known here (AVIF among
    them): then only the decoder can tell.

    Sources: JPEG, ITU-T T.81 B.1.1.3 (EOI); PNG, W3C PNG 3 section 11.2.5 (IEND); GIF89a
    section 27 (trailer); WebP, RFC 9649 section 2.4 (RIFF size); BMP, BITMAPFILEHEADER.bfSize.
    """
    if len(data) < _SHORTEST or data.startswith(bytes(_SHORTEST)):
        return False  # a preallocated file is all zero until it is written
    if data.startswith(b"\xff\xd8"):
        return data.rstrip(_PADDING).endswith(b"\xff\xd9")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data.rfind(_PNG_END) != -1
    if data.startswith((b"GIF87a", b"GIF89a")):
        return data.rstrip(_PADDING).endswith(b";")
    if data.startswith(b"RIFF"):
        return len(data) >= 8 + int.from_bytes(data[4:8], "little")
    if data.startswith(b"BM"):
        # Some writers leave the size 0: every file is longer than that.
        return len(data) >= int.from_bytes(data[2:6], "little")
    return True
