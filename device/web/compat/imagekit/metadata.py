"""What ImageKit's metadata call tells of a file, from what is kept of its picture."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from PIL import Image

from device import exif
from device.errors import PictureError
from device.exif import Facts
from device.library import Listed
from device.phash import SIDE, phash
from device.store.reader import Reader
from device.web.compat.imagekit.shapes import format_name

log = logging.getLogger(__name__)


def metadata(reader: Reader, one: Listed) -> dict[str, Any]:
    """The object; null where nothing is kept that would tell."""
    facts = _facts(reader, one)
    return {
        "height": one.height,
        "width": one.width,
        "size": one.size,
        "format": format_name(one.format),
        "hasColorProfile": facts.profile,
        "quality": None,
        "density": facts.density,
        "hasTransparency": facts.transparent,
        "pHash": _phash(reader, one),
        "exif": facts.groups,
    }


def _facts(reader: Reader, one: Listed) -> Facts:
    found = reader.image(one.asset.picture, thumbnail=False) if one.kept == "full" else None
    if found is None:
        return Facts()
    try:
        return exif.facts(found[0].read_bytes())
    except (OSError, PictureError) as error:
        log.warning("what is kept of %s tells nothing of itself: %s", one.asset.uid, error)
        return Facts()


def _phash(reader: Reader, one: Listed) -> str | None:
    found = reader.image(one.asset.picture, thumbnail=True)
    if found is None:
        return None
    try:
        with Image.open(found[0], formats=["JPEG"]) as image:
            small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    except OSError as error:
        log.warning("the thumbnail of %s cannot be read: %s", one.asset.uid, error)
        return None
    return phash(np.asarray(small))
