"""Which formats tagd reads, how their files begin, and the one Pillow plugin for each."""

from __future__ import annotations

import functools
import importlib
import re

from PIL import ImageFile

from device.errors import PictureError, PictureIncomplete

_PLUGINS = {stem.upper(): stem for stem in ("Jpeg", "Png", "WebP", "Gif", "Bmp", "Avif")}
FORMATS = tuple(_PLUGINS)
"""What `images.decode` takes, as it stands in `Picture.format` (beside RAW)."""

_SIGNATURE = re.compile(
    rb"(?P<JPEG>\xff\xd8\xff)|(?P<PNG>\x89PNG\r\n\x1a\n)|(?P<WEBP>RIFF....WEBP)"
    rb"|(?P<GIF>GIF8[79]a)|(?P<BMP>BM)|(?P<AVIF>....ftyp.{0,28}avi[fs])",
    re.DOTALL,
)
_SMALLEST = 26  # bytes: a GIF of one pixel


def recognise(data: bytes) -> str:
    """The format that the first bytes speak of. Raises `PictureError` for any other."""
    if len(data) < _SMALLEST:
        raise PictureIncomplete(f"a file of {len(data)} bytes is too short to be a picture")
    found = _SIGNATURE.match(data)
    if found is None or found.lastgroup is None:
        raise PictureError(f"not a picture that tagd can read ({', '.join(FORMATS)})")
    return found.lastgroup


@functools.cache
def plugin(name: str) -> type[ImageFile.ImageFile] | None:
    """The class that reads a format, or None if Pillow was built without its library."""
    module = importlib.import_module(f"PIL.{_PLUGINS[name]}ImagePlugin")
    found: type[ImageFile.ImageFile] = getattr(module, f"{_PLUGINS[name]}ImageFile")
    return found if getattr(module, "SUPPORTED", True) else None


def warm_up() -> None:
    """Load the plugins now, so that the first picture does not wait for them."""
    for name in FORMATS:
        plugin(name)
