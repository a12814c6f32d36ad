"""What of a tagged picture is kept: a thumbnail, and the whole where the owner wants it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from device import images, privacy
from device.errors import PictureError
from device.images import DecodedPicture
from device.polygon import Corners
from device.types import Frame, Pixels

log = logging.getLogger(__name__)

WHOLE = (images.LIMITS.side, images.LIMITS.side)
"""As a size to decode to: all there is."""

_QUALITY = 92  # of a JPEG that takes the place of an original


@dataclass(frozen=True, slots=True)
class Kept:
    """As stored; sizes are those of the picture that was kept."""

    width: int
    height: int
    format: str
    thumbnail: bytes | None
    original: bytes | None


class Keeping:
    """Of every source. With privacy polygons no byte that came from the camera is ever kept."""

    def __init__(
        self,
        thumbnail_side: int,
        keep_original: bool,
        hidden: Mapping[str, Sequence[Corners]],
    ) -> None:
        """`thumbnail_side` in pixels, 0: none; `hidden`: by source, the polygons to blacken."""
        self._side = thumbnail_side
        self._keep_original = keep_original
        self._hidden = hidden

    def decode(self, frame: Frame, size: tuple[int, int]) -> DecodedPicture:
        """As `images.decode`, with what is private black."""
        return privacy.hidden(images.decode(frame, size), self._hidden.get(frame.source, ()))

    def keep(self, frame: Frame, picture: DecodedPicture) -> Kept:
        """Of the frame's better picture where there is one that can be read."""
        if frame.unkept:
            return Kept(picture.width, picture.height, picture.format, None, None)
        if frame.better is not None and self._side:
            better = replace(frame, data=frame.better, better=None)
            try:
                frame, picture = better, self.decode(better, (self._side, self._side))
            except PictureError as error:
                log.warning("source %s: the better picture: %s", frame.source, error)
        thumbnail = original = None
        format_ = picture.format
        if self._side:
            thumbnail = images.jpeg_bytes(picture.reduced(self._side))
        if self._keep_original:
            if isinstance(frame.data, bytes) and not self._hidden.get(frame.source):
                original = frame.data
            else:
                original, format_ = images.jpeg_bytes(self._whole(frame, picture), _QUALITY), "JPEG"
        return Kept(picture.width, picture.height, format_, thumbnail, original)

    def _whole(self, frame: Frame, picture: DecodedPicture) -> Pixels:
        """All pixels of it: encoded bytes may have been decoded to fewer."""
        if picture.pixels.shape[:2] == (picture.height, picture.width):
            return picture.pixels
        return self.decode(frame, WHOLE).pixels
