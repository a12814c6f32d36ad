"""Builders of pictures as nobody should send them, small and written by hand where they can be.

`REFUSED` and `CUT_SHORT` name the ones that must be refused, `FINE` those that only look bad.
Every entry is a function, so that importing this costs next to nothing.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image

EOI = b"\xff\xd9"


def photo(width: int = 96, height: int = 64, seed: int = 3) -> Image.Image:
    """Smooth colours with some noise, so that no encoder gets off lightly. The mean is 124."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(seed).integers(0, 24, (height, width, 3))
    ramp = np.stack((x * 230 // width, y * 230 // height, (x + y) * 230 // (width + height)), -1)
    return Image.fromarray((ramp + noise).astype(np.uint8))


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def clip(format: str, frames: int, **options: object) -> bytes:
    rest = [photo(seed=i) for i in range(frames - 1)]
    return encoded(photo(), format, save_all=True, append_images=rest, **options)


def segment(code: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(payload) + 2) + payload


def insert(jpeg: bytes, *segments: bytes) -> bytes:
    """The segments right behind the start of the image."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def _head(sof: int, width: int, height: int) -> bytes:
    """Three components, 4:2:0, and Huffman tables of one symbol, which is the bit 0:
    no difference for DC; for AC the end of the block, or (progressive) of 16,384 and more."""
    frame = struct.pack(">BHHB9B", 8, height, width, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0)
    one = bytes((1, *[0] * 15))
    tables = segment(0xC4, b"\x00" + one + b"\0")
    tables += segment(0xC4, b"\x10" + one + (b"\xe0" if sof == 0xC2 else b"\0"))
    return b"\xff\xd8" + segment(0xDB, b"\0" + bytes([1] * 64)) + segment(sof, frame) + tables


def _squares(width: int, height: int, side: int) -> int:
    return ((width + side - 1) // side) * ((height + side - 1) // side)


def baseline_jpeg(width: int, height: int) -> bytes:
    """Flat grey; 12 bits for 16 x 16 pixels."""
    scan = segment(0xDA, bytes((3, 1, 0, 2, 0, 3, 0, 0, 63, 0)))
    return _head(0xC0, width, height) + scan + bytes(_squares(width, height, 16) * 3 // 2 + 1) + EOI


def progressive_jpeg(width: int, height: int, scans: int = 2) -> bytes:
    """Flat grey; every scan after the first says no more than that nothing changes."""
    first = segment(0xDA, bytes((3, 1, 0, 2, 0, 3, 0, 0, 0, 0)))
    first += bytes(_squares(width, height, 16) * 6 // 8 + 1)
    bits = ("0" + "1" * 14) * (_squares(width, height, 8) // 32767 + 1)  # each skips 32,767 blocks
    bits += "1" * (-len(bits) % 8)
    empty = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    more = segment(0xDA, bytes((1, 1, 0, 1, 63, 0))) + empty
    return _head(0xC2, width, height) + first + more * (scans - 1) + EOI


def scan_by_scan_jpeg(width: int, height: int) -> bytes:
    """Baseline, but one scan for each component: the decoder must hold all coefficients."""
    scans = [
        segment(0xDA, bytes((1, component, 0, 0, 63, 0)))
        + bytes(_squares(width, height, 8 if component == 1 else 16) // 4 + 1)
        for component in (1, 2, 3)
    ]
    return _head(0xC0, width, height) + b"".join(scans) + EOI


def exif(orientation: int, order: str = "<", kind: int = 3, entries: int = 1) -> bytes:
    tiff = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, entries)
    return b"Exif\0\0" + tiff + struct.pack(order + "HHIHHI", 0x0112, kind, 1, orientation, 0, 0)


def with_exif(block: bytes) -> bytes:
    return insert(encoded(photo(), "JPEG"), segment(0xE1, block))


def with_thumbnail() -> bytes:
    """A picture, here 20 of them, in the EXIF block of the picture, as every camera writes it."""
    return with_exif(exif(1) + encoded(photo(32, 24), "JPEG") * 20)


def ultra_hdr() -> bytes:
    """As phones write them: the gain map is a second picture behind the first."""
    xmp = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description hdrgm:Version="1.0"/>'
    return insert(clip("MPO", 2), segment(0xE1, xmp))


def polyglot(junk: int) -> bytes:
    """A picture that is a ZIP archive, too."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("junk", np.random.default_rng(5).bytes(junk))
    return encoded(photo(), "JPEG") + archive.getvalue()


def chunk(name: bytes, payload: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + payload))
    return struct.pack(">I", len(payload)) + name + payload + check


def zeros(count: int) -> bytes:
    """A zlib stream of that many zeros, put together from one piece for each 1 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    rest = packer.compress(bytes(count % 2**20)) + packer.flush()
    adler = struct.pack(">HH", count % 65521, 1)
    return b"\x78\xda" + piece * (count // 2**20) + rest + adler


def png(width: int, height: int, depth: int, colour: int, packed: bytes, *extra: bytes) -> bytes:
    """`packed`: the zlib stream of the rows; `extra`: chunks before it."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = header + b"".join(extra) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def black_png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    row = 1 + (width * {0: 1, 2: 3, 6: 4}[colour] * depth + 7) // 8
    return png(width, height, depth, colour, zeros(row * height))


def _text_bomb(name: bytes) -> bytes:
    return png(8, 8, 8, 0, zeros(72), chunk(name, b"key\0\0" + zeros(200_000_000)))


def gif(comment: int, pictures: int) -> bytes:
    """A comment of that many bytes, one byte a block, then the same picture so many times."""
    whole = encoded(photo(), "GIF")
    colours = 13 + 3 * 2 ** ((whole[10] & 7) + 1)
    blocks = b"!\xfe" + b"\x01x" * comment + b"\0"
    return whole[:colours] + blocks + whole[colours:-1] * pictures + b";"


def bmp_header(width: int, height: int) -> bytes:
    head = struct.pack("<2sIHHI", b"BM", 54, 0, 0, 54)
    return head + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def gif_header(width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HH", width, height) + bytes(3)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0;"


def webp_header(width: int, height: int) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<II", 10, 0) + sides
    body += encoded(photo(16, 16), "WEBP", lossless=True)[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _changed(old: bytes, new: bytes) -> bytes:
    return baseline_jpeg(16, 16).replace(old, new)


def _cut(format: str, keep: float | int, **options: object) -> bytes:
    """`keep`: that share of the file, or that many bytes of it, or all but so many."""
    whole = encoded(photo(), format, **options)
    return whole[: int(keep * len(whole)) if isinstance(keep, float) else keep]


REFUSED: dict[str, Callable[[], bytes]] = {
    "HTML": lambda: b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>",
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
    "EPS": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
    "TIFF of floats": partial(encoded, photo().convert("F"), "TIFF"),
    "ICO": partial(encoded, photo(), "ICO"),
    "JPEG of its ends only": lambda: b"\xff\xd8\xff\xd9" + bytes(64),
    "JPEG of no size": partial(baseline_jpeg, 0, 0),
    "JPEG without a frame": partial(_changed, b"\xff\xc0", b"\xff\xee"),
    "JPEG without loss": partial(_changed, b"\xff\xc0", b"\xff\xc3"),
    "JPEG of 12 bits": partial(_changed, b"\0\x11\x08\0", b"\0\x11\x0c\0"),
    "JPEG of 65500 x 65500": partial(baseline_jpeg, 65500, 65500),
    "JPEG of 121 million pixels": partial(baseline_jpeg, 11000, 11000),
    "progressive JPEG of 100 million pixels": partial(progressive_jpeg, 10000, 10000),
    "scan by scan JPEG of 100 million pixels": partial(scan_by_scan_jpeg, 10000, 10000),
    "JPEG of 12,000 scans": partial(progressive_jpeg, 7600, 7600, 12_000),
    "JPEG of 60,000 comments": lambda: insert(baseline_jpeg(9, 9), segment(0xFE, b"hi") * 60_000),
    "PNG of 144 million pixels": partial(black_png, 12000, 12000),
    "PNG of 900 million pixels of 1 bit": partial(black_png, 30000, 30000, 1, 0),
    "PNG of 2 ** 31 pixels a side": lambda: png(2**31 - 1, 2**31 - 1, 8, 2, zeros(99)),
    "PNG with a zTXt bomb": partial(_text_bomb, b"zTXt"),
    "PNG with an iCCP bomb": partial(_text_bomb, b"iCCP"),
    "PNG of 200,000 chunks": lambda: png(8, 8, 8, 0, zeros(72), chunk(b"juNk", b"") * 200_000),
    "PNG with a wrong check sum": lambda: black_png(8, 8).replace(b"IHDR", b"IHDr"),
    "GIF of 100 million pixels": partial(gif_header, 10000, 10000),
    "GIF of 200,000 blocks": partial(gif, 200_000, 1),
    "GIF without a picture": lambda: b"GIF89a" + bytes(40) + b";",
    "BMP of 400 million pixels": partial(bmp_header, 20000, 20000),
    "BMP of negative width": partial(bmp_header, -100, 100),
    "WebP of 16383 x 16383": partial(webp_header, 16383, 16383),
    "1 x 16000": partial(black_png, 1, 16000),
    "60000 x 1": partial(black_png, 60000, 1),
    "1 x 60000": partial(baseline_jpeg, 1, 60000),
}

CUT_SHORT: dict[str, Callable[[], bytes]] = {
    **{
        f"{format} to {keep}": partial(_cut, format, keep)
        for format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
        for keep in (0, 1, 20, 30, 200, 0.5, 0.97)
    },
    "progressive JPEG to 0.5": partial(_cut, "JPEG", 0.5, progressive=True),
    "JPEG without its last two bytes": partial(_cut, "JPEG", -2),
    "PNG without its last two bytes": partial(_cut, "PNG", -2),
    "JPEG filled up with zeros": lambda: _cut("JPEG", 0.5) + bytes(5000),
    "JPEG cut behind a thumbnail": lambda: with_thumbnail()[: with_thumbnail().index(EOI) + 2],
}

FINE: dict[str, Callable[[], bytes]] = {
    "progressive JPEG": partial(encoded, photo(), "JPEG", progressive=True),
    "JPEG with thumbnails": with_thumbnail,
    "two pictures in one file": partial(clip, "MPO", 2),
    "Ultra HDR": ultra_hdr,
    "JPEG that is a ZIP, too": partial(polyglot, 2_000_000),
    "JPEG with zeros behind it": lambda: encoded(photo(), "JPEG") + bytes(5000),
    "JPEG with a damaged EXIF block": partial(with_exif, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "JPEG with an EXIF block of 65535 entries": partial(with_exif, exif(0, entries=65535)),
    "JPEG with restart markers": partial(encoded, photo(), "JPEG", restart_marker_blocks=1),
    "JPEG with fill bytes": lambda: insert(encoded(photo(), "JPEG"), b"\xff" * 999),
    "JPEG scan by scan": partial(scan_by_scan_jpeg, 96, 64),
    "WebP clip": partial(clip, "WEBP", 20),
    "GIF of 300 pictures": partial(gif, 9, 300),
    "AVIF clip": partial(clip, "AVIF", 3, speed=10),
    "GIF without its last byte": lambda: encoded(photo(), "GIF")[:-1],
}
"""Each shows its 96 x 64 pixels, 124 on the average, without a complaint."""
